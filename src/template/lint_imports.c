/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks hang together by exports: each import must be an export of a stack that is made before.
 * The templates write both in one form, so their text is enough. */
#include "base/text.h"
#include "template/lint_parts.h"

#define IMPORT "Fn::ImportValue: !Sub '"
#define EXPORT "Export: {Name: !Sub '"

/* The order in which stacks are made; compute groups are made side by side. */
static int rank_of(const char *path)
{
    static const char *const order[] = {"foundation.", "sql.", "head.", "compute-"};
    for (size_t i = 0; i < HW_COUNT(order); i++) {
        if (hw_text_starts(path, order[i]))
            return (int)i;
    }
    return -1;
}

/* The name behind the next mark, NULL if there is none; *at moves behind it. The caller's. */
static char *next_name(const char **at, const char *mark)
{
    const char *found = strstr(*at, mark);
    if (!found)
        return NULL;
    found += strlen(mark);
    size_t length = strcspn(found, "'\n");
    *at = found + length;
    return hw_strndup(found, length);
}

static bool exports(const struct hw_file *file, const char *name)
{
    const char *at = file->bytes;
    for (;;) {
        hw_auto_text exported = next_name(&at, EXPORT);
        if (!exported)
            return false;
        if (strcmp(exported, name) == 0)
            return true;
    }
}

static bool exported_before(const struct hw_fileset *set, int rank, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        int other = rank_of(set->items[i].path);
        if (set->items[i].resources && other >= 0 && other < rank && exports(&set->items[i], name))
            return true;
    }
    return false;
}

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

/* An argument of !If: where its condition decides otherwise nothing is imported (as the head node
 * of a cluster without a SQL stack). The line above with less indentation is what it belongs to. */
static bool is_conditional(const char *start, const char *at)
{
    const char *line = at;
    while (line > start && line[-1] != '\n')
        line--;
    size_t indent = indent_of(line);
    while (line > start && (indent_of(line) >= indent || *line == '\n')) {
        line--;
        while (line > start && line[-1] != '\n')
            line--;
    }
    hw_auto_text parent = hw_strndup(line, strcspn(line, "\n"));
    return hw_text_ends(parent, "!If");
}

static void check_imports(struct hw_lint *lint, const struct hw_fileset *set,
                          const struct hw_file *file)
{
    const char *at = file->bytes;
    for (;;) {
        hw_auto_text name = next_name(&at, IMPORT);
        if (!name)
            return;
        if (!exported_before(set, rank_of(file->path), name) && !is_conditional(file->bytes, at))
            hw_lint_say(lint, "template.imports", HW_ERROR,
                        _("imports %s, which no stack before it exports"), name);
    }
}

size_t hw_lint_imports(const struct hw_fileset *set, hw_lint_fn *fn, void *data)
{
    size_t errors = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct hw_lint lint = {.file = set->items[i].path, .fn = fn, .data = data};
        if (set->items[i].resources && rank_of(set->items[i].path) >= 0)
            check_imports(&lint, set, &set->items[i]);
        errors += lint.errors;
    }
    return errors;
}
