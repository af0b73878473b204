# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/template/generate.h \
	src/template/lint.h
