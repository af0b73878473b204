# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/secrets/generate.c \
	src/secrets/parameters.c src/secrets/parameters.h \
	src/secrets/policy.c src/secrets/policy.h \
	src/secrets/values.c src/secrets/values.h

check_PROGRAMS += tests/unit/t-secrets
TESTS += tests/unit/t-secrets tests/peers/secret-values.py tests/peers/secret-lookup.py
EXTRA_DIST += tests/peers/secret-values.py tests/peers/secret-lookup.py
tests_unit_t_secrets_SOURCES = tests/unit/t-secrets.c $(SCRIPTED_AWS)
tests_unit_t_secrets_LDADD = $(CORE_TEST_LDADD)
