/* SPDX-License-Identifier: Apache-2.0 */
/* The INI dialect of ~/.aws/config and ~/.aws/credentials ("Configuration and credential file
 * settings", AWS SDKs and Tools Reference Guide): "#" and ";" start a comment at the beginning
 * of a line or behind a blank; an indented line continues the value above it, or, where that is
 * empty, holds a sub-property; sections of the same name are one; the last value wins. */
#ifndef HW_AWS_INI_H
#define HW_AWS_INI_H

#include "base/err.h"
#include "base/mem.h"

struct hw_ini_property {
    char *name; /* lower case; of a sub-property "ssm.endpoint_url" */
    char *value;
    size_t line;
};

struct hw_ini_section {
    char *name; /* as written between the brackets, trimmed: "profile ops" */
    size_t line;
    struct hw_ini_property *items;
    size_t count, capacity;
};

struct hw_ini {
    char *path; /* for errors */
    struct hw_ini_section *sections;
    size_t count, capacity;
};

/* Wipes the values, since they may hold keys. */
void hw_ini_done(struct hw_ini *ini);

/* HW_ERR_INPUT with path:line for what cannot be understood; *ret is then empty. */
bool hw_ini_parse(const char *path, const char *text, size_t length, struct hw_ini *ret,
                  struct hw_err *err);
/* A missing file is an empty one. */
bool hw_ini_read(const char *path, struct hw_ini *ret, struct hw_err *err);

/* The section "name" or "kind name", with any blanks between; NULL if there is none. kind may
 * be NULL. Quotes around the name are taken off. */
const struct hw_ini_section *hw_ini_find(const struct hw_ini *ini, const char *kind,
                                         const char *name);
/* "x" of a section "kind x", without quotes; NULL: it is of another kind. kind NULL: the whole
 * heading. The caller's. */
char *hw_ini_name_of(const struct hw_ini_section *section, const char *kind);
/* Borrowed; NULL if it is not there. section may be NULL. */
const char *hw_ini_get(const struct hw_ini_section *section, const char *name);

#endif
