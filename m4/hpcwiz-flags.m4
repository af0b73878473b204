# SPDX-License-Identifier: Apache-2.0
# HPCWIZ_COMPILER_FLAGS: the warning set, and the switches --enable-werror,
# --enable-asan (address and undefined-behaviour sanitizers) and --enable-fuzz
# (libFuzzer targets; needs clang).
AC_DEFUN([HPCWIZ_COMPILER_FLAGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
    [], [enable_werror=no])
  AC_ARG_ENABLE([asan],
    [AS_HELP_STRING([--enable-asan], [build with the address and undefined-behaviour sanitizers])],
    [], [enable_asan=no])
  AC_ARG_ENABLE([fuzz],
    [AS_HELP_STRING([--enable-fuzz], [build the libFuzzer targets (clang only)])],
    [], [enable_fuzz=no])

  HPCWIZ_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wpointer-arith -Wwrite-strings -Wundef -fno-common"
  HPCWIZ_LDFLAGS=""
  AS_IF([test "x$enable_werror" = xyes], [HPCWIZ_CFLAGS="$HPCWIZ_CFLAGS -Werror"])
  AS_IF([test "x$enable_asan" = xyes], [
    HPCWIZ_CFLAGS="$HPCWIZ_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
    HPCWIZ_LDFLAGS="$HPCWIZ_LDFLAGS -fsanitize=address,undefined"
    AC_DEFINE([HPCWIZ_ASAN], [1], [Built with the sanitizers])])
  AS_IF([test "x$enable_fuzz" = xyes], [
    HPCWIZ_CFLAGS="$HPCWIZ_CFLAGS -fsanitize=fuzzer-no-link,address,undefined"
    HPCWIZ_LDFLAGS="$HPCWIZ_LDFLAGS -fsanitize=address,undefined"])
  AM_CONDITIONAL([ENABLE_ASAN], [test "x$enable_asan" = xyes])
  AM_CONDITIONAL([ENABLE_FUZZ], [test "x$enable_fuzz" = xyes])
  AC_SUBST([HPCWIZ_CFLAGS])
  AC_SUBST([HPCWIZ_LDFLAGS])
])
