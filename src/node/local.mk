# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/node/fleet.h \
	src/node/soap.c src/node/soap.h \
	src/node/winrm.c src/node/winrm.h
