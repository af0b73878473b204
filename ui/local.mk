# SPDX-License-Identifier: Apache-2.0
include ui/pages.mk
libui_a_SOURCES += \
	ui/answer.c ui/answer.h \
	ui/bundle.c ui/bundle.h \
	ui/app.c ui/app.h \
	ui/app_draw.c ui/app_overlay.c ui/app_poll.c ui/app_private.h ui/app_secret.c \
	ui/clipboard.c ui/clipboard.h \
	ui/draw.c ui/draw.h \
	ui/form.h ui/form_draw.c ui/form_rows.c \
	ui/host.h \
	ui/keys.c ui/keys.h \
	ui/layout.c ui/layout.h \
	ui/page_account.c \
	ui/page_form.c \
	ui/known.c ui/known.h \
	ui/page_start.c \
	ui/plain.c ui/plain.h \
	ui/plain_pages.c ui/plain_print.c ui/plain_private.h \
	ui/plain_run.c \
	ui/plain_secret.c \
	ui/rescue.c ui/rescue.h \
	ui/run.c ui/run.h \
	ui/surface.c ui/surface.h \
	ui/terminal.c ui/terminal.h \
	ui/theme.c ui/theme.h \
	ui/widget_choice.c ui/widget_choice.h \
	ui/widget_field.c ui/widget_field.h \
	ui/widget_list.c ui/widget_list.h \
	ui/widget_table.c ui/widget_table.h \
	ui/widget_text.c ui/widget_text.h \
	ui/widget_tree.c ui/widget_tree.h

check_PROGRAMS += tests/unit/t-surface
TESTS += tests/unit/t-surface
tests_unit_t_surface_SOURCES = tests/unit/t-surface.c
tests_unit_t_surface_LDADD = $(SCREEN_TEST_LDADD)
