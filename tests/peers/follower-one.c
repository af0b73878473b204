/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the log follower and reads its frames as the fleet does, for follower.py:
 *   follower-one '{"globs":[...],"quiet":S,"pace":MS}' PROGRAM ARGUMENT...
 * The script's own command line (hw_script_command, without its first word) is put behind the
 * arguments. Prints, a line each:
 *   line PATH OFFSET TEXT      a whole line
 *   skipped PATH OFFSET        older bytes were left out
 *   error TEXT                 a file cannot be read at the moment
 *   files N BYTES              after "count" on standard input
 *   exit STATUS                the follower has ended (128 and more: by a signal)
 * On standard input: "count"; "kill" kills the follower and starts another, which resumes; "mute"
 * no longer tells it that somebody is there; the end of the input ends the follower's. */
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "node/script.h"
#include "node/winrm.h"

#define ARGUMENTS_MAX 32
#define SIGN_MS       1000

static struct {
    json_t *settings;
    char *arguments[ARGUMENTS_MAX];
    struct hw_files files;
    struct hw_frames frames;
    pid_t child;
    int to, from; /* its standard streams; to is -1 once closed */
    bool muted, broken;
} all;

static void on_line(void *data HW_UNUSED, struct hw_file *file, uint64_t offset, const char *text,
                    size_t n)
{
    hw_auto(hw_buf) clean = HW_BUF(HW_MAX_TEXT);
    hw_text_clean(&clean, text, n, false);
    printf("line %s %llu %s\n", file->path, (unsigned long long)offset, hw_buf_cstr(&clean));
}

static void on_frame(void *data HW_UNUSED, const struct hw_frame *frame)
{
    switch (frame->kind) {
    case HW_FRAME_HELLO:
    case HW_FRAME_BEAT:
        all.broken = all.broken || frame->now_ms == 0;
        return;
    case HW_FRAME_BROKEN:
        all.broken = true;
        return;
    case HW_FRAME_ERROR:
        printf("error %s\n", frame->text);
        return;
    case HW_FRAME_SKIPPED:
        printf("skipped %llu %llu\n", (unsigned long long)frame->id,
               (unsigned long long)frame->offset);
        break;
    default:
        break;
    }
    if (!hw_files_take(&all.files, frame))
        all.broken = true;
}

/* The line that the script reads first, with the globs of this machine. */
static char *input_line(void)
{
    unsigned quiet = (unsigned)json_integer_value(json_object_get(all.settings, "quiet"));
    unsigned pace = (unsigned)json_integer_value(json_object_get(all.settings, "pace"));
    hw_auto_text text = hw_script_input(&all.files, false, quiet, pace);
    json_t *config = json_loads(text, 0, NULL);
    json_object_set(config, "globs", json_object_get(all.settings, "globs"));
    json_object_set_new(config, "scan", json_integer(1));
    if (!pace)
        json_object_set_new(config, "beat", json_integer(1));
    char *line = json_dumps(config, JSON_COMPACT | JSON_ENSURE_ASCII);
    char *input = hw_format("%s\n", line);
    json_decref(config);
    free(line);
    return input;
}

static void tell(const char *text)
{
    size_t n = strlen(text);
    if (all.to >= 0 && write(all.to, text, n) != (ssize_t)n)
        all.broken = true;
}

static void start(void)
{
    int to[2], from[2];
    if (pipe(to) < 0 || pipe(from) < 0)
        abort();
    hw_files_begin(&all.files);
    hw_frames_reset(&all.frames);
    all.child = fork();
    if (all.child == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        close(to[0]);
        close(to[1]);
        close(from[0]);
        close(from[1]);
        execvp(all.arguments[0], all.arguments);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    all.to = to[1];
    all.from = from[0];
    hw_auto_text input = input_line();
    tell(input);
}

static int end(void)
{
    int status = 0;
    if (all.to >= 0)
        close(all.to);
    close(all.from);
    waitpid(all.child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void count(void)
{
    unsigned long long bytes = 0;
    for (size_t i = 0; i < all.files.count; i++)
        bytes += all.files.items[i]->offset;
    printf("files %zu %llu\n", all.files.count, bytes);
}

static void obey(void)
{
    char word[64];
    ssize_t n = read(STDIN_FILENO, word, sizeof word - 1);
    word[n > 0 ? n : 0] = '\0';
    if (n <= 0) {
        close(all.to);
        all.to = -1;
    } else if (hw_text_starts(word, "count")) {
        count();
    } else if (hw_text_starts(word, "mute")) {
        all.muted = true;
    } else if (hw_text_starts(word, "kill")) {
        kill(all.child, SIGKILL);
        end();
        start();
    }
}

/* False: the follower has ended. */
static bool turn(void)
{
    char bytes[65536];
    struct pollfd fds[] = {{all.from, POLLIN, 0}, {all.to >= 0 ? STDIN_FILENO : -1, POLLIN, 0}};
    if (poll(fds, HW_COUNT(fds), SIGN_MS) == 0 && !all.muted)
        tell("\n");
    if (fds[0].revents) {
        ssize_t n = read(all.from, bytes, sizeof bytes);
        if (n <= 0)
            return false;
        hw_frames_add(&all.frames, bytes, (size_t)n, on_frame, NULL);
    }
    if (fds[1].revents)
        obey();
    fflush(stdout);
    return !all.broken;
}

static bool set_arguments(int argc, char **argv, struct hw_buf *command)
{
    struct hw_err err = {0};
    size_t count = 0;
    if (argc < 3 || argc > ARGUMENTS_MAX / 2 || !hw_script_command(command, &err))
        return false;
    for (int i = 2; i < argc; i++)
        all.arguments[count++] = argv[i];
    char *rest = strchr(command->data, ' ') + 1, *word;
    while ((word = strsep(&rest, " ")) && count < ARGUMENTS_MAX - 1)
        all.arguments[count++] = word;
    return true;
}

int main(int argc, char **argv)
{
    hw_auto(hw_buf) command = HW_BUF(HW_WINRM_LINE_MAX + 1);
    all.settings = argc > 1 ? json_loads(argv[1], 0, NULL) : NULL;
    if (!all.settings || !set_arguments(argc, argv, &command))
        return 2;
    signal(SIGPIPE, SIG_IGN);
    all.files.line = on_line;
    hw_frames_init(&all.frames);
    start();
    while (turn())
        ;
    hw_files_flush(&all.files);
    printf("exit %d\n", end());
    hw_frames_done(&all.frames);
    hw_files_done(&all.files);
    json_decref(all.settings);
    return all.broken ? 1 : 0;
}
