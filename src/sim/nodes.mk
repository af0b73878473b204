# SPDX-License-Identifier: Apache-2.0
libsim_a_SOURCES += \
	src/sim/guest.c src/sim/guest.h \
	src/sim/node.c src/sim/node.h \
	src/sim/node_impl.h \
	src/sim/node_play.c \
	src/sim/node_random.c src/sim/node_random.h \
	src/sim/node_text.c \
	src/sim/scenario.c src/sim/scenario.h \
	src/sim/scenario_impl.h \
	src/sim/scenario_yaml.c \
	src/sim/winrm.c src/sim/winrm.h \
	src/sim/winrm_cert.c src/sim/winrm_cert.h \
	src/sim/winrm_follow.c src/sim/winrm_follow.h \
	src/sim/winrm_follow_parts.h src/sim/winrm_snapshot.c \
	src/sim/winrm_process.c src/sim/winrm_process.h \
	src/sim/winrm_shell.c src/sim/winrm_shell.h \
	src/sim/winrm_soap.c src/sim/winrm_soap.h


scenariosdir = $(pkgdatadir)/scenarios
dist_scenarios_DATA = \
	templates/scenarios/README \
	templates/scenarios/certificate-13818.yaml \
	templates/scenarios/domain-unreachable.yaml \
	templates/scenarios/flood.yaml \
	templates/scenarios/insufficient-capacity.yaml \
	templates/scenarios/media-denied.yaml \
	templates/scenarios/no-signal.yaml \
	templates/scenarios/ok.yaml \
	templates/scenarios/secret-missing.yaml \
	templates/scenarios/setup-3010-reboot.yaml \
	templates/scenarios/sql-login-failed.yaml

sim_node_tests = tests/unit/t-sim-node tests/unit/t-sim-scenario tests/unit/t-sim-winrm
check_PROGRAMS += $(sim_node_tests)
TESTS += $(sim_node_tests)
wsman_client = tests/unit/wsman-client.c tests/unit/wsman-client.h
tests_unit_t_sim_node_SOURCES = tests/unit/t-sim-node.c $(wsman_client)
tests_unit_t_sim_node_LDADD = $(CURL_LIBS) $(SIM_TEST_LDADD)
tests_unit_t_sim_scenario_SOURCES = tests/unit/t-sim-scenario.c
tests_unit_t_sim_scenario_LDADD = $(SIM_TEST_LDADD)
tests_unit_t_sim_winrm_SOURCES = tests/unit/t-sim-winrm.c $(wsman_client)
tests_unit_t_sim_winrm_LDADD = $(CURL_LIBS) $(SIM_TEST_LDADD)

check_PROGRAMS += tests/peers/sim-winrm-server
tests_peers_sim_winrm_server_SOURCES = tests/peers/sim-winrm-server.c
tests_peers_sim_winrm_server_LDADD = libsim.a libcore.a $(MICROHTTPD_LIBS) -lgnutls $(CORE_LIBS)
TESTS += tests/peers/sim-pywinrm.py
EXTRA_DIST += tests/peers/sim-pywinrm.py
