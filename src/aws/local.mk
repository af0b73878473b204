# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/aws/budget.c src/aws/budget.h \
	src/aws/calllog.c \
	src/aws/chain.c src/aws/chain.h \
	src/aws/client.c src/aws/client.h \
	src/aws/creds.c src/aws/creds.h \
	src/aws/denied.c src/aws/denied.h \
	src/aws/fetch.c src/aws/fetch.h \
	src/aws/endpoint.c src/aws/endpoint.h \
	src/aws/ini.c src/aws/ini.h \
	src/aws/keys.c \
	src/aws/parts.h \
	src/aws/profile.c src/aws/profile.h \
	src/aws/provider.h \
	src/aws/provider_container.c \
	src/aws/provider_env.c \
	src/aws/provider_files.c \
	src/aws/provider_imds.c \
	src/aws/provider_process.c \
	src/aws/provider_role.c \
	src/aws/provider_sso.c \
	src/aws/provider_web.c \
	src/aws/reply.c \
	src/aws/request.c \
	src/aws/retry.c src/aws/retry.h \
	src/aws/sigv4.c src/aws/sigv4.h \
	src/aws/sso_cache.c src/aws/sso_cache.h \
	src/aws/wire.c \
	src/aws/words.c src/aws/words.h

check_PROGRAMS += tests/peers/sign-one
tests_peers_sign_one_SOURCES = tests/peers/sign-one.c
tests_peers_sign_one_LDADD = libcore.a $(CORE_LIBS)
check_PROGRAMS += tests/peers/creds-one tests/peers/endpoint-one tests/peers/send-many
tests_peers_send_many_SOURCES = tests/peers/send-many.c
tests_peers_send_many_LDADD = libcore.a $(CORE_LIBS)
tests_peers_endpoint_one_SOURCES = tests/peers/endpoint-one.c
tests_peers_endpoint_one_LDADD = libcore.a $(CORE_LIBS)
tests_peers_creds_one_SOURCES = tests/peers/creds-one.c
tests_peers_creds_one_LDADD = libcore.a $(CORE_LIBS)
AWS_PEERS = tests/peers/sigv4-botocore.py tests/peers/aws-tls.sh tests/peers/creds-botocore.py \
	tests/peers/endpoints-botocore.py tests/peers/requests-botocore.py \
	tests/peers/shapes-botocore.py \
	tests/peers/creds-moto.py
TESTS += $(AWS_PEERS)
EXTRA_DIST += $(AWS_PEERS)

AWS_TESTS = tests/unit/t-sigv4 tests/unit/t-aws-ini tests/unit/t-aws-creds tests/unit/t-aws-client \
	tests/unit/t-aws-keys tests/unit/t-aws-denied tests/unit/t-aws-words \
	tests/unit/t-aws-trouble
check_PROGRAMS += $(AWS_TESTS)
TESTS += $(AWS_TESTS)
tests_unit_t_sigv4_SOURCES = tests/unit/t-sigv4.c
tests_unit_t_sigv4_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_ini_SOURCES = tests/unit/t-aws-ini.c
tests_unit_t_aws_ini_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_creds_SOURCES = tests/unit/t-aws-creds.c
tests_unit_t_aws_creds_LDADD = $(CORE_TEST_LDADD)
SCRIPTED_AWS = tests/unit/scripted-aws.c tests/unit/scripted-aws.h tests/unit/scripted.c tests/unit/scripted.h
AWS_FIXTURE = tests/unit/aws-fixture.c tests/unit/aws-fixture.h tests/unit/scripted.c tests/unit/scripted.h
tests_unit_t_aws_client_SOURCES = tests/unit/t-aws-client.c $(AWS_FIXTURE)
tests_unit_t_aws_client_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_keys_SOURCES = tests/unit/t-aws-keys.c tests/unit/scripted.c tests/unit/scripted.h
tests_unit_t_aws_keys_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_denied_SOURCES = tests/unit/t-aws-denied.c
tests_unit_t_aws_denied_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_words_SOURCES = tests/unit/t-aws-words.c
tests_unit_t_aws_words_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_aws_trouble_SOURCES = tests/unit/t-aws-trouble.c $(AWS_FIXTURE)
tests_unit_t_aws_trouble_LDADD = $(CORE_TEST_LDADD)
