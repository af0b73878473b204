/* SPDX-License-Identifier: Apache-2.0 */
#include "logs/redact_value.h"

#include <errno.h>
#include <iconv.h>

#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "logs/decode.h"

#define SHORTEST_VALUE 4u
#define LONGEST_BASE64                                                                             \
    24u /* of the digits that mark a value in base64; then the whole run goes                      \
         */
#define SHORTEST_BASE64 6u
#define FORM_MAX        (6u * HW_MAX_SECRET)

/* A form that the value has; wiped, since it holds the value. */
static void learn(struct hw_windows *windows, struct hw_buf *form)
{
    if (form->len >= SHORTEST_VALUE && !form->full)
        hw_windows_add(windows, form->data, form->len, false);
    if (form->data)
        hw_wipe(form->data, form->capacity);
    hw_buf_done(form);
}

static void learn_xml(struct hw_windows *windows, const char *bytes)
{
    struct hw_buf form = HW_BUF(FORM_MAX);
    hw_buf_xml(&form, bytes);
    learn(windows, &form);
}

static void learn_uri(struct hw_windows *windows, const char *bytes, size_t n)
{
    struct hw_buf form = HW_BUF(FORM_MAX);
    hw_buf_uri(&form, bytes, n, false);
    learn(windows, &form);
}

/* With each of the characters doubled, or a backslash before it. */
static void learn_escaped(struct hw_windows *windows, const char *bytes, size_t n,
                          const char *characters, bool doubled)
{
    struct hw_buf form = HW_BUF(FORM_MAX);
    for (size_t i = 0; i < n; i++) {
        if (strchr(characters, bytes[i]))
            hw_buf_char(&form, doubled ? bytes[i] : '\\');
        hw_buf_char(&form, bytes[i]);
    }
    learn(windows, &form);
}

/* The value within longer base64 text may begin at each of three places of a group; the digits
 * that it shares with its neighbours are left out (RFC 4648, section 4). */
static void learn_base64(struct hw_windows *windows, const char *bytes, size_t n)
{
    for (size_t shift = 0; shift < 3; shift++) {
        struct hw_buf shifted = HW_BUF(FORM_MAX), text = HW_BUF(2 * FORM_MAX);
        hw_buf_fill(&shifted, 0, shift);
        hw_buf_add(&shifted, bytes, n);
        hw_buf_base64(&text, shifted.data, shifted.len);
        size_t from = (shift * 8 + 5) / 6, to = shifted.len * 8 / 6;
        size_t length = to > from ? to - from : 0;
        length = length > LONGEST_BASE64 ? LONGEST_BASE64 : length;
        if (length >= SHORTEST_BASE64)
            hw_windows_add(windows, text.data + from, length, true);
        hw_wipe(shifted.data, shifted.capacity);
        hw_wipe(text.data, text.capacity);
        hw_buf_done(&shifted);
        hw_buf_done(&text);
    }
}

static void learn_wide_base64(struct hw_windows *windows, const char *bytes, size_t n)
{
    struct hw_buf wide = HW_BUF(FORM_MAX);
    hw_buf_utf16le(&wide, bytes, n);
    learn_base64(windows, wide.data, wide.len);
    hw_wipe(wide.data, wide.capacity);
    hw_buf_done(&wide);
}

/* What a program in a console wrote in an OEM code page is read as Windows-1252. */
static void learn_oem(struct hw_windows *windows, const char *page, const char *bytes, size_t n)
{
    iconv_t conversion = iconv_open(page, "UTF-8");
    if (conversion == (iconv_t)-1) {
        errno = 0; /* this C library lacks the table */
        return;
    }
    char oem[HW_MAX_SECRET], *to = oem, *from = (char *)bytes;
    size_t room = sizeof oem, left = n;
    if (iconv(conversion, &from, &left, &to, &room) != (size_t)-1) {
        struct hw_buf form = HW_BUF(FORM_MAX);
        hw_decode_8bit(&form, oem, (size_t)(to - oem));
        learn(windows, &form);
    }
    iconv_close(conversion);
    hw_wipe(oem, sizeof oem);
}

static bool is_ascii(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    }
    return true;
}

void hw_redact_value_forms(struct hw_windows *windows, const char *bytes, size_t n)
{
    struct hw_secret *copy = n < SHORTEST_VALUE ? NULL : hw_secret_new(bytes, n);
    if (!copy)
        return;
    bytes = hw_secret_bytes(copy); /* with a NUL at its end */
    hw_windows_add(windows, bytes, n, false);
    learn_xml(windows, bytes);
    learn_uri(windows, bytes, n);
    learn_escaped(windows, bytes, n, "\"\\", false);
    learn_escaped(windows, bytes, n, "'", true);
    learn_escaped(windows, bytes, n, "\"", true);
    learn_base64(windows, bytes, n);
    learn_wide_base64(windows, bytes, n);
    if (!is_ascii(bytes, n)) {
        learn_oem(windows, "CP850", bytes, n);
        learn_oem(windows, "CP437", bytes, n);
    }
    hw_secret_free(copy);
}
