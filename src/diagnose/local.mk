# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/diagnose/diagnose.h \
	src/diagnose/engine.c \
	src/diagnose/engine.h \
	src/diagnose/file.c \
	src/diagnose/order.c \
	src/diagnose/expr.c \
	src/diagnose/place.c \
	src/diagnose/rules.c \
	src/diagnose/rules.h \
	src/diagnose/rules_check.c \
	src/diagnose/rules_yaml.c \
	src/diagnose/text.c

rulesdir = $(pkgdatadir)/rules
dist_rules_DATA = \
	templates/rules/README \
	templates/rules/account.yaml \
	templates/rules/certificate.yaml \
	templates/rules/node.yaml \
	templates/rules/setup.yaml \
	templates/rules/sql.yaml

check_PROGRAMS += tests/unit/t-diagnose
TESTS += tests/unit/t-diagnose
tests_unit_t_diagnose_SOURCES = tests/unit/t-diagnose.c
tests_unit_t_diagnose_LDADD = $(CORE_TEST_LDADD)
