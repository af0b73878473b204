# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/deploy/deploy.c src/deploy/deploy.h \
	src/deploy/destroy.c \
	src/deploy/events.c \
	src/deploy/journal.c \
	src/deploy/list.c \
	src/deploy/plan.c \
	src/deploy/replay.c \
	src/deploy/run.h \
	src/deploy/stack.c
