# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/discover/address.c \
	src/discover/build.c src/discover/build.h \
	src/discover/costs.c src/discover/costs.h \
	src/discover/discover.c src/discover/discover.h \
	src/discover/facts.c \
	src/discover/fill.c \
	src/discover/identity.c \
	src/discover/images.c \
	src/discover/job.c src/discover/job.h \
	src/discover/load.c src/discover/load.h \
	src/discover/names.c \
	src/discover/network.c \
	src/discover/sets.c \
	src/discover/table.c src/discover/table.h \
	src/discover/types.c

check_PROGRAMS += tests/peers/discover-one
tests_peers_discover_one_SOURCES = tests/peers/discover-one.c
tests_peers_discover_one_LDADD = libcore.a $(CORE_LIBS)
TESTS += tests/peers/discover-sim.sh tests/peers/discover-moto.py
EXTRA_DIST += tests/peers/discover-sim.sh tests/peers/discover-moto.py

check_PROGRAMS += tests/unit/t-discover
TESTS += tests/unit/t-discover
tests_unit_t_discover_SOURCES = tests/unit/t-discover.c $(SCRIPTED_AWS)
tests_unit_t_discover_LDADD = $(CORE_TEST_LDADD)
