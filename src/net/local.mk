# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/net/multi.c src/net/multi.h

noinst_LIBRARIES += liblazy.a
liblazy_a_SOURCES = src/net/libcurl.c src/net/libgssapi.c

check_PROGRAMS += tests/unit/t-multi
TESTS += tests/unit/t-multi
tests_unit_t_multi_SOURCES = tests/unit/t-multi.c
tests_unit_t_multi_LDADD = $(CORE_TEST_LDADD)
