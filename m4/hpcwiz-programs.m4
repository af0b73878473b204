# SPDX-License-Identifier: Apache-2.0
# HPCWIZ_PROGRAMS: programs that only the tests and the documentation need.
AC_DEFUN([HPCWIZ_PROGRAMS], [
  AC_PATH_PROG([PYTHON3], [python3], [python3])
  AC_PATH_PROG([TMUX_PROGRAM], [tmux], [tmux])
])
