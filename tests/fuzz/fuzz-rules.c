/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a rule file: rules, or an error with a place; and what was read can be used. */
#include "diagnose/rules.h"
#include "tests/fuzz/fuzz.h"

static void use(const struct hw_rules *rules)
{
    struct hw_diagnose *diagnose = hw_diagnose_new(rules);
    for (size_t i = 0; i < rules->count; i++) {
        for (size_t k = 0; k < rules->items[i].examples.count; k++)
            hw_diagnose_feed(
                diagnose, &(struct hw_event){.type = HW_EV_LOG,
                                             .u.log = {.node = "head",
                                                       .source = "a.log",
                                                       .text = rules->items[i].examples.items[k]}});
    }
    hw_diagnose_count(diagnose);
    hw_diagnose_free(diagnose);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct hw_rules *rules = hw_rules_new();
    struct hw_err err = {0};
    if (hw_rules_parse("f", (const char *)bytes, size, rules, &err)) {
        if (hw_rules_finish(rules, &err))
            use(rules);
    } else if (!err.what[0] || !err.place[0]) {
        abort();
    }
    hw_rules_free(rules);
    return 0;
}
