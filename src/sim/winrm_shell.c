/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/winrm_shell.h"

#include <inttypes.h>

#include "base/mem.h"
#include "base/text.h"

#define NS_SHELL          "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define SHELL_CMD         NS_SHELL "/cmd"
#define ENVELOPE_OVERHEAD 3072u /* of a ReceiveResponse around its data */
#define KILLED_BY_CTRL_C  ((int)0xC000013A)
#define STREAMS_A_REPLY   2
#define HTTP_OK           200
#define HTTP_FAULT        500

struct shell;

/* One Receive that hangs. */
struct waiting {
    struct sim_reply *reply; /* NULL: nobody waits */
    struct sim_soap request;
    struct hw_timer *timer;
};

struct command {
    char id[SIM_GUID_SIZE];
    struct shell *shell;
    struct sim_process *process;
    struct waiting waiting;
    bool done_told;
};

struct shell {
    struct sim_shells *shells;
    char id[SIM_GUID_SIZE];
    int64_t idle_ms;
    struct hw_timer *idle_timer;
    struct command *command; /* NULL: none, or signalled away */
};

struct sim_shells {
    const struct sim_machine *machine;
    struct sim_random random;
    struct shell *items[HW_MAX_SIM_SHELLS];
    size_t count;
};

struct sim_shells *sim_shells_new(const struct sim_machine *machine, uint64_t seed)
{
    struct sim_shells *shells = HW_NEW(struct sim_shells);
    shells->machine = machine;
    shells->random = sim_random_new(seed, machine->address);
    return shells;
}

/* Answers. */

static void write_fault(struct sim_shells *shells, const struct sim_soap *request,
                        enum sim_fault fault, struct sim_reply *reply)
{
    hw_buf_clear(&reply->body);
    sim_soap_fault(&reply->body, fault, request, shells->machine->address, &shells->random);
    reply->http_status = HTTP_FAULT;
    reply->ready = true;
}

static void begin_answer(struct sim_shells *shells, const struct sim_soap *request,
                         struct sim_reply *reply)
{
    sim_soap_begin(&reply->body, request, &shells->random);
}

static void end_answer(struct sim_reply *reply)
{
    sim_soap_end(&reply->body);
    reply->http_status = HTTP_OK;
    reply->ready = true;
}

static void stop_waiting(struct waiting *waiting)
{
    hw_timer_cancel(waiting->timer);
    sim_soap_done(&waiting->request);
    *waiting = (struct waiting){0};
}

static void answer_waiting_fault(struct command *command, enum sim_fault fault)
{
    struct sim_reply *reply = command->waiting.reply;
    if (!reply)
        return;
    write_fault(command->shell->shells, &command->waiting.request, fault, reply);
    stop_waiting(&command->waiting);
    reply->woken(reply->data);
}

/* Ends. */

static void free_command(struct command *command)
{
    if (!command)
        return;
    answer_waiting_fault(command, SIM_FAULT_ABORTED);
    sim_process_free(command->process);
    free(command);
}

static void remove_shell(struct shell *shell)
{
    struct sim_shells *shells = shell->shells;
    size_t i = 0;
    while (shells->items[i] != shell)
        i++;
    shells->items[i] = shells->items[--shells->count];
    hw_timer_cancel(shell->idle_timer);
    free_command(shell->command);
    free(shell);
}

void sim_shells_free(struct sim_shells *shells)
{
    if (!shells)
        return;
    while (shells->count) {
        struct shell *shell = shells->items[0];
        if (shell->command)
            stop_waiting(&shell->command->waiting);
        remove_shell(shell);
    }
    free(shells);
}

size_t sim_shells_count(const struct sim_shells *shells)
{
    return shells->count;
}

static void on_idle(void *data)
{
    struct shell *shell = data;
    shell->idle_timer = NULL;
    remove_shell(shell);
}

static void touch(struct shell *shell)
{
    hw_timer_cancel(shell->idle_timer);
    shell->idle_timer = NULL;
    if (shell->command && shell->command->waiting.reply)
        return;
    shell->idle_timer = hw_loop_timer(shell->shells->machine->loop, shell->idle_ms, on_idle, shell);
}

/* Finding. */

static struct shell *find_shell(struct sim_shells *shells, const char *id)
{
    for (size_t i = 0; id && i < shells->count; i++) {
        if (hw_text_equal_nocase(shells->items[i]->id, id))
            return shells->items[i];
    }
    return NULL;
}

static struct command *find_command(struct shell *shell, const char *id)
{
    struct command *command = shell->command;
    return command && id && hw_text_equal_nocase(command->id, id) ? command : NULL;
}

/* Create. */

static void create_shell(struct sim_shells *shells, const struct sim_soap *request,
                         struct sim_reply *reply)
{
    if (shells->count >= HW_MAX_SIM_SHELLS) {
        write_fault(shells, request, SIM_FAULT_SHELL_QUOTA, reply);
        return;
    }
    struct shell *shell = HW_NEW(struct shell);
    shell->shells = shells;
    shell->idle_ms = request->idle_ms;
    sim_random_guid(&shells->random, shell->id);
    shells->items[shells->count++] = shell;
    touch(shell);
    begin_answer(shells, request, reply);
    hw_buf_print(&reply->body,
                 "<x:ResourceCreated><a:Address>https://%s:5986/wsman</a:Address>"
                 "<a:ReferenceParameters><w:ResourceURI>" SHELL_CMD "</w:ResourceURI>"
                 "<w:SelectorSet><w:Selector Name=\"ShellId\">%s</w:Selector></w:SelectorSet>"
                 "</a:ReferenceParameters></x:ResourceCreated>",
                 shells->machine->address, shell->id);
    hw_buf_print(&reply->body,
                 "<rsp:Shell><rsp:ShellId>%s</rsp:ShellId><rsp:ResourceUri>" SHELL_CMD
                 "</rsp:ResourceUri><rsp:Owner>%s\\Administrator</rsp:Owner>"
                 "<rsp:IdleTimeOut>PT%" PRId64 ".%03" PRId64 "S</rsp:IdleTimeOut>"
                 "<rsp:InputStreams>stdin</rsp:InputStreams>"
                 "<rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>",
                 shell->id, shells->machine->host, shell->idle_ms / 1000, shell->idle_ms % 1000);
    end_answer(reply);
}

/* Receive. */

static bool has_news(const struct command *command, const struct sim_soap *request)
{
    const struct sim_process *process = command->process;
    return process->ended || (request->want_stdout && process->out.len) ||
           (request->want_stderr && process->err.len);
}

static void put_stream(struct hw_buf *out, const struct command *command, const char *name,
                       const char *bytes, size_t count)
{
    hw_buf_print(out, "<rsp:Stream Name=\"%s\" CommandId=\"%s\">", name, command->id);
    hw_buf_base64(out, bytes, count);
    hw_buf_text(out, "</rsp:Stream>");
}

/* Moves what fits in `room` bytes of output from `from` into the answer, in pieces that end at odd
 * bytes, as a real service cuts wherever a write happened to end. */
static void put_streams(struct command *command, const char *name, struct hw_buf *from,
                        size_t *room, struct hw_buf *out)
{
    struct sim_random *random = &command->shell->shells->random;
    for (int i = 0; i < STREAMS_A_REPLY && from->len && *room; i++) {
        size_t count = from->len < *room ? from->len : *room;
        if (i == 0 && count > 2)
            count = 1 + sim_random_below(random, (unsigned)count / 2) * 2;
        put_stream(out, command, name, from->data, count);
        hw_buf_drop(from, count);
        *room -= count;
    }
}

static void put_end(struct command *command, const struct sim_soap *request, struct hw_buf *out)
{
    static const char end[] = "<rsp:Stream Name=\"%s\" CommandId=\"%s\" End=\"true\"></rsp:Stream>";
    if (request->want_stdout)
        hw_buf_print(out, end, "stdout", command->id);
    if (request->want_stderr)
        hw_buf_print(out, end, "stderr", command->id);
    hw_buf_print(out,
                 "<rsp:CommandState CommandId=\"%s\" State=\"" NS_SHELL "/CommandState/Done\">"
                 "<rsp:ExitCode>%d</rsp:ExitCode></rsp:CommandState>",
                 command->id, command->process->exit_code);
    command->done_told = true;
}

static void answer_receive(struct command *command, const struct sim_soap *request,
                           struct sim_reply *reply)
{
    struct sim_process *process = command->process;
    size_t room = (request->max_envelope - ENVELOPE_OVERHEAD) / 4 * 3;
    begin_answer(command->shell->shells, request, reply);
    hw_buf_text(&reply->body, "<rsp:ReceiveResponse>");
    if (request->want_stdout)
        put_streams(command, "stdout", &process->out, &room, &reply->body);
    if (request->want_stderr)
        put_streams(command, "stderr", &process->err, &room, &reply->body);
    if (process->ended && !process->out.len && !process->err.len)
        put_end(command, request, &reply->body);
    else
        hw_buf_print(&reply->body,
                     "<rsp:CommandState CommandId=\"%s\" State=\"" NS_SHELL
                     "/CommandState/Running\"></rsp:CommandState>",
                     command->id);
    hw_buf_text(&reply->body, "</rsp:ReceiveResponse>");
    end_answer(reply);
    sim_process_fetched(process);
}

static void on_receive_timeout(void *data)
{
    struct command *command = data;
    command->waiting.timer = NULL;
    answer_waiting_fault(command, SIM_FAULT_TIMEOUT);
    touch(command->shell);
}

static void on_process_changed(void *data)
{
    struct command *command = data;
    struct sim_reply *reply = command->waiting.reply;
    if (!reply || !has_news(command, &command->waiting.request))
        return;
    answer_receive(command, &command->waiting.request, reply);
    stop_waiting(&command->waiting);
    touch(command->shell);
    reply->woken(reply->data);
}

/* Takes request over when it has to wait. */
static void receive(struct command *command, struct sim_soap *request, struct sim_reply *reply)
{
    answer_waiting_fault(command, SIM_FAULT_ABORTED);
    if (has_news(command, request)) {
        answer_receive(command, request, reply);
        return;
    }
    command->waiting.reply = reply;
    command->waiting.request = *request;
    *request = (struct sim_soap){0};
    command->waiting.timer =
        hw_loop_timer(command->shell->shells->machine->loop, command->waiting.request.timeout_ms,
                      on_receive_timeout, command);
}

/* Command, Send, Signal, Delete. */

static void start_command(struct shell *shell, const struct sim_soap *request,
                          struct sim_reply *reply)
{
    if (shell->command && !shell->command->done_told) {
        write_fault(shell->shells, request, SIM_FAULT_TOO_MANY_COMMANDS, reply);
        return;
    }
    free_command(shell->command);
    struct command *command = shell->command = HW_NEW(struct command);
    command->shell = shell;
    sim_random_guid(&shell->shells->random, command->id);
    command->process = sim_process_start(shell->shells->machine, request->command_line,
                                         on_process_changed, command);
    begin_answer(shell->shells, request, reply);
    hw_buf_print(&reply->body,
                 "<rsp:CommandResponse><rsp:CommandId>%s</rsp:CommandId></rsp:CommandResponse>",
                 command->id);
    end_answer(reply);
}

static void signal_command(struct command *command, const struct sim_soap *request,
                           struct sim_reply *reply)
{
    struct shell *shell = command->shell;
    begin_answer(shell->shells, request, reply);
    hw_buf_text(&reply->body, "<rsp:SignalResponse></rsp:SignalResponse>");
    end_answer(reply);
    if (hw_text_ends(request->signal, "/ctrl_c")) {
        sim_process_end(command->process, KILLED_BY_CTRL_C);
        on_process_changed(command);
        return;
    }
    shell->command = NULL;
    free_command(command);
}

static void call_command(struct shell *shell, struct sim_soap *request, struct sim_reply *reply)
{
    struct command *command = find_command(shell, request->command_id);
    if (!command) {
        write_fault(shell->shells, request, SIM_FAULT_NO_SHELL, reply);
    } else if (request->op == SIM_SOAP_RECEIVE) {
        receive(command, request, reply);
    } else if (request->op == SIM_SOAP_SIGNAL) {
        signal_command(command, request, reply);
    } else {
        sim_process_input(command->process, hw_buf_cstr(&request->input), request->input.len,
                          request->input_end);
        begin_answer(shell->shells, request, reply);
        hw_buf_text(&reply->body, "<rsp:SendResponse></rsp:SendResponse>");
        end_answer(reply);
    }
}

static void call_shell(struct sim_shells *shells, struct sim_soap *request, struct sim_reply *reply)
{
    struct shell *shell = find_shell(shells, request->shell_id);
    if (!shell) {
        write_fault(shells, request, SIM_FAULT_NO_SHELL, reply);
        return;
    }
    if (request->op == SIM_SOAP_DELETE) {
        begin_answer(shells, request, reply);
        end_answer(reply);
        remove_shell(shell);
        return;
    }
    if (request->op == SIM_SOAP_COMMAND)
        start_command(shell, request, reply);
    else
        call_command(shell, request, reply);
    touch(shell);
}

void sim_shells_call(struct sim_shells *shells, const char *xml, size_t count,
                     struct sim_reply *reply)
{
    struct sim_soap request;
    enum sim_fault fault = sim_soap_read(xml, count, &request);
    reply->body.max = HW_MAX_SOAP;
    if (fault)
        write_fault(shells, &request, fault, reply);
    else if (request.op == SIM_SOAP_CREATE)
        create_shell(shells, &request, reply);
    else
        call_shell(shells, &request, reply);
    sim_soap_done(&request);
}

void sim_shells_forget(struct sim_shells *shells, struct sim_reply *reply)
{
    for (size_t i = 0; i < shells->count; i++) {
        struct command *command = shells->items[i]->command;
        if (command && command->waiting.reply == reply) {
            stop_waiting(&command->waiting);
            touch(shells->items[i]);
            return;
        }
    }
}
