# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += src/session/pack.c src/session/pack.h src/session/session.c src/session/session.h

check_PROGRAMS += tests/unit/t-session
TESTS += tests/unit/t-session
tests_unit_t_session_SOURCES = tests/unit/t-session.c
tests_unit_t_session_LDADD = $(CORE_TEST_LDADD)
