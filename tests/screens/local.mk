# SPDX-License-Identifier: Apache-2.0
# Screens without a terminal: keys in, picture out. UPDATE=1 writes the pictures anew.
check_PROGRAMS += tests/screens/t-screens
TESTS += tests/screens/t-screens
tests_screens_t_screens_SOURCES = tests/screens/driver.c tests/screens/fake_host.c \
	tests/screens/fake_host.h tests/screens/fake_choices.c tests/screens/fake_choices.h \
	tests/screens/fake_event.c tests/screens/fake_event.h \
	tests/screens/fake_findings.c tests/screens/fake_findings.h
tests_screens_t_screens_LDADD = $(SCREEN_TEST_LDADD)
EXTRA_DIST += tests/screens/cases
# The same pages on a real terminal, for eyes.
EXTRA_PROGRAMS += tests/screens/preview
tests_screens_preview_SOURCES = tests/screens/preview.c tests/screens/fake_host.c \
	tests/screens/fake_host.h tests/screens/fake_choices.c tests/screens/fake_choices.h \
	tests/screens/fake_event.c tests/screens/fake_event.h \
	tests/screens/fake_findings.c tests/screens/fake_findings.h
tests_screens_preview_LDADD = libui.a libcore.a $(NCURSESW_LIBS) $(LOCAL_LIBS)
check_PROGRAMS += tests/screens/t-monkey
TESTS += tests/screens/t-monkey
tests_screens_t_monkey_SOURCES = tests/screens/t-monkey.c tests/screens/fake_host.c \
	tests/screens/fake_host.h tests/screens/fake_choices.c tests/screens/fake_choices.h \
	tests/screens/fake_event.c tests/screens/fake_event.h \
	tests/screens/fake_findings.c tests/screens/fake_findings.h
tests_screens_t_monkey_LDADD = $(SCREEN_TEST_LDADD)
