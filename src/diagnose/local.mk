# SPDX-License-Identifier: Apache-2.0
liblazy_a_SOURCES += src/diagnose/libarchive.c
libcore_a_SOURCES += \
	src/diagnose/alias.c \
	src/diagnose/alias.h \
	src/diagnose/archive.c \
	src/diagnose/archive.h \
	src/diagnose/bundle.c \
	src/diagnose/bundle.h \
	src/diagnose/bundle_read.c \
	src/diagnose/diagnose.h \
	src/diagnose/engine.c \
	src/diagnose/engine.h \
	src/diagnose/file.c \
	src/diagnose/needle.c \
	src/diagnose/needle.h \
	src/diagnose/nearest.c \
	src/diagnose/order.c \
	src/diagnose/expr.c \
	src/diagnose/place.c \
	src/diagnose/probe.c \
	src/diagnose/rules.c \
	src/diagnose/saved.c \
	src/diagnose/saved.h \
	src/diagnose/rules.h \
	src/diagnose/rules_check.c \
	src/diagnose/rules_yaml.c \
	src/diagnose/text.c

rulesdir = $(pkgdatadir)/rules
dist_rules_DATA = \
	templates/rules/README \
	templates/rules/account.yaml \
	templates/rules/certificate.yaml \
	templates/rules/cluster.yaml \
	templates/rules/node.yaml \
	templates/rules/not-shown.txt \
	templates/rules/setup.yaml \
	templates/rules/sql.yaml

check_PROGRAMS += tests/unit/t-diagnose tests/unit/t-rules
TESTS += tests/unit/t-diagnose tests/unit/t-rules
tests_unit_t_diagnose_SOURCES = tests/unit/t-diagnose.c tests/unit/rule-examples.c \
	tests/unit/rule-examples.h
tests_unit_t_diagnose_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_rules_SOURCES = tests/unit/t-rules.c tests/unit/rule-examples.c \
	tests/unit/rule-examples.h
tests_unit_t_rules_LDADD = $(CORE_TEST_LDADD)

check_PROGRAMS += tests/unit/t-rule-texts
TESTS += tests/unit/t-rule-texts
tests_unit_t_rule_texts_SOURCES = tests/unit/t-rule-texts.c
tests_unit_t_rule_texts_LDADD = $(CORE_TEST_LDADD)
EXTRA_DIST += po/rules.h

check_PROGRAMS += tests/unit/t-bundle
TESTS += tests/unit/t-bundle tests/peers/bundle.py
tests_unit_t_bundle_SOURCES = tests/unit/t-bundle.c
tests_unit_t_bundle_LDADD = $(CORE_TEST_LDADD)
EXTRA_DIST += tests/peers/bundle.py
