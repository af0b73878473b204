# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/check/account.c src/check/account.h \
	src/check/ask.c \
	src/check/catalogue.c \
	src/check/check.h \
	src/check/cost.c src/check/cost.h \
	src/check/judge_account.c \
	src/check/judge_network.c \
	src/check/judge_nodes.c \
	src/check/offline.c \
	src/check/policy.c \
	src/check/questions.c src/check/questions.h src/check/questions_account.c \
	src/check/questions_network.c src/check/questions_nodes.c \
	src/check/report.c src/check/report.h

check_PROGRAMS += tests/unit/t-check tests/unit/t-check-account
TESTS += tests/unit/t-check tests/unit/t-check-account tests/peers/checks.py tests/peers/checks-moto.py
EXTRA_DIST += tests/peers/checks.py tests/peers/checks-moto.py
tests_unit_t_check_account_SOURCES = tests/unit/t-check-account.c $(SCRIPTED_AWS) \
	tests/unit/whole-cluster.c tests/unit/whole-cluster.h
tests_unit_t_check_account_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_check_SOURCES = tests/unit/t-check.c \
	tests/unit/whole-cluster.c tests/unit/whole-cluster.h
tests_unit_t_check_LDADD = $(CORE_TEST_LDADD)
