# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/deploy/act.c src/deploy/act.h \
	src/deploy/activities.c \
	src/deploy/blackbox.c src/deploy/blackbox.h \
	src/deploy/boxes.c src/deploy/boxes.h \
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

check_PROGRAMS += tests/unit/t-deploy tests/unit/t-deploy-faults tests/unit/t-deploy-killed \
	tests/unit/t-deploy-shared tests/unit/t-deploy-again tests/unit/deploy-once
TESTS += tests/unit/t-deploy tests/unit/t-deploy-faults tests/unit/t-deploy-killed \
	tests/unit/t-deploy-shared tests/unit/t-deploy-again
FAKE_CFN = tests/unit/fake-cfn.c tests/unit/fake-cfn.h tests/unit/fake-cfn-answers.c \
	tests/unit/fake-cfn-parts.h tests/unit/fake-cfn-stacks.c
DEPLOY_SCENE = tests/unit/deploy-scene.c tests/unit/deploy-scene.h $(FAKE_CFN)
tests_unit_t_deploy_faults_SOURCES = tests/unit/t-deploy-faults.c $(FAKE_CFN)
tests_unit_t_deploy_faults_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_t_deploy_SOURCES = tests/unit/t-deploy.c $(DEPLOY_SCENE)
tests_unit_t_deploy_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_t_deploy_killed_SOURCES = tests/unit/t-deploy-killed.c $(DEPLOY_SCENE)
tests_unit_t_deploy_killed_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_t_deploy_shared_SOURCES = tests/unit/t-deploy-shared.c $(DEPLOY_SCENE)
tests_unit_t_deploy_shared_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_t_deploy_shared_LDFLAGS = -Wl,--wrap=hw_clock_wall_ms
tests_unit_t_deploy_again_SOURCES = tests/unit/t-deploy-again.c $(DEPLOY_SCENE)
tests_unit_t_deploy_again_LDADD = $(CORE_TEST_LDADD) $(MICROHTTPD_LIBS)
tests_unit_deploy_once_SOURCES = tests/unit/deploy-once.c
tests_unit_deploy_once_LDADD = libcore.a $(CORE_LIBS)
tests_unit_deploy_once_LDFLAGS = -Wl,--wrap=write
EXTRA_tests_unit_t_deploy_killed_DEPENDENCIES = tests/unit/deploy-once
