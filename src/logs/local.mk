# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/logs/decode.c src/logs/decode.h \
	src/logs/linetime.c src/logs/linetime.h \
	src/logs/literals.c src/logs/literals.h \
	src/logs/marks.c src/logs/marks.h \
	src/logs/names.c src/logs/names.h \
	src/logs/order.h \
	src/logs/pattern.c src/logs/pattern.h \
	src/logs/redact.c src/logs/redact.h \
	src/logs/redact_value.c src/logs/redact_value.h \
	src/logs/rows.c src/logs/rows.h \
	src/logs/spool.c src/logs/spool.h \
	src/logs/stage.c src/logs/stage.h \
	src/logs/store.c src/logs/store.h \
	src/logs/view.c src/logs/view_parts.h src/logs/view_scan.c \
	src/logs/windows.c src/logs/windows.h

check_PROGRAMS += tests/unit/t-decode tests/unit/t-literals tests/unit/t-logs-store tests/unit/t-redact
TESTS += tests/unit/t-decode tests/unit/t-literals tests/unit/t-logs-store tests/unit/t-redact
tests_unit_t_literals_SOURCES = tests/unit/t-literals.c
tests_unit_t_literals_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_decode_SOURCES = tests/unit/t-decode.c
tests_unit_t_decode_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_logs_store_SOURCES = tests/unit/t-logs-store.c
tests_unit_t_logs_store_LDFLAGS = -Wl,--wrap=mmap -Wl,--wrap=pread
tests_unit_t_logs_store_LDADD = $(CORE_TEST_LDADD)
tests_unit_t_redact_SOURCES = tests/unit/t-redact.c
tests_unit_t_redact_LDADD = $(CORE_TEST_LDADD)
