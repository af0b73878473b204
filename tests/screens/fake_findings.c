/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_findings.h"

static const char *own(struct fake_finding *f, const char *text)
{
    if (f->text_count == HW_COUNT(f->texts))
        return "";
    return f->texts[f->text_count++] = hw_strdup(text);
}

/* Cuts text at "//"; NULL at the end. */
static char *next_part(char **text)
{
    char *part = *text;
    if (!part)
        return NULL;
    *text = strstr(part, "//");
    if (*text) {
        **text = '\0';
        *text += 2;
    }
    return part;
}

static void add_evidence(struct fake_finding *f, const char *text)
{
    char *rest = (char *)(uintptr_t)own(f, text), *part;
    while (rest && *rest && f->finding.evidence_count < FAKE_EVIDENCE_MAX &&
           (part = next_part(&rest))) {
        char *source = strsep(&part, ";"), *line = strsep(&part, ";");
        f->evidence[f->finding.evidence_count++] =
            (struct hw_evidence){source, line ? strtoull(line, NULL, 10) : 0, part ? part : ""};
    }
}

static const char *steps(struct fake_finding *f, const char *text)
{
    hw_auto(hw_buf) lines = HW_BUF(HW_MAX_VALUE);
    hw_auto_text copy = hw_strdup(text);
    char *rest = copy, *part;
    while ((part = next_part(&rest)))
        hw_buf_print(&lines, "%s%s", lines.len ? "\n" : "", part);
    return own(f, hw_buf_cstr(&lines));
}

const struct hw_ev_finding *fake_findings_add(struct fake_findings *findings,
                                              const char *(*value)(const void *data,
                                                                   const char *name),
                                              const void *data)
{
    hw_grow(&findings->items, &findings->capacity, findings->count, sizeof(*findings->items));
    struct fake_finding *f = &findings->items[findings->count++];
    *f = (struct fake_finding){.because = hw_strdup(value(data, "because"))};
    f->finding.id = own(f, value(data, "id"));
    f->finding.node = own(f, value(data, "node"));
    f->finding.stage = own(f, value(data, "stage"));
    f->finding.title = own(f, value(data, "title"));
    f->finding.cause = own(f, value(data, "cause"));
    f->finding.action = own(f, value(data, "action"));
    f->finding.remedy = steps(f, value(data, "remedy"));
    f->finding.confidence = (unsigned)strtoul(value(data, "confidence"), NULL, 10);
    add_evidence(f, value(data, "evidence"));
    return fake_findings_at(findings, findings->count - 1);
}

/* The list may have moved since the evidence was added. */
const struct hw_ev_finding *fake_findings_at(const struct fake_findings *findings, size_t index)
{
    struct fake_finding *f = &findings->items[index];
    f->finding.evidence = f->evidence;
    return &f->finding;
}

size_t fake_findings_cause(const struct fake_findings *findings, size_t index)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].finding.id, findings->items[index].because) == 0)
            return i;
    }
    return SIZE_MAX;
}

void fake_findings_done(struct fake_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        for (size_t t = 0; t < findings->items[i].text_count; t++)
            free(findings->items[i].texts[t]);
        free(findings->items[i].because);
    }
    free(findings->items);
}
