/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/winrm_process.h"

#include "base/mem.h"
#include "base/text.h"
#include "sim/winrm_follow.h"

#define COMMAND_LIMIT                                                                              \
    8191 /* of cmd.exe; Microsoft Learn, "Command prompt line string limitation" */
/* The follower's first frame, as its script writes it: whole, or behind a function that adds '@'.
 */
static const char *const follower_marks[] = {"@H 1", "'H 1 "};

/* What powershell.exe writes to its error stream when that is a pipe and the script comes encoded.
 */
#define CLIXML_NOISE                                                                               \
    "#< CLIXML\r\n<Objs Version=\"1.1.0.1\" "                                                      \
    "xmlns=\"http://schemas.microsoft.com/powershell/2004/04\"><Obj S=\"progress\" RefId=\"0\">"   \
    "<TN RefId=\"0\"><T>System.Management.Automation.PSCustomObject</T><T>System.Object</T></TN>"  \
    "<MS><I64 N=\"SourceId\">1</I64><PR N=\"Record\"><AV>Preparing modules for first use.</AV>"    \
    "<AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD> </SD></PR></MS>"       \
    "</Obj></Objs>"

struct process {
    struct sim_process base; /* first: what callers see */
    const struct sim_machine *machine;
    struct sim_follow *follow;
    void (*changed)(void *data);
    void *data;
};

static void on_changed(void *data)
{
    struct process *process = data;
    process->changed(process->data);
}

static void on_ended(void *data, int exit_code)
{
    struct process *process = data;
    sim_follow_free(process->follow);
    process->follow = NULL;
    process->base.ended = true;
    process->base.exit_code = exit_code;
    process->changed(process->data);
}

/* The word at *text (quotes taken off), and *text behind it. The caller's. */
static char *next_word(const char **text)
{
    const char *p = *text + strspn(*text, " \t");
    bool quoted = *p == '"';
    p += quoted;
    size_t length = strcspn(p, quoted ? "\"" : " \t");
    *text = p + length + (quoted && p[length]);
    return hw_strndup(p, length);
}

static void finish(struct process *process, int exit_code)
{
    process->base.ended = true;
    process->base.exit_code = exit_code;
}

static void run_unknown(struct process *process, const char *word)
{
    hw_buf_print(&process->base.err,
                 "'%s' is not recognized as an internal or external command,\r\n"
                 "operable program or batch file.\r\n",
                 word);
    finish(process, 1);
}

static void run_type(struct process *process, const char *rest)
{
    hw_auto_text path = next_word(&rest);
    const struct sim_guest_file *file = sim_guest_find(process->machine->guest, path);
    if (!file) {
        hw_buf_text(&process->base.err, "The system cannot find the file specified.\r\n");
        finish(process, 1);
        return;
    }
    hw_buf_add(&process->base.out, hw_buf_cstr(&file->bytes), file->bytes.len);
    finish(process, 0);
}

/* The argument behind -EncodedCommand, or one of its short forms. The caller's, or NULL. */
static char *encoded_argument(const char *rest)
{
    while (*rest) {
        hw_auto_text word = next_word(&rest);
        if (hw_text_equal_nocase(word, "-EncodedCommand") || hw_text_equal_nocase(word, "-enc") ||
            hw_text_equal_nocase(word, "-e") || hw_text_equal_nocase(word, "-ec"))
            return next_word(&rest);
    }
    return NULL;
}

/* The script is UTF-16LE; its ASCII part tells what it is. */
static void decode_script(const char *base64, struct hw_buf *out)
{
    hw_auto(hw_buf) wide = HW_BUF(COMMAND_LIMIT);
    hw_buf_unbase64(&wide, base64, strlen(base64));
    for (size_t i = 0; i + 1 < wide.len; i += 2)
        hw_buf_char(out, wide.data[i + 1] || !wide.data[i] ? '?' : wide.data[i]);
}

static bool is_follower(const char *script)
{
    for (size_t i = 0; i < HW_COUNT(follower_marks); i++) {
        if (strstr(script, follower_marks[i]))
            return true;
    }
    return false;
}

/* A test of hpcwiz begins with "$test = 'NAME'" and "$with = @{ARGUMENTS}". */
static bool run_test(struct process *process, const char *script)
{
    static const char name_mark[] = "$test = '", with_mark[] = "$with = @{";
    const char *name = strstr(script, name_mark), *with = strstr(script, with_mark);
    const struct sim_machine *machine = process->machine;
    if (name != script || !with || !machine->answer)
        return false;
    name += strlen(name_mark);
    with += strlen(with_mark);
    hw_auto_text test = hw_strndup(name, strcspn(name, "'"));
    hw_auto_text arguments = hw_strndup(with, strcspn(with, "}"));
    machine->answer(machine->answer_data, test, arguments, &process->base.out);
    hw_buf_text(&process->base.out, "\r\n");
    finish(process, 0);
    return true;
}

static void run_powershell(struct process *process, const char *rest)
{
    hw_auto_text encoded = encoded_argument(rest);
    hw_auto(hw_buf) script = HW_BUF(COMMAND_LIMIT);
    hw_buf_text(&process->base.err, CLIXML_NOISE);
    decode_script(encoded ? encoded : "", &script);
    if (run_test(process, hw_buf_cstr(&script)))
        return;
    if (!is_follower(hw_buf_cstr(&script))) {
        finish(process, 1);
        return;
    }
    struct sim_follow_hooks hooks = {on_changed, on_ended, process};
    process->follow = sim_follow_new(process->machine, &process->base.out, &hooks);
}

static void run(struct process *process, const char *line)
{
    if (strlen(line) > COMMAND_LIMIT) {
        hw_buf_text(&process->base.err, "The command line is too long.\r\n");
        finish(process, 1);
        return;
    }
    hw_auto_text word = next_word(&line);
    if (hw_text_equal_nocase(word, "hostname")) {
        hw_buf_print(&process->base.out, "%s\r\n", process->machine->host);
        finish(process, 0);
    } else if (hw_text_equal_nocase(word, "echo")) {
        hw_buf_print(&process->base.out, "%s\r\n", line + strspn(line, " "));
        finish(process, 0);
    } else if (hw_text_equal_nocase(word, "type")) {
        run_type(process, line);
    } else if (hw_text_equal_nocase(word, "powershell") ||
               hw_text_equal_nocase(word, "powershell.exe")) {
        run_powershell(process, line);
    } else {
        run_unknown(process, word);
    }
}

struct sim_process *sim_process_start(const struct sim_machine *machine, const char *command_line,
                                      void (*changed)(void *data), void *data)
{
    struct process *process = HW_NEW(struct process);
    process->machine = machine;
    process->changed = changed;
    process->data = data;
    process->base.out.max = HW_MAX_SIM_FILE;
    process->base.err.max = HW_MAX_TEXT;
    run(process, command_line);
    return &process->base;
}

void sim_process_free(struct sim_process *base)
{
    struct process *process = (struct process *)base;
    if (!process)
        return;
    sim_follow_free(process->follow);
    hw_buf_done(&base->out);
    hw_buf_done(&base->err);
    free(process);
}

void sim_process_input(struct sim_process *base, const char *bytes, size_t count, bool end)
{
    struct process *process = (struct process *)base;
    if (process->follow)
        sim_follow_input(process->follow, bytes, count, end);
}

void sim_process_fetched(struct sim_process *base)
{
    struct process *process = (struct process *)base;
    if (process->follow)
        sim_follow_fetched(process->follow);
}

void sim_process_end(struct sim_process *base, int exit_code)
{
    struct process *process = (struct process *)base;
    if (base->ended)
        return;
    sim_follow_free(process->follow);
    process->follow = NULL;
    finish(process, exit_code);
}
