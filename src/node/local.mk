# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/node/beside.c src/node/beside.h \
	src/node/certificate.c src/node/certificate.h \
	src/node/child.c src/node/child.h \
	src/node/exec.c src/node/exec.h \
	src/node/files.c src/node/files.h \
	src/node/fleet.c src/node/fleet.h src/node/fleet_again.c src/node/fleet_ask.c \
	src/node/follow.c src/node/follow.h \
	src/node/frames.c src/node/frames.h \
	src/node/glob.c src/node/glob.h \
	src/node/instances.c src/node/instances.h \
	src/node/negotiate.c src/node/negotiate.h \
	src/node/nodes.c src/node/nodes.h \
	src/node/password.c src/node/password.h \
	src/node/plugin.c src/node/plugin.h \
	src/node/script.c src/node/script.h \
	src/node/sealed.c src/node/sealed.h \
	src/node/second.c src/node/second.h \
	src/node/sftp.c src/node/sftp.h \
	src/node/skew.c src/node/skew.h \
	src/node/soap.c src/node/soap.h \
	src/node/ssh.c src/node/ssh.h src/node/ssh_parts.h \
	src/node/ssh_agent.c src/node/ssh_agent.h \
	src/node/ssh_bcrypt.c \
	src/node/ssh_config.c src/node/ssh_config.h \
	src/node/ssh_hosts.c src/node/ssh_hosts.h \
	src/node/ssh_key.c src/node/ssh_key.h \
	src/node/ssh_program.c src/node/ssh_program.h \
	src/node/ssh_ring.c src/node/ssh_ring.h \
	src/node/ssh_wire.c src/node/ssh_wire.h \
	src/node/tail.c src/node/tail.h src/node/tail_parts.h \
	src/node/tail_scan.c src/node/tail_search.c src/node/tail_visit.c \
	src/node/way.c src/node/way.h src/node/way_calls.c src/node/way_calls.h \
	src/node/way_cloudwatch.c \
	src/node/way_console.c \
	src/node/way_ssh.c src/node/way_ssm.c src/node/way_tunnel.c src/node/way_winrm.c src/node/way_winrm.h \
	src/node/winrm.c src/node/winrm.h \
	src/node/wsman.c src/node/wsman.h
if HAVE_LIBSSH2
libcore_a_SOURCES += src/node/ssh_auth.c src/node/ssh_connect.c src/node/ssh_jump.c \
	src/node/ssh_methods.c src/node/ssh_session.c
EXTRA_DIST += src/node/ssh_none.c
else
libcore_a_SOURCES += src/node/ssh_none.c
EXTRA_DIST += src/node/ssh_auth.c src/node/ssh_connect.c src/node/ssh_jump.c \
	src/node/ssh_methods.c src/node/ssh_session.c
endif

check_PROGRAMS += tests/unit/t-fleet tests/unit/t-fleet-again tests/unit/t-follow tests/unit/t-frames tests/unit/t-skew \
	tests/unit/t-ssh tests/unit/t-ways tests/unit/t-winrm
TESTS += tests/unit/t-fleet tests/unit/t-fleet-again tests/unit/t-follow tests/unit/t-frames tests/unit/t-skew \
	tests/unit/t-ssh tests/unit/t-ways tests/unit/t-winrm
tests_unit_t_skew_SOURCES = tests/unit/t-skew.c
tests_unit_t_skew_LDADD = $(CORE_TEST_LDADD)
WAITING = tests/unit/waiting.c tests/unit/waiting.h
PLAYED_AWS = tests/unit/played-aws.c tests/unit/played-aws.h $(WAITING)
FLEET_WORLD = tests/unit/fleet-world.c tests/unit/fleet-world.h $(PLAYED_AWS)
tests_unit_t_follow_SOURCES = tests/unit/t-follow.c $(WAITING)
tests_unit_t_follow_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_ssh_SOURCES = tests/unit/t-ssh.c
tests_unit_t_ssh_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_frames_SOURCES = tests/unit/t-frames.c
tests_unit_t_frames_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_ways_SOURCES = tests/unit/t-ways.c $(PLAYED_AWS)
tests_unit_t_ways_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_winrm_SOURCES = tests/unit/t-winrm.c
tests_unit_t_winrm_LDADD = $(SIM_TEST_LDADD)
tests_unit_t_fleet_SOURCES = tests/unit/t-fleet.c $(FLEET_WORLD)
tests_unit_t_fleet_LDADD = $(SIM_TEST_LDADD)
tests_unit_t_fleet_again_SOURCES = tests/unit/t-fleet-again.c $(FLEET_WORLD)
tests_unit_t_fleet_again_LDADD = $(SIM_TEST_LDADD)

check_PROGRAMS += tests/peers/winrm-run
TESTS += tests/peers/passphrase.py tests/peers/ways.py tests/peers/winrm-negotiate.py
tests_peers_winrm_run_SOURCES = tests/peers/winrm-run.c
tests_peers_winrm_run_LDADD = $(CORE_TEST_LDADD)
EXTRA_DIST += tests/peers/passphrase.py tests/peers/ways.py tests/peers/winrm-negotiate.py tests/peers/winrm_server.py

# The real PowerShell engine.
check_PROGRAMS += tests/peers/follower-one
TESTS += tests/peers/follower.py
tests_peers_follower_one_SOURCES = tests/peers/follower-one.c
tests_peers_follower_one_LDADD = $(CORE_TEST_LDADD)
EXTRA_DIST += tests/peers/follower.py

# A real OpenSSH server, on loopback.
check_PROGRAMS += tests/peers/ssh-one
TESTS += tests/peers/ssh-openssh.py
EXTRA_DIST += tests/peers/ssh-openssh.py
tests_peers_ssh_one_SOURCES = tests/peers/ssh-one.c
tests_peers_ssh_one_LDADD = libcore.a $(CORE_LIBS)
