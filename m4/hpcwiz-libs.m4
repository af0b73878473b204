# SPDX-License-Identifier: Apache-2.0
# HPCWIZ_LIBRARIES: every library the product needs, each named with what it is for.
AC_DEFUN([HPCWIZ_LIBRARIES], [
  PKG_PROG_PKG_CONFIG([0.29])
  PKG_CHECK_MODULES([NCURSESW], [ncursesw >= 6.0])       # the screen
  PKG_CHECK_MODULES([CURL], [libcurl >= 7.80])           # carrier of AWS and WinRM; see src/net/libcurl.c
  PKG_CHECK_MODULES([OPENSSL], [libcrypto >= 3.0 libssl >= 3.0])  # signatures, pins, passwords
  PKG_CHECK_MODULES([YAML], [yaml-0.1 >= 0.2])           # cluster file, templates, rules
  PKG_CHECK_MODULES([EXPAT], [expat >= 2.4])             # AWS query answers, SOAP
  PKG_CHECK_MODULES([JANSSON], [jansson >= 2.13])        # JSON
  PKG_CHECK_MODULES([PCRE2], [libpcre2-8 >= 10.36])      # rules, search
  PKG_CHECK_MODULES([ZLIB], [zlib >= 1.2])               # frames of the log follower
  PKG_CHECK_MODULES([GSSAPI], [mit-krb5-gssapi >= 1.19])  # WinRM's Negotiate; see src/net/libgssapi.c
  PKG_CHECK_MODULES([ARCHIVE], [libarchive >= 3.4])  # bundles; see src/diagnose/libarchive.c
  PKG_CHECK_MODULES([MICROHTTPD], [libmicrohttpd >= 0.9.70])  # simulator only
  AC_ARG_WITH([libssh2], [AS_HELP_STRING([--without-libssh2], [SSH by the ssh program alone])])
  have_libssh2=no                                         # nodes over SSH; without it, the ssh program
  AS_IF([test "x$with_libssh2" != xno],
    [PKG_CHECK_MODULES([LIBSSH2], [libssh2 >= 1.9], [have_libssh2=yes], [have_libssh2=no])])
  AS_IF([test "x$have_libssh2" = xyes], [AC_DEFINE([HAVE_LIBSSH2], [1], [SSH by libssh2])])
  AM_CONDITIONAL([HAVE_LIBSSH2], [test "x$have_libssh2" = xyes])
  PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1], [have_cmocka=yes], [have_cmocka=no])
  hpcwiz_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS $CURL_CFLAGS"
  AC_MSG_CHECKING([whether curl_url_get takes a const handle]) # newer releases do
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include <curl/curl.h>
    CURLUcode curl_url_get(const CURLU *url, CURLUPart part, char **ret, unsigned flags);]])],
    [hpcwiz_url_const=const], [hpcwiz_url_const=])
  AC_MSG_RESULT([${hpcwiz_url_const:-no}])
  AC_DEFINE_UNQUOTED([CURLU_GET_CONST], [$hpcwiz_url_const], [const where curl_url_get takes one])
  CFLAGS=$hpcwiz_saved_cflags
  hpcwiz_saved_libs=$LIBS
  AC_SEARCH_LIBS([dlopen], [dl])
  AC_SUBST([DL_LIBS], [$LIBS])
  LIBS=$hpcwiz_saved_libs
  AM_CONDITIONAL([HAVE_CMOCKA], [test "x$have_cmocka" = xyes])
])
