/* SPDX-License-Identifier: Apache-2.0 */
/* A credential_process line, and the sentence of an access denied error. */
#include "aws/denied.h"
#include "aws/words.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    hw_auto_text text = hw_strndup((const char *)bytes, size);
    struct hw_strv words = {0};
    struct hw_denied denied;
    struct hw_err err = {0};
    if (hw_words_split(text, &words, &err))
        hw_strv_done(&words);
    else if (!err.what[0])
        abort();
    hw_denied_parse(text, &denied);
    return 0;
}
