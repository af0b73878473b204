# SPDX-License-Identifier: Apache-2.0
include src/sim/nodes.mk

libsim_a_SOURCES += \
	src/sim/account.c src/sim/account.h \
	src/sim/call.h \
	src/sim/cfn_changes.c \
	src/sim/cfn_engine.c \
	src/sim/cfn_roll.c src/sim/cfn_roll.h \
	src/sim/cfn_task.c src/sim/cfn_task.h \
	src/sim/cfn_eval.c src/sim/cfn_eval.h \
	src/sim/cfn_params.c src/sim/cfn_params.h \
	src/sim/cfn_template.c src/sim/cfn_template.h \
	src/sim/cfn_type.c src/sim/cfn_type.h \
	src/sim/cloud.c src/sim/cloud.h \
	src/sim/dispatch.c src/sim/dispatch.h \
	src/sim/engine.h \
	src/sim/fault.c src/sim/fault.h \
	src/sim/form.c \
	src/sim/group.c src/sim/group.h \
	src/sim/ids.c \
	src/sim/instance.c src/sim/instance.h \
	src/sim/op_autoscaling.c \
	src/sim/op_cfn.c src/sim/op_cfn.h \
	src/sim/op_changeset.c \
	src/sim/op_drift.c \
	src/sim/op_ec2.c src/sim/op_ec2.h \
	src/sim/op_ec2_list.c \
	src/sim/op_iam.c src/sim/op_iam.h \
	src/sim/op_identity.c \
	src/sim/op_kms.c \
	src/sim/op_logs.c \
	src/sim/op_offers.c \
	src/sim/op_route53.c \
	src/sim/op_s3.c src/sim/op_s3.h \
	src/sim/op_ssm.c src/sim/op_ssm.h src/sim/op_ssm_run.c \
	src/sim/page.c \
	src/sim/server.c src/sim/server.h \
	src/sim/sign.c src/sim/sign.h \
	src/sim/signal.c src/sim/signal.h \
	src/sim/stack.c src/sim/stack.h \
	src/sim/tree.c src/sim/tree.h \
	src/sim/wire.c src/sim/wire.h \
	src/sim/yaml.c src/sim/yaml.h

dist_scenarios_DATA += templates/scenarios/account.yaml

check_PROGRAMS += tests/unit/t-sim-cfn tests/unit/t-sim-http
TESTS += tests/unit/t-sim-cfn tests/unit/t-sim-http tests/peers/sim-awscli.sh
tests_unit_t_sim_cfn_SOURCES = tests/unit/t-sim-cfn.c
tests_unit_t_sim_cfn_LDADD = $(SIM_TEST_LDADD)
tests_unit_t_sim_http_SOURCES = tests/unit/t-sim-http.c
tests_unit_t_sim_http_LDADD = $(SIM_TEST_LDADD)
EXTRA_DIST += tests/peers/sim-awscli.sh

dist_man_MANS += man/hpcwiz-sim.1
