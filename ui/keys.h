/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and what they mean. A key becomes a named action by the one table below; from it come
 * the key line, the F1 help and the table of hpcwiz(1). A page offers the actions that it
 * knows (struct ui_offer); a key only ever means an action that the page or the frame offers
 * at that moment, so one letter may mean different things on different pages. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include "base/buf.h"

/* A key: a Unicode character (32 and up), a control key as its code (Ctrl-A = 1), or one of
 * these. */
enum ui_key {
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESC = 27,
    UI_KEY_SPACE = ' ',
    UI_KEY_BACKSPACE = 127,
    UI_KEY_UP = 0x110000,
    UI_KEY_DOWN,
    UI_KEY_LEFT,
    UI_KEY_RIGHT,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_PGUP,
    UI_KEY_PGDN,
    UI_KEY_INSERT,
    UI_KEY_DELETE,
    UI_KEY_BACKTAB,
    UI_KEY_F1, /* F1 + n is F(n+1), up to F12 */
    UI_KEY_F12 = UI_KEY_F1 + 11,
    UI_KEY_RESIZE,
    UI_KEY_NONE,
};
#define UI_KEY_F(n)    (UI_KEY_F1 + (n)-1)
#define UI_KEY_CTRL(c) ((c)&0x1f)

/* action, first key, second key (0: none), label on the key line, word on the key line, help. */
#define UI_ACTIONS(X)                                                                              \
    X(UP, UI_KEY_UP, 'k', "↑↓", N_("move"), N_("one line up"))                                     \
    X(DOWN, UI_KEY_DOWN, 'j', "↓", N_("down"), N_("one line down"))                                \
    X(LEFT, UI_KEY_LEFT, 'h', "←→", N_("fold"), N_("to the left; closes a branch"))                \
    X(RIGHT, UI_KEY_RIGHT, 0, "→", N_("open"), N_("to the right; opens a branch"))                 \
    X(HOME, UI_KEY_HOME, 0, "Home", N_("first"), N_("to the beginning"))                           \
    X(END, UI_KEY_END, 'G', "End", N_("last"), N_("to the end; logs follow again"))                \
    X(PAGE_UP, UI_KEY_CTRL('b'), 0, "^B", N_("up"), N_("a screenful up"))                          \
    X(PAGE_DOWN, UI_KEY_CTRL('f'), 0, "^F", N_("down"), N_("a screenful down"))                    \
    X(ENTER, UI_KEY_ENTER, 0, "Enter", N_("choose"),                                               \
      N_("chooses, opens a list, or takes the answer and goes on"))                                \
    X(SELECT, UI_KEY_SPACE, 0, "Space", N_("select"), N_("adds to or takes from the selection"))   \
    X(TAB, UI_KEY_TAB, 0, "Tab", N_("pane"), N_("to the next field or pane"))                      \
    X(BACKTAB, UI_KEY_BACKTAB, 0, "S-Tab", N_("pane"), N_("to the previous field or pane"))        \
    X(SEARCH, '/', 0, "/", N_("find"), N_("searches or filters"))                                  \
    X(SEARCH_NEXT, 'n', 0, "n", N_("next"), N_("next match"))                                      \
    X(SEARCH_PREVIOUS, 'N', 0, "N", N_("previous"), N_("previous match"))                          \
    X(FILTER, '&', 0, "&", N_("filter"), N_("shows only lines that match"))                        \
    X(LIST, UI_KEY_F(4), UI_KEY_CTRL('o'), "F4", N_("list"),                                       \
      N_("opens the list of what can be chosen"))                                                  \
    X(REFRESH, UI_KEY_F(5), UI_KEY_CTRL('r'), "F5", N_("refresh"),                                 \
      N_("asks AWS again for what this list offers"))                                              \
    X(ADVANCED, UI_KEY_F(6), 0, "F6", N_("advanced"),                                              \
      N_("shows or hides the questions that few people need"))                                     \
    X(GROUP_ADD, UI_KEY_F(7), 0, "F7", N_("add group"), N_("adds a compute group"))                \
    X(GROUP_REMOVE, UI_KEY_F(8), 0, "F8", N_("remove group"),                                      \
      N_("removes the compute group of this field"))                                               \
    X(PROFILE, UI_KEY_CTRL('t'), 0, "^T", N_("profile"),                                           \
      N_("chooses another profile of the AWS configuration"))                                      \
    X(MAKE, UI_KEY_F(7), UI_KEY_CTRL('t'), "F7", N_("make it"),                                    \
      N_("makes the missing parameter; type its value or generate it"))                            \
    X(GENERATE, UI_KEY_F(8), UI_KEY_CTRL('t'), "F8", N_("generate"), N_("generates a password"))   \
    X(CLEAR, UI_KEY_CTRL('u'), 0, "^U", N_("clear"), N_("empties the answer"))                     \
    X(COST, '$', 0, "$", N_("cost"), N_("shows what costs how much, or the file again"))           \
    X(DEPLOY, 'D', 0, "D", N_("deploy…"), N_("asks for the cluster's name, then deploys"))         \
    X(PLAN, 'P', 0, "P", N_("plan"), N_("shows what a deployment would change; changes nothing"))  \
    X(ON_FAILURE, 'o', 0, "o", N_("on failure"),                                                   \
      N_("what becomes of a stack that fails: undone, kept for inspection, or deleted"))           \
    X(LEAVE, 'd', 0, "d", N_("leave it running"),                                                  \
      N_("stops watching; stacks already begun go on, the rest waits"))                            \
    X(HOLD_NODE, 'H', 0, "H", N_("hold node"),                                                     \
      N_("nothing takes this node away; again: releases it"))                                      \
    X(RETRY_NODE, 'T', 0, "T", N_("retry node…"),                                                  \
      N_("terminates this node; its group starts a new one"))                                      \
    X(ROLL_BACK, 'r', 0, "r", N_("roll back…"),                                                    \
      N_("undoes what is under way or has failed, after asking"))                                  \
    X(SAVE, 's', 0, "s", N_("save"), N_("saves what is shown to files"))                           \
    X(WARNINGS, 'w', 0, "w", N_("findings"), N_("goes through the findings of the checks"))        \
    X(OPEN_LOG, 'o', 0, "o", N_("open log here"), N_("shows the log at this place"))               \
    X(LOGS, 'l', 0, "l", N_("logs"), N_("goes to the nodes and their logs"))                       \
    X(MERGE, 'm', 0, "m", N_("merge"), N_("one log of all nodes, or of this node only"))           \
    X(FOLLOW, 'f', 0, "f", N_("follow"), N_("follows the newest line"))                            \
    X(HOLD, UI_KEY_SPACE, 0, "Space", N_("hold"), N_("holds the log still, or lets it run"))       \
    X(NEXT_ERROR, 'e', 0, "e", N_("next error"), N_("to the next line that looks like an error"))  \
    X(PREVIOUS_ERROR, 'E', 0, "E", N_("previous error"),                                           \
      N_("to the previous line that looks like an error"))                                         \
    X(NEXT_WARNING, 'w', 0, "w", N_("next warning"),                                               \
      N_("to the next line that looks like a warning"))                                            \
    X(PREVIOUS_WARNING, 'W', 0, "W", N_("previous warning"),                                       \
      N_("to the previous line that looks like a warning"))                                        \
    X(GO, ':', 0, ":", N_("go to"), N_("to a time (14:03) or a stage (setup)"))                    \
    X(MARK, 'b', 0, "b", N_("mark"), N_("marks this line; again: takes the mark off"))             \
    X(NEXT_MARK, 'u', 0, "u", N_("next mark"), N_("to the next marked line"))                      \
    X(PREVIOUS_MARK, 'U', 0, "U", N_("previous mark"), N_("to the previous marked line"))          \
    X(WRAP, 'z', 0, "z", N_("wrap"), N_("wraps long lines, or lets them be scrolled sideways"))    \
    X(COLUMN_TIME, '1', 0, "1", N_("time"), N_("the column of times: short, with dates, hidden"))  \
    X(COLUMN_NODE, '2', 0, "2", N_("node"), N_("the column of nodes: short, wide, hidden"))        \
    X(COLUMN_FILE, '3', 0, "3", N_("file"), N_("the column of files: short, wide, hidden"))        \
    X(COPY, 'y', 0, "y", N_("copy"), N_("copies this line, or the marked ones, to the clipboard")) \
    X(COPY_SCREEN, 'Y', 0, "Y", N_("copy all"), N_("copies the lines on the screen"))              \
    X(SOURCE, 't', 0, "t", N_("file"), N_("the next file of this node, then all of them"))         \
    X(TEST, 't', 0, "t", N_("test it…"),                                                           \
      N_("answers the question by a test on the node, after asking"))                              \
    X(BUNDLE, 'b', 0, "b", N_("bundle…"),                                                          \
      N_("packs events, logs and findings for somebody else, after showing what goes in"))         \
    X(NEXT_CAUSE, 'n', 0, "n", N_("next cause"), N_("to the next cause"))                          \
    X(WHY, UI_KEY_F(9), 'F', "F9", N_("why"), N_("explains the failure: the findings page"))       \
    X(RERUN, 'r', 0, "r", N_("run again"), N_("runs it again"))                                    \
    X(FILE_SAVE, UI_KEY_F(3), UI_KEY_CTRL('s'), "F3", N_("save"), N_("saves the cluster file"))    \
    X(STEPS, UI_KEY_F(2), UI_KEY_CTRL('g'), "F2", N_("steps"), N_("jumps to another step"))        \
    X(NEXT, UI_KEY_PGDN, UI_KEY_CTRL('n'), "PgDn", N_("next"), N_("to the next step"))             \
    X(BACK, UI_KEY_PGUP, UI_KEY_CTRL('p'), "PgUp", N_("back"), N_("to the step before"))           \
    X(CANCEL, UI_KEY_ESC, 0, "Esc", N_("back"), N_("closes what is open, or one step back"))       \
    X(HELP, UI_KEY_F(1), '?', "F1", N_("help"), N_("this help"))                                   \
    X(REDRAW, UI_KEY_CTRL('l'), 0, "^L", N_("redraw"), N_("draws the screen anew"))                \
    X(QUIT, UI_KEY_F(10), 'q', "F10", N_("quit"),                                                  \
      N_("ends hpcwiz; offers to save answers that are not saved yet"))

#define UI_ACTION_ENUM(name, first, second, label, word, help) UI_ACT_##name,
enum ui_action {
    UI_ACT_NONE,
    UI_ACT_TEXT, /* a character that is typed: input.code */
    UI_ACTIONS(UI_ACTION_ENUM) UI_ACT_COUNT
};

/* A key as a page gets it. */
struct ui_input {
    enum ui_action action;
    uint32_t code; /* the key itself: tells PgDn from Ctrl-N, carries the typed character */
};

/* An action that a page offers now. word: what the key line says (translated already); NULL:
 * the table's word; "": works but is only named in the help. */
struct ui_offer {
    enum ui_action action;
    const char *word;
};

/* The action of a key among offers; UI_ACT_NONE if none of them has it. typing: printable
 * characters and editing keys are text (UI_ACT_TEXT) before they are anything else. */
enum ui_action ui_keys_find(const struct ui_offer *offers, size_t count, uint32_t code,
                            bool typing);
bool ui_keys_offered(const struct ui_offer *offers, size_t count, enum ui_action action);

/* What a page offers, put together anew for each look. */
enum { UI_OFFERS_MAX = 64 };

struct ui_offers {
    struct ui_offer items[UI_OFFERS_MAX];
    size_t count;
};

void ui_offers_add(struct ui_offers *offers, enum ui_action action, const char *word);
/* Actions that work without a word on the key line; what is offered already stays as it is. */
void ui_offers_quiet(struct ui_offers *offers, const enum ui_action *actions, size_t count);
#define UI_OFFERS_QUIET(offers, ...)                                                               \
    ui_offers_quiet(offers, (const enum ui_action[]){__VA_ARGS__},                                 \
                    sizeof((const enum ui_action[]){__VA_ARGS__}) / sizeof(enum ui_action))
const char *ui_keys_label(enum ui_action action);                   /* "PgDn" */
void ui_keys_all_labels(enum ui_action action, struct hw_buf *out); /* "PgDn, Ctrl-N" */
const char *ui_keys_word(enum ui_action action);                    /* translated */
const char *ui_keys_help(enum ui_action action);                    /* translated */
/* A key by its name in tests: "Down", "F5", "^F", "PgDn", "a"; UI_KEY_NONE: no such key. */
uint32_t ui_key_parse(const char *name);
/* The table of all keys as man(7) source. */
void ui_key_man(struct hw_buf *out);

#endif
