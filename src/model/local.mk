# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/model/choice.c src/model/choice.h \
	src/model/cluster.c src/model/cluster.h \
	src/model/cluster_print.c \
	src/model/cluster_rules.c \
	src/model/cluster_yaml.c src/model/cluster_yaml.h \
	src/model/logon.c src/model/logon.h \
	src/model/rules.c src/model/rules.h \
	src/model/schema.c src/model/schema.h \
	src/model/schema_check.c src/model/schema_find.c

check_PROGRAMS += tests/unit/t-model tests/unit/t-cluster-yaml
TESTS += tests/unit/t-model tests/unit/t-cluster-yaml
tests_unit_t_model_SOURCES = tests/unit/t-model.c
tests_unit_t_model_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_cluster_yaml_SOURCES = tests/unit/t-cluster-yaml.c
tests_unit_t_cluster_yaml_LDADD = $(CORE_TEST_LDADD)
