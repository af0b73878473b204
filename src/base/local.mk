# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/base/banned.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/defs.h \
	src/base/err.c src/base/err.h \
	src/base/event.c src/base/event.h src/base/event_read.c \
	src/base/file.c src/base/file.h \
	src/base/journal.c src/base/journal.h \
	src/base/lazy.h \
	src/base/limits.h \
	src/base/log.c src/base/log.h \
	src/base/loop.c src/base/loop.h \
	src/base/mem.c src/base/mem.h \
	src/base/secret.c src/base/secret.h \
	src/base/spawn.h \
	src/base/text.c src/base/text.h \
	src/base/width_table.h \
	src/base/work.c src/base/work.h \
	src/base/xml.c src/base/xml.h

check_PROGRAMS += tests/unit/t-base tests/unit/t-loop tests/unit/t-xml
TESTS += tests/unit/t-base tests/unit/t-loop tests/unit/t-xml
tests_unit_t_base_SOURCES = tests/unit/t-base.c
tests_unit_t_base_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_loop_SOURCES = tests/unit/t-loop.c
tests_unit_t_loop_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_xml_SOURCES = tests/unit/t-xml.c
tests_unit_t_xml_LDADD = $(CORE_TEST_LDADD)
