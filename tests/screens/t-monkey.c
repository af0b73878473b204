/* SPDX-License-Identifier: Apache-2.0 */
/* Any key, any event and any size in any order: nothing may break (this test is for the
 * sanitizers), the cursor stays on the screen and the key line is never empty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "fake_host.h"

enum { ROUNDS = 12, STEPS = 700 };

static uint32_t seed;
static int64_t now_ms;

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static int64_t monkey_clock(void)
{
    return now_ms;
}

static void tell(void *data, const struct hw_event *event)
{
    ui_app_tell(data, event);
}

static const char *pick(const char *const *words, size_t count)
{
    return words[any((uint32_t)count)];
}

#define PICK(words) pick(words, HW_COUNT(words))

static const char *const nodes[] = {"sql", "head", "std-01", "std-02", "std-10", "", "東京"};
static const char *const roles[] = {"sql", "head", "compute", "", "x"};
static const char *const stacks[] = {"riskgrid-foundation",  "riskgrid-sql",  "riskgrid-head",
                                     "riskgrid-compute-std", "somebody-else", ""};
static const char *const stages[] = {"boot", "domain", "setup", "reboot", "signal", ""};
static const char *const states[] = {"pending", "connecting", "live", "rebooting",
                                     "lost",    "refused",    "gone"};
static const char *const steps[] = {"waiting", "planning", "planned",      "unchanged", "executing",
                                    "done",    "failed",   "rolling-back", "deleting",  "deleted"};
static const char *const statuses[] = {"CREATE_IN_PROGRESS",
                                       "CREATE_COMPLETE",
                                       "CREATE_FAILED",
                                       "ROLLBACK_COMPLETE",
                                       "DELETE_COMPLETE",
                                       "?",
                                       ""};
static const char *const texts[] = {
    "",
    "Error 13818: the certificate doesn't meet the requirements",
    "2026-11-23T20:15:05.000Z HPCWIZ stage=setup status=failed code=3 msg=\"no\"",
    "東京 テスト e\xcc\x81 \xef\xbf\xbd a very long line that goes on and on and on and on and on "
    "and "
    "on and on and on and on and on and on and on and on and on and on and on and on and on",
    "x",
};

static char *event_line(void)
{
    uint32_t at = any(90000);
    switch (any(8)) {
    case 0:
        return hw_format("step at=%u|stack=%s|step=%s|message=%s", at, PICK(stacks), PICK(steps),
                         PICK(texts));
    case 1:
        return hw_format("stack at=%u|stack=%s|resource=R%u|type=AWS::X::Y|status=%s|reason=%s", at,
                         PICK(stacks), any(40), PICK(statuses), PICK(texts));
    case 2:
        return hw_format("node at=%u|node=%s|role=%s|group=std|instance=i-%u|state=%s|detail=%s",
                         at, PICK(nodes), PICK(roles), any(3), PICK(states), PICK(texts));
    case 3:
        return hw_format("stage at=%u|node=%s|role=%s|stage=%s|status=%s|code=%u|message=%s", at,
                         PICK(nodes), PICK(roles), PICK(stages), any(3) ? "done" : "failed",
                         any(4000), PICK(texts));
    case 4:
        return hw_format("check id=c%u|severity=%s|status=%s|message=%s|field=%s", any(99),
                         any(2) ? "error" : "warning", any(2) ? "fail" : "pass", PICK(texts),
                         any(2) ? "network.vpc" : "");
    case 5:
        return hw_format("result command=%s|ok=%s|message=%s", any(2) ? "deploy" : "check",
                         any(2) ? "true" : "false", PICK(texts));
    case 6:
        return hw_format("finding id=f%u|node=%s|because=f%u|title=%s|cause=%s|remedy=%s//%s"
                         "|evidence=head · install.log;3;%s|action=%s",
                         any(6), PICK(nodes), any(9), PICK(texts), PICK(texts), PICK(texts),
                         PICK(texts), PICK(texts), any(2) ? "network:network.vpc" : "run it");
    default:
        return hw_format("log at=%u|node=%s|source=%s|text=%s", at, PICK(nodes),
                         any(2) ? "install.log" : "chainer.txt", PICK(texts));
    }
}

static uint32_t any_key(void)
{
    static const char letters[] = "jklhnNefEmsdwogtr/&!DG ?x.*[riskgrid";
    static const uint32_t keys[] = {UI_KEY_TAB,  UI_KEY_ENTER, UI_KEY_ESC,  UI_KEY_UP,  UI_KEY_DOWN,
                                    UI_KEY_LEFT, UI_KEY_RIGHT, UI_KEY_HOME, UI_KEY_END, UI_KEY_PGUP,
                                    UI_KEY_PGDN, UI_KEY_F(2),  UI_KEY_F(9), UI_KEY_F(5)};
    return any(2) ? keys[any(HW_COUNT(keys))] : (uint32_t)letters[any(sizeof letters - 1)];
}

static void check_screen(const struct ui_surface *surface)
{
    bool empty = true;
    assert_true(surface->cursor_row < surface->rows && surface->cursor_col < surface->cols);
    for (int col = 0; col < surface->cols; col++) {
        uint32_t c = surface->cells[(surface->rows - 1) * surface->cols + col].base;
        empty = empty && (c == ' ' || c == 0);
    }
    if (surface->rows >= 24 && surface->cols >= 80)
        assert_false(empty);
}

static void step(struct ui_app *app, struct fake_host *fake, struct ui_surface *surface)
{
    struct hw_sink sink = {tell, app};
    uint32_t what = any(10);
    if (what < 4) {
        hw_auto_text line = event_line();
        assert_true(fake_host_tell(fake, line, &sink));
    } else if (what < 9) {
        ui_app_key(app, any_key());
    } else {
        ui_app_resize(app, 20 + (int)any(45), 70 + (int)any(140));
    }
    now_ms += any(3000);
    fake_host_turn(fake, &sink);
    if (ui_app_poll(app))
        ui_app_draw(app, surface);
    check_screen(surface);
}

static void anything_goes(void **state)
{
    unsigned done = 0;
    (void)state;
    for (seed = 1; seed <= ROUNDS; seed++) {
        uint32_t kept = seed;
        struct fake_host *fake = fake_host_new();
        struct hw_cluster *cluster = hw_cluster_new();
        struct ui_surface surface;
        hw_cluster_set(cluster, "cluster", "riskgrid", NULL);
        now_ms = (int64_t)1795464900 * 1000;
        ui_surface_init(&surface, 24, 80);
        struct ui_app *app = ui_app_new(fake_host_table(fake), cluster, "riskgrid.yaml");
        ui_app_set_clock(app, monkey_clock);
        for (int i = 0; i < STEPS && !ui_app_ended(app); i++) {
            if (i % 25 == 0) { /* so that each page has its share */
                ui_app_key(app, UI_KEY_ESC);
                ui_app_key(app, UI_KEY_F(2));
                ui_app_key(app, UI_KEY_HOME);
                for (uint32_t down = 8 + any(5); down > 0; down--)
                    ui_app_key(app, UI_KEY_DOWN);
                ui_app_key(app, UI_KEY_ENTER);
            }
            step(app, fake, &surface);
            done++;
        }
        ui_app_free(app);
        fake_host_free(fake);
        ui_surface_done(&surface);
        seed = kept;
    }
    assert_true(done > ROUNDS * STEPS / 2); /* few of them quit early */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(anything_goes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
