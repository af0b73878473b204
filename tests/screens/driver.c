/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the cases of tests/screens/cases: keys in, picture out, without a terminal. A case is a
 * text file of one command a line:
 *
 *   size 80x24               the terminal; again in the middle: it was resized
 *   ascii                    a terminal that shows ASCII only
 *   demo / known             the host plays the demo; knows earlier deployments
 *   secrets                  the host knows which parameters exist, and makes others
 *   hold / release           lists asked for stay loading, checks run; they come now
 *   clock SECONDS            the clock of AWS, ahead of this machine's
 *   fail WORDS               lists asked for end with this error
 *   set KEY=VALUE            an answer given before the wizard opens
 *   open FILE                the wizard opens with that file's name and the answers set so far
 *   start                    the wizard opens with none (both must come before any key)
 *   key Down Enter F2 ...    keys by name
 *   type TEXT                the characters of TEXT, as they are
 *   paste TEXT               TEXT is pasted; "|" is the end of a line
 *   event KIND a=b|c=d       an event of the core (fake_host.c)
 *   tick SECONDS             time passes
 *   expect <<END             the whole screen, up to a line END
 *   styles <<END             the screen, each row followed by its styles (ui/theme.h)
 *   cursor ROW COL           where the real cursor stands
 *   saved PATH               the cluster file was saved there last
 *   checked NAME             that cluster was checked last
 *   generated NAME           its files were generated last
 *   copied TEXT              that went to the clipboard last; "|" is the end of a line
 *   ended                    the wizard was left
 *   plain                    --plain instead of the wizard; expect then compares what was
 *                            written since the last expect
 *   line TEXT                a line that is typed to --plain
 *
 * UPDATE=1 in the environment writes the pictures as they are now into the case files. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "fake_host.h"
#include "ui/plain.h"

enum { START_S = 1795464900 }; /* 2026-11-23T00:15:00Z */

struct run {
    const char *path;
    size_t line;
    struct fake_host *fake;
    struct hw_cluster *cluster; /* until the app takes it */
    struct ui_app *app;
    struct ui_plain *plain;
    FILE *out; /* of plain */
    char *written;
    size_t written_size, compared;
    struct ui_surface surface;
    struct hw_buf rewritten;
    char *copied;
    bool update, different;
};

static int64_t now_s;

static int64_t fake_now_ms(void)
{
    return now_s * 1000;
}

static void tell(void *data, const struct hw_event *event)
{
    struct run *run = data;
    if (run->plain)
        ui_plain_tell(run->plain, event);
    else
        ui_app_tell(run->app, event);
}

static void plain_turn(struct run *run)
{
    struct hw_sink sink = {tell, run};
    for (int i = 0; i < 4; i++) {
        fake_host_turn(run->fake, &sink);
        ui_plain_poll(run->plain);
    }
}

static void turn(struct run *run)
{
    struct hw_sink sink = {tell, run};
    if (run->plain) {
        plain_turn(run);
        return;
    }
    for (int i = 0; i < 8 && run->app && !ui_app_ended(run->app); i++) {
        fake_host_turn(run->fake, &sink);
        if (!ui_app_poll(run->app))
            return;
        ui_app_draw(run->app, &run->surface);
    }
}

static void wrong(const struct run *run, const char *what, const char *with)
{
    print_error("%s:%zu: %s: %s\n", run->path, run->line, what, with);
    fail();
}

static bool take_copy(void *data, const char *text, size_t n)
{
    struct run *run = data;
    free(run->copied);
    run->copied = hw_strndup(text, n);
    for (char *p = run->copied; *p; p++)
        *p = *p == '\n' ? '|' : *p;
    return true;
}

static void open_app(struct run *run, const char *path)
{
    run->app = ui_app_new(fake_host_table(run->fake), run->cluster, path);
    run->cluster = NULL;
    ui_app_set_clock(run->app, fake_now_ms);
    ui_app_on_copy(run->app, take_copy, run);
    ui_app_resize(run->app, run->surface.rows, run->surface.cols);
    turn(run);
}

static void do_size(struct run *run, const char *text)
{
    int rows = 0, cols = 0;
    if (sscanf(text, "%dx%d", &cols, &rows) != 2)
        wrong(run, "size", text);
    ui_surface_resize(&run->surface, rows, cols);
    if (run->app) {
        ui_app_resize(run->app, rows, cols);
        turn(run);
    }
}

static void do_key(struct run *run, const char *text)
{
    hw_auto_text names = hw_strdup(text);
    char *rest = names, *name;
    while ((name = strsep(&rest, " "))) {
        uint32_t code = ui_key_parse(name);
        if (code == UI_KEY_NONE)
            wrong(run, "no such key", name);
        ui_app_key(run->app, code);
        turn(run);
    }
}

static void do_type(struct run *run, const char *text)
{
    for (size_t at = 0, n = strlen(text); at < n;) {
        uint32_t c;
        at += hw_utf8_next(text + at, n - at, &c);
        ui_app_key(run->app, c);
        turn(run);
    }
}

static void do_paste(struct run *run, const char *text)
{
    for (size_t at = 0, n = strlen(text); at < n;) {
        uint32_t c;
        at += hw_utf8_next(text + at, n - at, &c);
        ui_app_paste(run->app, c == '|' ? UI_KEY_ENTER : c);
        turn(run);
    }
}

static void do_set(struct run *run, const char *text)
{
    struct hw_err err = {0};
    const char *equals = strchr(text, '=');
    if (!equals)
        wrong(run, "set KEY=VALUE", text);
    hw_auto_text key = hw_strndup(text, (size_t)(equals - text));
    if (!hw_cluster_set(run->cluster, key, equals + 1, &err))
        wrong(run, text, err.what);
}

static void do_host(struct run *run, const char *word, const char *rest)
{
    if (strcmp(word, "demo") == 0)
        fake_host_demo(run->fake, true);
    else if (strcmp(word, "known") == 0)
        fake_host_known(run->fake, true);
    else if (strcmp(word, "secrets") == 0)
        fake_host_secrets(run->fake);
    else if (strcmp(word, "ascii") == 0)
        run->surface.ascii = true;
    else if (strcmp(word, "ask-node") == 0)
        fake_host_ask_node(run->fake, strcmp(rest, "no more") != 0,
                           strcmp(rest, "certificate") == 0);
    else if (strcmp(word, "ask") == 0)
        fake_host_ask(run->fake, *rest ? rest : NULL);
    else if (strcmp(word, "fail") == 0)
        fake_host_fail(run->fake, rest);
    else if (strcmp(word, "clock") == 0)
        fake_host_clock(run->fake, strtol(rest, NULL, 10));
    else if (strcmp(word, "prices") == 0)
        fake_host_prices(run->fake, rest);
    else
        fake_host_hold(run->fake, strcmp(word, "hold") == 0);
    turn(run);
}

static void do_event(struct run *run, const char *rest)
{
    struct hw_sink sink = {tell, run};
    if (!fake_host_tell(run->fake, rest, &sink))
        wrong(run, "event", rest);
    turn(run);
}

static void do_cursor(struct run *run, const char *rest)
{
    int row, col;
    if (sscanf(rest, "%d %d", &row, &col) != 2 || row != run->surface.cursor_row ||
        col != run->surface.cursor_col) {
        hw_auto_text is =
            hw_format("is at %d %d", run->surface.cursor_row, run->surface.cursor_col);
        wrong(run, "cursor", is);
    }
}

static void compare_word(struct run *run, const char *what, const char *is, const char *expected)
{
    if (!is || strcmp(is, expected) != 0)
        wrong(run, what, is ? is : "nothing");
}

static void do_saved(struct run *run, const char *rest)
{
    compare_word(run, "saved", fake_host_saved(run->fake), rest);
}

static void do_copied(struct run *run, const char *rest)
{
    compare_word(run, "copied", run->copied, rest);
}

static void do_answered(struct run *run, const char *rest)
{
    compare_word(run, "answered", fake_host_answered(run->fake), rest);
}

static void do_checked(struct run *run, const char *rest)
{
    compare_word(run, "checked", fake_host_checked(run->fake), rest);
}

static void do_generated(struct run *run, const char *rest)
{
    compare_word(run, "generated", fake_host_generated(run->fake), rest);
}

static void do_tick(struct run *run, const char *rest)
{
    now_s += strtol(rest, NULL, 10);
    turn(run);
}

static void do_start(struct run *run, const char *rest)
{
    (void)rest;
    open_app(run, NULL);
}

static void do_plain(struct run *run, const char *rest)
{
    run->out = open_memstream(&run->written, &run->written_size);
    run->plain =
        ui_plain_new(fake_host_table(run->fake), run->cluster, *rest ? rest : NULL, -1, run->out);
    run->cluster = NULL;
    plain_turn(run);
}

static void do_line(struct run *run, const char *rest)
{
    ui_plain_line(run->plain, rest);
    plain_turn(run);
}

static void do_ended(struct run *run, const char *rest)
{
    if (run->plain ? !ui_plain_ended(run->plain) : !ui_app_ended(run->app))
        wrong(run, "ended", rest);
}

static void command(struct run *run, const char *word, const char *rest)
{
    static const struct {
        const char *word;
        void (*fn)(struct run *run, const char *rest);
    } commands[] = {
        {"size", do_size},         {"key", do_key},         {"type", do_type},
        {"paste", do_paste},       {"set", do_set},         {"open", open_app},
        {"start", do_start},       {"event", do_event},     {"tick", do_tick},
        {"cursor", do_cursor},     {"saved", do_saved},     {"ended", do_ended},
        {"answered", do_answered}, {"plain", do_plain},     {"line", do_line},
        {"copied", do_copied},     {"checked", do_checked}, {"generated", do_generated}};
    static const char *const host_words[] = {"demo",   "known",   "ascii", "fail",
                                             "hold",   "release", "ask",   "ask-node",
                                             "prices", "secrets", "clock"};
    for (size_t i = 0; i < HW_COUNT(commands); i++) {
        if (strcmp(commands[i].word, word) == 0) {
            commands[i].fn(run, rest);
            return;
        }
    }
    for (size_t i = 0; i < HW_COUNT(host_words); i++) {
        if (strcmp(host_words[i], word) == 0) {
            do_host(run, word, rest);
            return;
        }
    }
    wrong(run, "unknown command", word);
}

static void take_written(struct run *run, struct hw_buf *picture)
{
    fflush(run->out);
    hw_buf_text(picture, run->written + run->compared);
    run->compared = run->written_size;
    if (picture->len > 0 && picture->data[picture->len - 1] != '\n')
        hw_buf_char(picture, '\n');
}

static void compare(struct run *run, const char *expected, bool styles)
{
    hw_auto(hw_buf) picture = HW_BUF(HW_MAX_TEXT);
    if (run->app)
        ui_app_draw(run->app, &run->surface);
    if (run->plain)
        take_written(run, &picture);
    else
        ui_surface_dump(&run->surface, &picture, styles);
    hw_buf_text(&run->rewritten, hw_buf_cstr(&picture));
    if (run->update || strcmp(expected, hw_buf_cstr(&picture)) == 0)
        return;
    run->different = true;
    fprintf(stderr, "%s:%zu: expected\n%sbut it is\n%s", run->path, run->line, expected,
            hw_buf_cstr(&picture));
}

/* Collects the lines up to END. */
static const char *take_picture(struct run *run, const char *at, struct hw_buf *expected)
{
    while (*at && !hw_text_starts(at, "END\n")) {
        size_t n = strcspn(at, "\n");
        hw_buf_add(expected, at, n);
        hw_buf_char(expected, '\n');
        at += n + (at[n] == '\n');
        run->line++;
    }
    return at;
}

static void run_lines(struct run *run, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        hw_auto_text line = hw_strndup(text, n);
        text += n + (text[n] == '\n');
        run->line++;
        hw_buf_print(&run->rewritten, "%s\n", line);
        if (!*line || *line == '#' || strcmp(line, "END") == 0)
            continue;
        char *rest = strchr(line, ' ');
        if (rest)
            *rest++ = '\0';
        bool styles = strcmp(line, "styles") == 0;
        if (!styles && strcmp(line, "expect") != 0) {
            command(run, line, rest ? rest : "");
            continue;
        }
        hw_auto(hw_buf) expected = HW_BUF(HW_MAX_TEXT);
        text = take_picture(run, text, &expected);
        compare(run, hw_buf_cstr(&expected), styles);
    }
}

static void run_case(void **state)
{
    struct run run = {.path = *state, .rewritten = HW_BUF(HW_MAX_FILE)};
    struct hw_err err = {0};
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    if (!hw_file_read(run.path, &text, &err))
        wrong(&run, "read", err.what);
    now_s = START_S;
    run.update = getenv("UPDATE") != NULL;
    run.fake = fake_host_new();
    run.cluster = hw_cluster_new();
    ui_surface_init(&run.surface, 24, 80);
    run_lines(&run, hw_buf_cstr(&text));
    if (run.update && strcmp(hw_buf_cstr(&text), hw_buf_cstr(&run.rewritten)) != 0)
        assert_true(hw_file_write(run.path, run.rewritten.data, run.rewritten.len, 0644, &err));
    ui_app_free(run.app);
    ui_plain_free(run.plain);
    if (run.out)
        fclose(run.out);
    free(run.written);
    free(run.copied);
    hw_cluster_free(run.cluster);
    fake_host_free(run.fake);
    ui_surface_done(&run.surface);
    hw_buf_done(&run.rewritten);
    assert_false(run.different);
}

int main(int argc, char **argv)
{
    const char *source = getenv("HPCWIZ_SOURCE");
    hw_auto_text pattern = hw_format("%s/tests/screens/cases/%s.case", source ? source : ".",
                                     argc > 1 ? argv[1] : "*");
    glob_t found;
    setenv("TZ", "UTC", 1);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0) {
        fprintf(stderr, "no case matches %s\n", pattern);
        return 1;
    }
    struct CMUnitTest *tests = hw_realloc(NULL, found.gl_pathc, sizeof(*tests));
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *name = strrchr(found.gl_pathv[i], '/') + 1;
        tests[i] = (struct CMUnitTest){
            .name = name, .test_func = run_case, .initial_state = found.gl_pathv[i]};
    }
    int failed = _cmocka_run_group_tests("screens", tests, found.gl_pathc, NULL, NULL);
    free(tests);
    globfree(&found);
    return failed;
}
