/* SPDX-License-Identifier: Apache-2.0 */
/* Shows the pages on a real terminal with made-up events, for eyes: `preview CASE [--ascii]
 * [--no-color]` plays the set, key, type and event lines of a case one after another; then the
 * keys are yours. Not a test. Built by `make tests/screens/preview`. */
#include <locale.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "fake_host.h"
#include "ui/run.h"

enum { STEP_MS = 20, TURN_MS = 5 };

struct preview {
    struct hw_loop *loop;
    struct fake_host *fake;
    struct ui_app *app;
    const char *at; /* the next line */
};

static void tell(void *data, const struct hw_event *event)
{
    ui_app_tell(((struct preview *)data)->app, event);
}

static void press(struct preview *preview, char *names)
{
    char *name;
    while ((name = strsep(&names, " ")))
        ui_app_key(preview->app, ui_key_parse(name));
}

static void play_line(struct preview *preview, char *line)
{
    struct hw_sink sink = {tell, preview};
    char *rest = strchr(line, ' ');
    if (!rest)
        return;
    *rest++ = '\0';
    if (strcmp(line, "key") == 0)
        press(preview, rest);
    else if (strcmp(line, "event") == 0)
        fake_host_tell(preview->fake, rest, &sink);
    for (; strcmp(line, "type") == 0 && *rest; rest++)
        ui_app_key(preview->app, (unsigned char)*rest);
}

static void on_step(void *data)
{
    struct preview *preview = data;
    struct hw_sink sink = {tell, preview};
    fake_host_turn(preview->fake, &sink);
    size_t n = strcspn(preview->at, "\n");
    hw_auto_text line = hw_strndup(preview->at, n);
    preview->at += n + (preview->at[n] == '\n');
    play_line(preview, line);
    hw_loop_timer(preview->loop, *preview->at ? STEP_MS : TURN_MS * 20, on_step, preview);
}

static void set_answers(struct hw_cluster *cluster, const char *text)
{
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        size_t key = hw_text_starts(line, "set ") ? strcspn(line + 4, "=\n") : 0;
        hw_auto_text name = hw_strndup(line + 4 * (key > 0), key);
        hw_auto_text value = key ? hw_strndup(line + 5 + key, strcspn(line + 5 + key, "\n")) : NULL;
        if (value)
            hw_cluster_set(cluster, name, value, NULL);
    }
}

int main(int argc, char **argv)
{
    struct hw_err err = {0};
    struct ui_terminal_options options = {0};
    hw_auto(hw_buf) text = HW_BUF(HW_MAX_FILE);
    setlocale(LC_ALL, "");
    for (int i = 2; i < argc; i++) {
        options.ascii = options.ascii || strcmp(argv[i], "--ascii") == 0;
        options.no_color = options.no_color || strcmp(argv[i], "--no-color") == 0;
    }
    if (argc < 2 || !hw_file_read(argv[1], &text, &err)) {
        fprintf(stderr, "preview CASE [--ascii] [--no-color]: %s\n", err.what);
        return 2;
    }
    struct hw_cluster *cluster = hw_cluster_new();
    set_answers(cluster, hw_buf_cstr(&text));
    struct preview preview = {
        .loop = hw_loop_new(&err), .fake = fake_host_new(), .at = hw_buf_cstr(&text)};
    preview.app = ui_app_new(fake_host_table(preview.fake), cluster, "preview.yaml");
    hw_loop_timer(preview.loop, STEP_MS, on_step, &preview);
    bool ok = ui_run(preview.app, preview.loop, &options, &err);
    ui_app_free(preview.app);
    hw_loop_free(preview.loop);
    fake_host_free(preview.fake);
    if (!ok)
        fprintf(stderr, "%s\n", err.what);
    return ok ? 0 : 1;
}
