/* SPDX-License-Identifier: Apache-2.0 */
#include "discover/build.h"

struct hw_build *hw_build_of(const struct hw_discover *discover, enum hw_source source)
{
    return &discover->builds[source];
}

static const char *subject_of(const struct hw_build *build, const struct hw_part *part)
{
    return part->of_vpc && build->vpc ? build->vpc : "";
}

static const struct hw_load *load_of(const struct hw_build *build, size_t part)
{
    const struct hw_part *p = &build->rule->parts[part];
    return hw_load_find(build->discover, p->set, subject_of(build, p));
}

bool hw_build_key(const struct hw_build *build, const struct hw_cluster *cluster,
                  struct hw_buf *out)
{
    const char *region = hw_aws_region(build->discover->aws);
    if (build->rule->source == HW_SOURCE_REGIONS) /* of all of them, and of no Region */
        return hw_buf_print(out, "regions as %s", hw_aws_profile(build->discover->aws));
    return *region && hw_buf_text(out, region) &&
           (!build->rule->key || build->rule->key(build->discover, cluster, out));
}

void hw_build_forget(struct hw_build *build)
{
    char **texts[] = {&build->key,    &build->vpc,  &build->subnet, &build->image,
                      &build->answer, &build->zone, &build->boot};
    for (size_t i = 0; i < HW_COUNT(texts); i++)
        hw_replace(texts[i], NULL);
    hw_strv_done(&build->offered);
    build->facts_seen = 0;
    memset(build->at, 0, sizeof build->at);
    build->sorted = build->revised = 0;
    build->ranked = build->looked = false;
    build->err = NULL;
    hw_choices_done(&build->choices);
}

static void changed(struct hw_build *build)
{
    build->told = true;
    build->choices.generation++;
}

void hw_build_want(struct hw_build *build, const struct hw_cluster *cluster)
{
    hw_auto(hw_buf) key = HW_BUF(HW_MAX_LINE);
    if (!hw_build_key(build, cluster, &key)) {
        if (build->key)
            hw_build_forget(build);
        return;
    }
    bool same = build->key && strcmp(build->key, hw_buf_cstr(&key)) == 0;
    if (!same) {
        hw_build_forget(build);
        build->key = hw_buf_take(&key);
        build->side_facts = build->discover->side_facts;
        build->choices.state = HW_CHOICES_LOADING;
        changed(build);
        if (build->rule->begin)
            build->rule->begin(build, cluster);
    }
    for (size_t i = 0; i < build->rule->part_count; i++) {
        const struct hw_part *part = &build->rule->parts[i];
        hw_load_want(build->discover, part->set, subject_of(build, part), true);
    }
    if (!same)
        hw_discover_go_on(build->discover);
}

/* ---- The work of a turn ----------------------------------------------------------------- */

/* What the whole of is needed first is there, or will never be. */
static bool may_offer(const struct hw_build *build)
{
    for (size_t i = 0; i < build->rule->part_count; i++) {
        const struct hw_load *load = load_of(build, i);
        if (!build->rule->parts[i].offer && !hw_load_over(load))
            return false;
    }
    return true;
}

static bool has_rows(const struct hw_build *build, size_t part)
{
    const struct hw_load *load = load_of(build, part);
    return build->rule->parts[part].offer && load && build->at[part] < load->table.count;
}

static size_t offer_rows(struct hw_build *build, size_t left)
{
    size_t count = 0;
    for (size_t i = 0; i < build->rule->part_count; i++) {
        const struct hw_load *load = load_of(build, i);
        for (; count < left && has_rows(build, i); count++)
            build->rule->parts[i].offer(build, &load->table.rows[build->at[i]++]);
    }
    return count;
}

/* The choices of this turn, sorted, are merged into the ones before. */
static void sort_new(struct hw_build *build)
{
    struct hw_choices *choices = &build->choices;
    size_t old = build->sorted, fresh = choices->count - old;
    if (!build->rule->order || !fresh)
        return;
    qsort(choices->items + old, fresh, sizeof *choices->items, build->rule->order);
    struct hw_choice *tail = hw_realloc(NULL, fresh, sizeof *tail);
    memcpy(tail, choices->items + old, fresh * sizeof *tail);
    for (size_t to = choices->count; fresh; to--) {
        bool from_old = old && build->rule->order(&choices->items[old - 1], &tail[fresh - 1]) > 0;
        choices->items[to - 1] = from_old ? choices->items[--old] : tail[--fresh];
    }
    free(tail);
    build->sorted = choices->count;
}

static bool all_over(const struct hw_build *build, const struct hw_err **ret_err)
{
    bool over = true;
    for (size_t i = 0; i < build->rule->part_count; i++) {
        const struct hw_load *load = load_of(build, i);
        over = over && hw_load_over(load);
        if (load && load->state == HW_LOAD_FAILED && !build->rule->parts[i].optional)
            *ret_err = &load->err;
    }
    return over;
}

static bool rows_left(const struct hw_build *build)
{
    for (size_t i = 0; i < build->rule->part_count; i++) {
        if (has_rows(build, i))
            return may_offer(build);
    }
    return false;
}

static bool has_to_revise(const struct hw_build *build)
{
    return build->rule->revise && (build->side_facts != build->discover->side_facts ||
                                   build->revised < build->choices.count);
}

static size_t revise(struct hw_build *build, size_t left)
{
    size_t count = 0;
    if (!build->rule->revise)
        return 0;
    if (build->side_facts != build->discover->side_facts) {
        build->side_facts = build->discover->side_facts;
        build->revised = 0;
    }
    for (; count < left && build->revised < build->choices.count; count++)
        build->rule->revise(build, &build->choices.items[build->revised++]);
    return count;
}

static void set_state(struct hw_build *build)
{
    const struct hw_err *err = NULL;
    enum hw_choices_state state = HW_CHOICES_LOADING;
    bool over = all_over(build, &err);
    if (!err)
        err = build->err;
    if (err) {
        build->choices.err = *err;
        state = HW_CHOICES_FAILED;
    } else if (over && build->looked && !rows_left(build)) {
        state = HW_CHOICES_READY;
    }
    if (state != build->choices.state)
        changed(build);
    build->choices.state = state;
}

static void rank(struct hw_build *build)
{
    if (build->rule->rank)
        build->rule->rank(build);
    build->ranked = true;
}

/* Looks closer, where a rule does: again with every answer until all are there. */
static void look(struct hw_build *build)
{
    if (build->looked)
        return;
    const struct hw_err *err = NULL;
    bool over = all_over(build, &err);
    build->looked = !build->rule->look || (!err && over && build->rule->look(build));
    if (build->looked && build->rule->look) {
        rank(build);
        changed(build);
    }
}

size_t hw_build_work(struct hw_build *build, size_t left)
{
    const struct hw_err *err = NULL;
    if (!build->key || build->choices.state == HW_CHOICES_FAILED)
        return 0;
    size_t offered = may_offer(build) ? offer_rows(build, left) : 0;
    if (offered)
        build->revised = 0; /* sorting moves them */
    size_t revised = rows_left(build) ? 0 : revise(build, left - offered);
    if (offered || revised) {
        sort_new(build);
        changed(build);
    }
    bool due = offered || !build->ranked;
    if (due && !rows_left(build) && (build->choices.count || all_over(build, &err)))
        rank(build);
    look(build);
    set_state(build);
    return offered + revised;
}

bool hw_build_waits(const struct hw_build *build)
{
    return build->key && build->choices.state != HW_CHOICES_FAILED &&
           (rows_left(build) || has_to_revise(build));
}

/* ---- Offering --------------------------------------------------------------------------- */

static char *cleaned(const char *text)
{
    hw_auto(hw_buf) out = HW_BUF(HW_MAX_TEXT);
    struct hw_span span = hw_text_trim(text, strnlen(text, HW_MAX_VALUE));
    hw_text_clean(&out, span.p, span.n, false);
    return hw_buf_take(&out);
}

bool hw_is_plain(const char *value)
{
    size_t n = strlen(value);
    if (n == 0 || n > HW_MAX_VALUE)
        return false;
    hw_auto_text clean = cleaned(value);
    return strcmp(clean, value) == 0;
}

struct hw_choice *hw_offer(struct hw_build *build, const char *value, const char *label,
                           const char *detail)
{
    if (!hw_is_plain(value))
        return NULL;
    hw_auto_text clean_label = cleaned(label);
    hw_auto_text clean_detail = cleaned(detail);
    return hw_choices_add(&build->choices, value, clean_label, clean_detail);
}

void hw_offer_unfit(struct hw_choice *choice, const char *why)
{
    if (choice)
        hw_replace(&choice->unfit, why);
}

void hw_offer_detail(struct hw_choice *choice, const char *detail)
{
    free(choice->detail);
    choice->detail = cleaned(detail);
}

int hw_order_fit(const void *a, const void *b)
{
    const struct hw_choice *x = a, *y = b;
    if (!x->unfit != !y->unfit)
        return x->unfit ? 1 : -1;
    int order = hw_text_compare_natural(x->label, y->label);
    return order ? order : strcmp(x->value, y->value);
}
