/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of libcurl, each under its own name, from a library that is loaded when the first
 * of them is called. With the twenty-odd libraries that libcurl asks for (Kerberos, LDAP, a second
 * TLS, ...), loading takes as long as everything else until the first picture; a person sees the
 * picture first. Where the library is gone, each function fails as libcurl would.
 *
 * It is an archive of its own, so that a screen test that reaches for the network does not link. */
#include <curl/curl.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libcurl.so.4" /* the name has been the same since 7.16.0 (libcurl: "ABI") */

#define FUNCTIONS(F)                                                                               \
    F(curl_easy_cleanup)                                                                           \
    F(curl_easy_getinfo)                                                                           \
    F(curl_easy_init)                                                                              \
    F(curl_easy_setopt)                                                                            \
    F(curl_easy_strerror)                                                                          \
    F(curl_free)                                                                                   \
    F(curl_getdate)                                                                                \
    F(curl_global_init_mem)                                                                        \
    F(curl_multi_add_handle)                                                                       \
    F(curl_multi_assign)                                                                           \
    F(curl_multi_cleanup)                                                                          \
    F(curl_multi_info_read)                                                                        \
    F(curl_multi_init)                                                                             \
    F(curl_multi_remove_handle)                                                                    \
    F(curl_multi_setopt)                                                                           \
    F(curl_multi_socket_action)                                                                    \
    F(curl_multi_strerror)                                                                         \
    F(curl_slist_append)                                                                           \
    F(curl_slist_free_all)                                                                         \
    F(curl_url)                                                                                    \
    F(curl_url_cleanup)                                                                            \
    F(curl_url_get)                                                                                \
    F(curl_url_set)

/* What libcurl frees has carried session tokens and bodies: none of it stays in memory. */
static void wipe_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void *wipe_realloc(void *old, size_t size)
{
    size_t had = old ? malloc_usable_size(old) : 0;
    void *memory = malloc(size);
    if (!memory)
        return NULL;
    if (had)
        memcpy(memory, old, had < size ? had : size);
    wipe_free(old);
    return memory;
}

/* libcurl and its TLS library are set up here, before any other of its functions can do it with
 * other memory; that takes as long as the painting of a screen, and only who asks the network pays.
 */
#define PREPARE                                                                                    \
    (library.curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wipe_free, wipe_realloc, strdup,    \
                                  calloc) == CURLE_OK)

#include "base/lazy.h"

FORWARD(CURL *, curl_easy_init, (void), (), NULL)
FORWARD_VOID(curl_easy_cleanup, (CURL * easy), (easy))
FORWARD(const char *, curl_easy_strerror, (CURLcode code), (code), LIBRARY " is missing")
FORWARD_VOID(curl_free, (void *memory), (memory))
FORWARD(time_t, curl_getdate, (const char *text, const time_t *unused), (text, unused), -1)

FORWARD(CURLM *, curl_multi_init, (void), (), NULL)
FORWARD(CURLMcode, curl_multi_cleanup, (CURLM * multi), (multi), CURLM_BAD_HANDLE)
FORWARD(CURLMcode, curl_multi_add_handle, (CURLM * multi, CURL *easy), (multi, easy),
        CURLM_BAD_HANDLE)
FORWARD(CURLMcode, curl_multi_remove_handle, (CURLM * multi, CURL *easy), (multi, easy),
        CURLM_BAD_HANDLE)
FORWARD(CURLMcode, curl_multi_assign, (CURLM * multi, curl_socket_t fd, void *data),
        (multi, fd, data), CURLM_BAD_HANDLE)
FORWARD(CURLMcode, curl_multi_socket_action,
        (CURLM * multi, curl_socket_t fd, int events, int *running), (multi, fd, events, running),
        CURLM_BAD_HANDLE)
FORWARD(CURLMsg *, curl_multi_info_read, (CURLM * multi, int *left), (multi, left), NULL)
FORWARD(const char *, curl_multi_strerror, (CURLMcode code), (code), LIBRARY " is missing")

FORWARD(struct curl_slist *, curl_slist_append, (struct curl_slist * list, const char *text),
        (list, text), NULL)
FORWARD_VOID(curl_slist_free_all, (struct curl_slist * list), (list))

FORWARD(CURLU *, curl_url, (void), (), NULL)
FORWARD_VOID(curl_url_cleanup, (CURLU * url), (url))
FORWARD(CURLUcode, curl_url_get,
        (CURLU_GET_CONST CURLU * url, CURLUPart part, char **ret, unsigned flags),
        (url, part, ret, flags), CURLUE_BAD_HANDLE)
FORWARD(CURLUcode, curl_url_set, (CURLU * url, CURLUPart part, const char *text, unsigned flags),
        (url, part, text, flags), CURLUE_BAD_HANDLE)

/* The type of the one argument is in the option's number (CURLOPTTYPE_... in curl.h; the same
 * numbers serve curl_multi_setopt). */
#define FORWARD_OPTION(function, handle, option, failure)                                          \
    do {                                                                                           \
        va_list args;                                                                              \
        int result = (failure);                                                                    \
        va_start(args, option);                                                                    \
        if (load() && option < CURLOPTTYPE_OBJECTPOINT)                                            \
            result = (library.function)(handle, option, va_arg(args, long));                       \
        else if (load() && option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)               \
            result = (library.function)(handle, option, va_arg(args, curl_off_t));                 \
        else if (load())                                                                           \
            result = (library.function)(handle, option, va_arg(args, void *));                     \
        va_end(args);                                                                              \
        return result;                                                                             \
    } while (0)

CURLcode(curl_easy_setopt)(CURL *easy, CURLoption option, ...)
{
    FORWARD_OPTION(curl_easy_setopt, easy, option, CURLE_FAILED_INIT);
}

CURLMcode(curl_multi_setopt)(CURLM *multi, CURLMoption option, ...)
{
    FORWARD_OPTION(curl_multi_setopt, multi, option, CURLM_BAD_HANDLE);
}

CURLcode(curl_easy_getinfo)(CURL *easy, CURLINFO info, ...)
{
    va_list args;
    va_start(args, info);
    CURLcode code =
        load() ? (library.curl_easy_getinfo)(easy, info, va_arg(args, void *)) : CURLE_FAILED_INIT;
    va_end(args);
    return code;
}
