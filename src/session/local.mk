# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += src/session/session.c src/session/session.h
