# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += src/session/pack.c src/session/pack.h src/session/session.c src/session/session.h
