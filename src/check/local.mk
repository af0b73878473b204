# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/check/account.c \
	src/check/catalogue.c \
	src/check/check.h \
	src/check/cost.c src/check/cost.h \
	src/check/offline.c \
	src/check/report.c src/check/report.h

check_PROGRAMS += tests/unit/t-check
TESTS += tests/unit/t-check
tests_unit_t_check_SOURCES = tests/unit/t-check.c
tests_unit_t_check_LDADD = $(CORE_TEST_LDADD)
