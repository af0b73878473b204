/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "ui/clipboard.h"
#include "ui/keys.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

enum { ESC_DELAY_MS = 25, RESTORE_MAX = 256, ALT_STACK = 64 * 1024 };

/* Bracketed paste (xterm's control sequences): the terminal tells where a paste begins and ends.
 * Terminals without it ignore the request, as ECMA-48 wants of unknown private modes. */
#define PASTE_ON  "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
enum { KEY_PASTE_BEGIN = KEY_MAX + 1, KEY_PASTE_END };

struct ui_terminal {
    SCREEN *screen;
    struct ui_surface shown; /* what the terminal has */
    bool ascii, everything;
    bool brackets, pasting; /* it speaks ECMA-48 and was asked to mark pastes; is within one */
    int colours;
};

/* What gives the terminal back, made ready before it is needed: a crash handler may only
 * write and set modes. One terminal at a time. */
static struct {
    volatile sig_atomic_t active;
    struct termios modes;
    char bytes[RESTORE_MAX];
    size_t length;
} restore;

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static void give_back(void)
{
    if (!restore.active)
        return;
    restore.active = 0;
    ssize_t written = write(STDOUT_FILENO, restore.bytes, restore.length);
    (void)written;
    tcsetattr(STDIN_FILENO, TCSANOW, &restore.modes);
}

static void on_crash(int signo)
{
    give_back();
    raise(signo); /* SA_RESETHAND: the default action follows */
}

static void add_sequence(const char *capability)
{
    const char *bytes = tigetstr((char *)(uintptr_t)capability);
    if (!bytes || bytes == (const char *)-1)
        return;
    size_t n = strlen(bytes);
    if (restore.length + n + strlen(PASTE_OFF) > RESTORE_MAX)
        return;
    memcpy(restore.bytes + restore.length, bytes, n);
    restore.length += n;
}

static void prepare_restore(void)
{
    static const char *const capabilities[] = {"sgr0", "op", "cnorm", "rmkx", "rmcup"};
    restore.length = 0;
    for (size_t i = 0; i < HW_COUNT(capabilities); i++)
        add_sequence(capabilities[i]);
}

static void write_now(const char *bytes)
{
    fflush(stdout);
    ssize_t written = write(STDOUT_FILENO, bytes, strlen(bytes));
    (void)written;
}

/* Only a terminal that speaks in such sequences is asked. */
static bool speaks_ecma48(void)
{
    const char *move = tigetstr((char *)(uintptr_t) "cup");
    return move && move != (const char *)-1 && hw_text_starts(move, "\033[");
}

/* What the description of another terminal than the real one leaves out: tmux, screen, PuTTY. */
static void know_keys(void)
{
    static const struct {
        const char *bytes;
        int key;
    } known[] = {{"\033[1~", KEY_HOME}, {"\033[7~", KEY_HOME}, {"\033[H", KEY_HOME},
                 {"\033OH", KEY_HOME},  {"\033[4~", KEY_END},  {"\033[8~", KEY_END},
                 {"\033[F", KEY_END},   {"\033OF", KEY_END}};
    for (size_t i = 0; i < HW_COUNT(known); i++)
        define_key(known[i].bytes, known[i].key);
}

static void mark_pastes(struct ui_terminal *terminal)
{
    terminal->brackets = speaks_ecma48();
    if (!terminal->brackets)
        return;
    know_keys();
    define_key("\033[200~", KEY_PASTE_BEGIN);
    define_key("\033[201~", KEY_PASTE_END);
    memcpy(restore.bytes + restore.length, PASTE_OFF, strlen(PASTE_OFF));
    restore.length += strlen(PASTE_OFF);
    write_now(PASTE_ON);
}

/* A handler that a sanitizer or debugger has put there stays. */
static void catch_crashes(void)
{
    static char stack[ALT_STACK];
    static bool caught;
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK)};
    if (caught)
        return;
    caught = true;
    sigemptyset(&action.sa_mask);
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < HW_COUNT(crash_signals); i++) {
        struct sigaction old;
        sigaction(crash_signals[i], NULL, &old);
        if (old.sa_handler == SIG_DFL)
            sigaction(crash_signals[i], &action, NULL);
    }
    atexit(give_back);
}

bool ui_terminal_usable(void)
{
    const char *term = getenv("TERM");
    int status;
    if (!term || !*term || strcmp(term, "dumb") == 0)
        return false;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return false;
    if (setupterm(NULL, STDOUT_FILENO, &status) != OK)
        return false;
    del_curterm(cur_term); /* newterm() reads a description of its own */
    return true;
}

/* Ctrl-S, Ctrl-O and Ctrl-V are keys of ours; Ctrl-C and Ctrl-Z stay signals. */
static void set_modes(void)
{
    struct termios modes;
    cbreak();
    noecho();
    nonl();
    if (tcgetattr(STDIN_FILENO, &modes) == 0) {
        modes.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        modes.c_lflag &= ~(tcflag_t)IEXTEN;
        tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    }
    def_prog_mode();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    leaveok(stdscr, FALSE);
}

static int count_colours(const struct ui_terminal_options *options)
{
    const char *no_color = getenv("NO_COLOR");
    if (options->no_color || (no_color && *no_color) || !has_colors())
        return 0;
    start_color();
    use_default_colors();
    return COLORS;
}

static void make_pairs(const struct ui_terminal *terminal)
{
    for (enum ui_style style = UI_NORMAL; style < UI_STYLE_COUNT; style++) {
        struct ui_look look = ui_theme_look(style, terminal->colours);
        if (terminal->colours >= 8)
            init_pair((short)(style + 1), (short)look.fore, (short)look.back);
    }
}

struct ui_terminal *ui_terminal_new(const struct ui_terminal_options *options, struct hw_err *err)
{
    if (tcgetattr(STDIN_FILENO, &restore.modes) < 0) {
        hw_fail_errno(err, _("standard input is no terminal"));
        return NULL;
    }
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        const char *term = getenv("TERM");
        hw_fail(err, HW_ERR_IO, _("the terminal type '%s' is not known on this machine"),
                term ? term : "");
        hw_err_next(err, "%s", _("Set TERM, or use hpcwiz --plain."));
        return NULL;
    }
    struct ui_terminal *terminal = HW_NEW(struct ui_terminal);
    terminal->screen = screen;
    terminal->everything = true;
    terminal->ascii = options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    prepare_restore();
    restore.active = 1;
    catch_crashes();
    set_escdelay(ESC_DELAY_MS);
    set_modes();
    mark_pastes(terminal);
    terminal->colours = count_colours(options);
    make_pairs(terminal);
    ui_surface_init(&terminal->shown, 1, 1);
    return terminal;
}

void ui_terminal_free(struct ui_terminal *terminal)
{
    if (!terminal)
        return;
    endwin();
    if (terminal->brackets)
        write_now(PASTE_OFF);
    restore.active = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &restore.modes);
    delscreen(terminal->screen);
    ui_surface_done(&terminal->shown);
    free(terminal);
}

bool ui_terminal_ascii(const struct ui_terminal *terminal)
{
    return terminal->ascii;
}

void ui_terminal_size(const struct ui_terminal *terminal, int *ret_rows, int *ret_cols)
{
    (void)terminal;
    getmaxyx(stdscr, *ret_rows, *ret_cols);
}

void ui_terminal_resized(struct ui_terminal *terminal)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    ui_terminal_redraw(terminal);
}

void ui_terminal_redraw(struct ui_terminal *terminal)
{
    terminal->everything = true;
}

/* ---- Output ---------------------------------------------------------------------------- */

static attr_t attributes_of(const struct ui_look *look)
{
    attr_t attributes = A_NORMAL;
    if (look->attributes & UI_BOLD)
        attributes |= A_BOLD;
    if (look->attributes & UI_REVERSE)
        attributes |= A_REVERSE;
    if (look->attributes & UI_FAINT)
        attributes |= A_DIM;
    if (look->attributes & UI_UNDERLINE)
        attributes |= A_UNDERLINE;
    return attributes;
}

static void write_cell(const struct ui_terminal *terminal, int row, int col,
                       const struct ui_cell *cell)
{
    wchar_t text[UI_MARKS + 2] = {(wchar_t)cell->base};
    cchar_t character;
    for (int i = 0; i < UI_MARKS; i++)
        text[1 + i] = (wchar_t)cell->marks[i];
    struct ui_look look = ui_theme_look((enum ui_style)cell->style, terminal->colours);
    short pair = terminal->colours >= 8 ? (short)(cell->style + 1) : 0;
    if (setcchar(&character, text, attributes_of(&look), pair, NULL) == OK)
        mvadd_wch(row, col, &character);
}

/* A row that changed is written whole: curses finds the difference, and the halves of wide
 * characters never come apart. */
static void write_row(struct ui_terminal *terminal, const struct ui_surface *surface, int row)
{
    const struct ui_cell *cells = &surface->cells[(size_t)row * (size_t)surface->cols];
    for (int col = 0; col < surface->cols; col++) {
        if (cells[col].base)
            write_cell(terminal, row, col, &cells[col]);
    }
}

static void place_cursor(const struct ui_surface *surface)
{
    bool seen = surface->cursor_row >= 0 && surface->cursor_row < surface->rows;
    curs_set(seen ? 1 : 0);
    if (seen)
        move(surface->cursor_row, surface->cursor_col);
}

void ui_terminal_show(struct ui_terminal *terminal, const struct ui_surface *surface)
{
    struct ui_surface *shown = &terminal->shown;
    if (shown->rows != surface->rows || shown->cols != surface->cols) {
        ui_surface_resize(shown, surface->rows, surface->cols);
        terminal->everything = true;
    }
    if (terminal->everything)
        clearok(stdscr, TRUE);
    size_t row_size = (size_t)surface->cols * sizeof(struct ui_cell);
    for (int row = 0; row < surface->rows; row++) {
        size_t at = (size_t)row * (size_t)surface->cols;
        if (!terminal->everything && memcmp(&shown->cells[at], &surface->cells[at], row_size) == 0)
            continue;
        write_row(terminal, surface, row);
        memcpy(&shown->cells[at], &surface->cells[at], row_size);
    }
    terminal->everything = false;
    place_cursor(surface);
    wnoutrefresh(stdscr);
    doupdate();
}

/* ---- Keys ------------------------------------------------------------------------------ */

static const struct {
    int code;
    uint32_t key;
} key_codes[] = {
    {KEY_UP, UI_KEY_UP},       {KEY_DOWN, UI_KEY_DOWN},     {KEY_LEFT, UI_KEY_LEFT},
    {KEY_RIGHT, UI_KEY_RIGHT}, {KEY_HOME, UI_KEY_HOME},     {KEY_END, UI_KEY_END},
    {KEY_PPAGE, UI_KEY_PGUP},  {KEY_NPAGE, UI_KEY_PGDN},    {KEY_IC, UI_KEY_INSERT},
    {KEY_DC, UI_KEY_DELETE},   {KEY_BTAB, UI_KEY_BACKTAB},  {KEY_BACKSPACE, UI_KEY_BACKSPACE},
    {KEY_ENTER, UI_KEY_ENTER}, {KEY_RESIZE, UI_KEY_RESIZE}, {KEY_FIND, UI_KEY_HOME},
    {KEY_SELECT, UI_KEY_END},
};

static uint32_t key_of_code(int code)
{
    for (size_t i = 0; i < HW_COUNT(key_codes); i++) {
        if (key_codes[i].code == code)
            return key_codes[i].key;
    }
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return UI_KEY_F1 + (uint32_t)(code - KEY_F(1));
    return UI_KEY_RESIZE; /* a key of curses that means nothing to us */
}

uint32_t ui_terminal_key(struct ui_terminal *terminal)
{
    wint_t c;
    switch (wget_wch(stdscr, &c)) {
    case KEY_CODE_YES:
        if (c == KEY_PASTE_BEGIN || c == KEY_PASTE_END)
            terminal->pasting = c == KEY_PASTE_BEGIN;
        return key_of_code((int)c);
    case OK:
        if (c == '\n')
            return UI_KEY_ENTER;
        return c == '\b' ? UI_KEY_BACKSPACE : (uint32_t)c;
    default:
        return UI_KEY_NONE;
    }
}

bool ui_terminal_pasting(const struct ui_terminal *terminal)
{
    return terminal->pasting;
}

#define QUEUE_MOST 1024 /* more than ncurses keeps (FIFO_SIZE) */

void ui_terminal_flush(struct ui_terminal *terminal)
{
    (void)terminal;
    /* A secret may have been typed: every place of curses' own queue is written over first. */
    for (int i = 0; i < QUEUE_MOST && ungetch(' ') != ERR; i++)
        ;
    flushinp();
}

bool ui_terminal_copy(struct ui_terminal *terminal, const char *text, size_t n)
{
    hw_auto(hw_buf) sequence = HW_BUF(HW_MAX_FILE);
    const char *tmux = getenv("TMUX");
    if (!terminal->brackets)
        return false;
    ui_clipboard_sequence(text, n, tmux && *tmux, &sequence);
    fflush(stdout);
    for (size_t done = 0; done < sequence.len;) {
        ssize_t written = write(STDOUT_FILENO, sequence.data + done, sequence.len - done);
        if (written < 0 && errno != EINTR)
            break;
        done += written > 0 ? (size_t)written : 0;
    }
    return !sequence.full;
}

void ui_terminal_suspend(struct ui_terminal *terminal)
{
    endwin();
    if (terminal->brackets)
        write_now(PASTE_OFF);
    restore.active = 0;
    raise(SIGSTOP);
    restore.active = 1;
    if (terminal->brackets)
        write_now(PASTE_ON);
    refresh();
    ui_terminal_resized(terminal);
}
