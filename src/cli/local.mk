# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/cli/ask.c \
	src/cli/certificates.c src/cli/certificates.h \
	src/cli/cli.c src/cli/cli.h \
	src/cli/cmd_bundle.c \
	src/cli/cmd_check.c \
	src/cli/cmd_deploy.c \
	src/cli/cmd_diagnose.c \
	src/cli/cmd_generate.c \
	src/cli/cmd_logs.c \
	src/cli/cmd_new.c \
	src/cli/cmd_node.c \
	src/cli/cmd_secret.c \
	src/cli/cmd_status.c \
	src/cli/cost.c \
	src/cli/options.c src/cli/options.h \
	src/cli/print.c src/cli/print.h \
	src/cli/test.c

TESTS += tests/tty/code.py tests/peers/foreign.py
EXTRA_DIST += tests/tty/code.py tests/peers/foreign.py
