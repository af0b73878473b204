/* SPDX-License-Identifier: Apache-2.0 */
#include "node/script.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "node/winrm.h"

#define SCRIPT   "powershell/follow.ps1"
#define SNAPSHOT "powershell/snapshot.ps1"
#define POWERSHELL                                                                                 \
    "powershell -NoProfile -NonInteractive -InputFormat None -ExecutionPolicy Bypass "             \
    "-EncodedCommand "
#define BEAT_S      10
#define ONCE_BEAT_S 1
#define LIFE_H      12

/* HPC Pack: Microsoft, "How to collect HPC Pack logs". EC2Launch: EC2 user guide. cfn-init:
 * CloudFormation user guide, "Bootstrapping Windows stacks". SQL Server: Microsoft Learn, "View the
 * SQL Server error log" and "setup log files". Domain join: "Netsetup.log". */
static const char *const patterns[] = {
    "C:\\ProgramData\\hpcwiz\\install.log",
    "C:\\ProgramData\\Amazon\\EC2Launch\\log\\*.log",
    "C:\\ProgramData\\Amazon\\EC2-Windows\\Launch\\Log\\*.log",
    "C:\\cfn\\log\\cfn-init*.log",
    "C:\\cfn\\log\\*.ps1.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*.log",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*\\*.txt",
    "C:\\Windows\\Temp\\HPCSetupLogs*\\*\\*.log",
    "C:\\Program Files\\Microsoft SQL Server\\*\\MSSQL\\Log\\ERRORLOG",
    "C:\\Program Files\\Microsoft SQL Server\\*\\Setup Bootstrap\\Log\\Summary.txt",
    "C:\\Windows\\debug\\NetSetup.LOG",
};

const char *const *hw_log_patterns(size_t *ret_count)
{
    *ret_count = HW_COUNT(patterns);
    return patterns;
}

/* The script without comments, indentation, and the ends of lines beside braces, where nothing
 * looks like a comment at the end of one. */
static void add_lean(struct hw_buf *out, const char *script)
{
    char last = '{';
    while (*script) {
        size_t length = strcspn(script, "\n");
        struct hw_span line = hw_text_trim(script, length);
        if (line.n && line.p[0] != '#') {
            if (last == '\0' || (last != '{' && line.p[0] != '}'))
                hw_buf_char(out, '\n');
            hw_buf_add(out, line.p, line.n);
            last = memchr(line.p, '#', line.n) ? '\0' : line.p[line.n - 1];
        }
        script += length + (script[length] == '\n');
    }
    hw_buf_char(out, '\n');
}

bool hw_script_encode(struct hw_buf *out, const char *script)
{
    hw_auto(hw_buf) lean = HW_BUF(HW_MAX_TEXT);
    hw_auto(hw_buf) wide = HW_BUF(2 * HW_MAX_TEXT);
    add_lean(&lean, script);
    hw_buf_utf16le(&wide, hw_buf_cstr(&lean), lean.len);
    hw_buf_text(out, POWERSHELL);
    hw_buf_base64(out, hw_buf_cstr(&wide), wide.len);
    return !out->full && out->len <= HW_WINRM_LINE_MAX;
}

static bool read_script(const char *path, struct hw_buf *script, struct hw_err *err)
{
    return hw_file_read(path, script, err) || hw_wrap(err, _("the log follower for the nodes"));
}

bool hw_script_command(struct hw_buf *out, struct hw_err *err)
{
    hw_auto(hw_buf) script = HW_BUF(HW_MAX_TEXT);
    hw_auto_text path = hw_data_path(SCRIPT);
    if (!read_script(path, &script, err))
        return false;
    return hw_script_encode(out, hw_buf_cstr(&script)) ||
           hw_fail(err, HW_ERR_LIMIT, _("%s is too long: its command line may have %u bytes"), path,
                   HW_WINRM_LINE_MAX);
}

bool hw_script_snapshot(struct hw_buf *out, struct hw_err *err)
{
    hw_auto(hw_buf) script = HW_BUF(HW_MAX_TEXT);
    hw_auto_text path = hw_data_path(SNAPSHOT);
    if (!read_script(path, &script, err))
        return false;
    add_lean(out, hw_buf_cstr(&script));
    return true;
}

static json_t *glob_list(void)
{
    json_t *paths = json_array();
    for (size_t i = 0; i < HW_COUNT(patterns); i++)
        json_array_append_new(paths, json_string(patterns[i]));
    return paths;
}

/* Between single quotes only those themselves mean anything to PowerShell. */
char *hw_snapshot_input(const struct hw_files *files, uint64_t ids)
{
    hw_auto(hw_buf) line = HW_BUF(HW_MAX_TEXT);
    json_t *config = json_pack("{s:o,s:o,s:I,s:i,s:i}", "globs", glob_list(), "resume",
                               hw_files_resume(files), "ids", (json_int_t)ids, "max",
                               (int)HW_SNAPSHOT_MAX, "room", (int)HW_SNAPSHOT_ROOM);
    char *text = json_dumps(config, JSON_COMPACT | JSON_ENSURE_ASCII);
    hw_buf_text(&line, "$c=ConvertFrom-Json ");
    hw_buf_quote(&line, text ? text : "");
    free(text);
    json_decref(config);
    return hw_buf_take(&line);
}

char *hw_script_input(const struct hw_files *files, bool once, unsigned quiet, unsigned pace_ms)
{
    int pace_s = (int)(pace_ms / 1000);
    int beat = once ? ONCE_BEAT_S : pace_s > BEAT_S ? pace_s : BEAT_S;
    json_t *config = json_pack("{s:o,s:o,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "globs", glob_list(),
                               "resume", hw_files_resume(files), "poll", (int)HW_POLL_MS, "scan",
                               (int)HW_SCAN_S, "beat", beat, "quiet", (int)quiet, "ttl", LIFE_H,
                               "max", (int)HW_BACKLOG_MAX, "pace", once ? 0 : (int)pace_ms);
    char *text = json_dumps(config, JSON_COMPACT | JSON_ENSURE_ASCII);
    char *line = hw_format("%s\n", text ? text : "{}");
    free(text);
    json_decref(config);
    return line;
}
