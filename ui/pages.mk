# SPDX-License-Identifier: Apache-2.0
# The pages that have code of their own, and what they show as models without drawing.
libui_a_SOURCES += \
	ui/checks_view.c ui/checks_view.h \
	ui/deploy_guess.c ui/deploy_view.c ui/deploy_view.h \
	ui/highlight.c ui/highlight.h \
	ui/highlight_lexis.h ui/highlight_words.c ui/highlight_yaml.c \
	ui/nodes_view.c ui/nodes_view.h \
	ui/page_checks.c \
	ui/page_deploy.c ui/page_deploy.h ui/page_deploy_choices.c ui/page_deploy_detail.c \
	ui/page_deploy_stuck.c \
	ui/page_deploy_draw.c ui/page_deploy_plan.c \
	ui/page_findings.c ui/page_findings.h ui/page_findings_draw.c \
	ui/page_logs.c ui/page_logs.h ui/page_logs_ask.c ui/page_logs_copy.c \
	ui/page_logs_draw.c ui/page_logs_go.c ui/page_logs_lines.c ui/page_logs_view.c \
	ui/page_review.c ui/page_review.h ui/page_review_draw.c

check_PROGRAMS += tests/unit/t-highlight
TESTS += tests/unit/t-highlight
tests_unit_t_highlight_SOURCES = tests/unit/t-highlight.c
tests_unit_t_highlight_LDADD = $(SCREEN_TEST_LDADD)

check_PROGRAMS += tests/unit/t-deploy-view
TESTS += tests/unit/t-deploy-view
tests_unit_t_deploy_view_SOURCES = tests/unit/t-deploy-view.c
tests_unit_t_deploy_view_LDADD = $(SCREEN_TEST_LDADD)
