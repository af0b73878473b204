# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/deploy/act.c src/deploy/act.h \
	src/deploy/activities.c \
	src/deploy/blackbox.c src/deploy/blackbox.h \
	src/deploy/changes.c \
	src/deploy/deploy.c src/deploy/deploy.h \
	src/deploy/destroy.c \
	src/deploy/drift.c src/deploy/drift.h \
	src/deploy/events.c \
	src/deploy/find.c src/deploy/find.h \
	src/deploy/guess.c src/deploy/guess.h \
	src/deploy/interfaces.c \
	src/deploy/listen.c src/deploy/listen.h \
	src/deploy/invalid.c \
	src/deploy/journal.c \
	src/deploy/left.c \
	src/deploy/leftover.c \
	src/deploy/list.c \
	src/deploy/lock.c \
	src/deploy/others.c \
	src/deploy/pace.c src/deploy/pace.h \
	src/deploy/plan.c \
	src/deploy/progress.c \
	src/deploy/read.c src/deploy/read.h \
	src/deploy/replay.c \
	src/deploy/rollback.c \
	src/deploy/run.h \
	src/deploy/stack.c

check_PROGRAMS += tests/unit/t-deploy tests/unit/t-deploy-faults tests/unit/deploy-once
TESTS += tests/unit/t-deploy tests/unit/t-deploy-faults
tests_unit_t_deploy_faults_SOURCES = tests/unit/t-deploy-faults.c tests/unit/fake-cfn.c tests/unit/fake-cfn.h
tests_unit_t_deploy_faults_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_t_deploy_SOURCES = tests/unit/t-deploy.c tests/unit/fake-cfn.c tests/unit/fake-cfn.h
tests_unit_t_deploy_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_deploy_once_SOURCES = tests/unit/deploy-once.c
tests_unit_deploy_once_LDADD = libcore.a $(CORE_LIBS)
tests_unit_deploy_once_LDFLAGS = -Wl,--wrap=write
EXTRA_tests_unit_t_deploy_DEPENDENCIES = tests/unit/deploy-once
