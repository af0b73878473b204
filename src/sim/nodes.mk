# SPDX-License-Identifier: Apache-2.0
libsim_a_SOURCES += \
	src/sim/node.h \
	src/sim/scenario.h
