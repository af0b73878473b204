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
	src/diagnose/path.c \
	src/diagnose/place.c \
	src/diagnose/probe.c \
	src/diagnose/remedy.c \
	src/diagnose/rules.c \
	src/diagnose/saved.c \
	src/diagnose/saved.h \
	src/diagnose/rules.h \
	src/diagnose/rules_check.c \
	src/diagnose/rules_yaml.c \
	src/diagnose/stretch.c \
	src/diagnose/tests.c \
	src/diagnose/tests.h \
	src/diagnose/text.c \
	src/diagnose/yaml.c \
	src/diagnose/yaml.h

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

testsdir = $(pkgdatadir)/tests
dist_tests_DATA = \
	templates/tests/README \
	templates/tests/certificate.ps1 \
	templates/tests/clock.ps1 \
	templates/tests/disk-space.ps1 \
	templates/tests/domain-joined.ps1 \
	templates/tests/name-resolves.ps1 \
	templates/tests/port.ps1 \
	templates/tests/restart-pending.ps1 \
	templates/tests/service.ps1 \
	templates/tests/share.ps1 \
	templates/tests/sql.ps1 \
	templates/tests/tests.yaml

check_PROGRAMS += tests/unit/t-diagnose tests/unit/t-remedy tests/unit/t-rules tests/unit/t-tests tests/peers/test-one
TESTS += tests/unit/t-diagnose tests/unit/t-remedy tests/unit/t-rules tests/unit/t-tests tests/peers/node-tests.py
EXTRA_DIST += tests/peers/node-tests.py
tests_unit_t_tests_SOURCES = tests/unit/t-tests.c
tests_unit_t_tests_LDADD = $(CORE_TEST_LDADD)
tests_peers_test_one_SOURCES = tests/peers/test-one.c
tests_peers_test_one_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_diagnose_SOURCES = tests/unit/t-diagnose.c tests/unit/rule-examples.c \
	tests/unit/rule-examples.h
tests_unit_t_remedy_SOURCES = tests/unit/t-remedy.c tests/unit/rule-examples.c \
	tests/unit/rule-examples.h
tests_unit_t_remedy_LDADD = $(CORE_TEST_LDADD)
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
