# SPDX-License-Identifier: Apache-2.0
include tests/screens/local.mk
include tests/fuzz/local.mk

# Tests that belong to no single room. Each room lists its own beside its sources.
check_PROGRAMS += tests/unit/t-man
TESTS += tests/unit/t-man
tests_unit_t_man_SOURCES = tests/unit/t-man.c
tests_unit_t_man_LDADD = $(SCREEN_TEST_LDADD)

# Whole-program tests: against the simulator, and in a real terminal.
TESTS += tests/peers/commands.py tests/peers/scenarios.py tests/tty/wizard.py tests/tty/mended.py tests/tty/terminal.py tests/faults/faults.py tests/faults/updates.py tests/faults/schedules.py tests/faults/lines.py
# Of words: no program runs in them that the sanitizers could watch.
if !ENABLE_ASAN
TESTS += tests/words/words.py tests/words/map.py
endif
EXTRA_DIST += tests/words/map.py tests/words/words.py tests/faults/faults.py tests/faults/updates.py tests/faults/schedules.py tests/faults/lines.py tests/lib/measure.py tests/lib/rig.py tests/lib/sshd.py tests/lib/walk.py tests/peers/commands.py tests/peers/deploy-script.sh tests/peers/scenarios.py tests/tty/wizard.py tests/tty/mended.py tests/tty/terminal.py tests/bench/bench.py tests/bench/deploy.py tests/bench/logs.py tests/bench/ssh.py

# The long runs of schedules of faults, from the seed HPCWIZ_SEED on: 1,000 against the scripted
# CloudFormation, 200 whole programs against the simulator (some 10 minutes on two cores).
.PHONY: bench faults fuzz
faults: all tests/unit/t-deploy-faults
	$(AM_TESTS_ENVIRONMENT) HPCWIZ_SCHEDULES=$${HPCWIZ_SCHEDULES:-1000} tests/unit/t-deploy-faults
	$(AM_TESTS_ENVIRONMENT) HPCWIZ_SIM_SCHEDULES=$${HPCWIZ_SIM_SCHEDULES:-200} $(PYTHON3) $(srcdir)/tests/faults/schedules.py

check_PROGRAMS += tests/bench/peak
tests_bench_peak_SOURCES = tests/bench/peak.c
bench: all tests/bench/peak tests/peers/ssh-one tests/bench/log-lines tests/bench/log-bytes tests/bench/crowd-nodes tests/bench/crowd-view tests/peers/discover-one tests/unit/t-rules
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/bench/bench.py
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/bench/logs.py
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/bench/deploy.py
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) $(srcdir)/tests/bench/ssh.py

EXTRA_PROGRAMS += tests/bench/log-lines tests/bench/log-bytes tests/bench/crowd-nodes tests/bench/crowd-view
tests_bench_crowd_nodes_SOURCES = tests/bench/crowd-nodes.c tests/bench/crowd-cert.c tests/bench/crowd-log.c tests/bench/crowd-soap.c tests/bench/crowd-parts.h
tests_bench_crowd_nodes_LDADD = libcore.a $(OPENSSL_LIBS) $(LOCAL_LIBS)
tests_bench_crowd_view_SOURCES = tests/bench/crowd-view.c
tests_bench_crowd_view_LDADD = libcore.a $(CORE_LIBS)
tests_bench_log_bytes_SOURCES = tests/bench/log-bytes.c
tests_bench_log_bytes_LDADD = libcore.a $(LOCAL_LIBS)
tests_bench_log_lines_SOURCES = tests/bench/log-lines.c
tests_bench_log_lines_LDADD = libcore.a $(LOCAL_LIBS)
