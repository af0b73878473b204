/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml.h"

#include <expat.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdalign.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

#define SEPARATOR '\1' /* between namespace and name; no document can hold it (XML 1.0, 2.2) */
#define BLOCK     (32u * 1024u)

/* Elements and texts lie in blocks that are freed together. */
struct block {
    struct block *next;
    alignas(max_align_t) char bytes[];
};

struct hw_xml_doc {
    struct block *blocks;
    size_t left; /* bytes free at the end of the first block */
    char *free;
    struct hw_xml *root;
};

struct reader {
    XML_Parser parser;
    struct hw_xml_doc *doc;
    struct hw_xml *open[HW_MAX_XML_DEPTH]; /* from the root down */
    struct hw_xml *last[HW_MAX_XML_DEPTH]; /* the last child of each */
    size_t depth, elements;
    struct hw_buf text; /* since the last tag */
};

static void *take(struct hw_xml_doc *doc, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (size > doc->left) {
        size_t room = size > BLOCK ? size : BLOCK;
        struct block *block = hw_alloc(sizeof *block + room);
        block->next = doc->blocks;
        doc->blocks = block;
        doc->free = block->bytes;
        doc->left = room;
    }
    void *taken = doc->free;
    doc->free += size;
    doc->left -= size;
    return taken;
}

static const char *keep(struct hw_xml_doc *doc, const char *text, size_t length)
{
    if (length == 0)
        return "";
    char *copy = take(doc, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static void set_name(struct hw_xml_doc *doc, struct hw_xml *element, const char *name)
{
    const char *separator = strchr(name, SEPARATOR);
    const char *local = separator ? separator + 1 : name;
    size_t length = separator ? (size_t)(separator - name) : 0;
    const char *above = element->parent ? element->parent->namespace : "";
    element->name = keep(doc, local, strlen(local));
    element->namespace = strlen(above) == length && memcmp(above, name, length) == 0
                             ? above
                             : keep(doc, name, length);
}

static void set_attributes(struct hw_xml_doc *doc, struct hw_xml *element, const char **given)
{
    size_t count = 0;
    for (const char **at = given; *at; at += 2)
        count += !strchr(at[0], SEPARATOR);
    if (count == 0)
        return;
    struct hw_xml_attribute *attributes = take(doc, count * sizeof *attributes);
    element->attributes = attributes;
    for (const char **at = given; *at; at += 2) {
        if (!strchr(at[0], SEPARATOR))
            attributes[element->attribute_count++] = (struct hw_xml_attribute){
                keep(doc, at[0], strlen(at[0])), keep(doc, at[1], strlen(at[1]))};
    }
}

static void append(struct reader *reader, struct hw_xml *element)
{
    size_t above = reader->depth - 1;
    if (reader->last[above])
        reader->last[above]->next = element;
    else
        reader->open[above]->children = element;
    reader->last[above] = element;
}

static void on_start(void *data, const char *name, const char **attributes)
{
    struct reader *reader = data;
    if (reader->depth == HW_MAX_XML_DEPTH || ++reader->elements > HW_MAX_XML_ELEMENTS) {
        XML_StopParser(reader->parser, XML_FALSE);
        return;
    }
    struct hw_xml *element = take(reader->doc, sizeof *element);
    *element = (struct hw_xml){.text = ""};
    if (reader->depth) {
        element->parent = reader->open[reader->depth - 1];
        append(reader, element);
    } else {
        reader->doc->root = element;
    }
    set_name(reader->doc, element, name);
    set_attributes(reader->doc, element, attributes);
    reader->open[reader->depth] = element;
    reader->last[reader->depth++] = NULL;
    hw_buf_clear(&reader->text);
}

static void on_end(void *data, const char *name HW_UNUSED)
{
    struct reader *reader = data;
    struct hw_xml *element = reader->open[--reader->depth];
    if (!element->children)
        element->text = keep(reader->doc, hw_buf_cstr(&reader->text), reader->text.len);
    hw_buf_clear(&reader->text);
}

static void on_text(void *data, const char *text, int length)
{
    struct reader *reader = data;
    hw_buf_add(&reader->text, text, (size_t)length);
}

static void on_doctype(void *data, const char *name HW_UNUSED, const char *system_id HW_UNUSED,
                       const char *public_id HW_UNUSED, int internal HW_UNUSED)
{
    struct reader *reader = data;
    XML_StopParser(reader->parser, XML_FALSE);
}

/* By itself Expat asks the system for randomness at each document. */
static unsigned long hash_salt(void)
{
    static _Atomic unsigned long salt;
    unsigned long made = salt;
    if (made == 0) {
        RAND_bytes((unsigned char *)&made, sizeof made);
        salt = made |= 1; /* 0 would be none */
    }
    return made;
}

static bool read_all(XML_Parser parser, const char *bytes, size_t count)
{
    XML_SetHashSalt(parser, hash_salt());
    bool ok = XML_Parse(parser, bytes, (int)count, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return ok;
}

struct hw_xml_doc *hw_xml_parse(const char *bytes, size_t count)
{
    if (count > INT_MAX)
        return NULL;
    struct reader reader = {.doc = HW_NEW(struct hw_xml_doc),
                            .text = HW_BUF(2 * count)}; /* Latin-1 doubles */
    reader.parser = XML_ParserCreateNS(NULL, SEPARATOR);
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);
    bool ok = read_all(reader.parser, bytes, count);
    hw_buf_done(&reader.text);
    if (ok)
        return reader.doc;
    hw_xml_free(reader.doc);
    return NULL;
}

/* Without a tree. */

struct teller {
    XML_Parser parser;
    const struct hw_xml_events *events;
    void *data;
    bool is_leaf, stopped;
    size_t depth, elements;
    struct hw_buf text; /* since the last tag */
};

static void stop_telling(struct teller *teller)
{
    teller->stopped = true;
    XML_StopParser(teller->parser, XML_FALSE);
}

static void tell_start(void *data, const char *name, const char **attributes)
{
    struct teller *teller = data;
    const char *colon = strrchr(name, ':');
    if (teller->depth++ == HW_MAX_XML_DEPTH || ++teller->elements > HW_MAX_XML_ELEMENTS) {
        stop_telling(teller);
        return;
    }
    hw_buf_clear(&teller->text);
    teller->is_leaf = true;
    teller->events->begin(teller->data, colon ? colon + 1 : name, attributes);
}

static void tell_end(void *data, const char *name HW_UNUSED)
{
    struct teller *teller = data;
    if (!teller->stopped && teller->is_leaf &&
        !teller->events->leaf(teller->data, hw_buf_cstr(&teller->text), teller->text.len))
        stop_telling(teller);
    teller->is_leaf = false;
    teller->depth--;
    hw_buf_clear(&teller->text);
}

static void tell_text(void *data, const char *text, int length)
{
    struct teller *teller = data;
    if (teller->is_leaf)
        hw_buf_add(&teller->text, text, (size_t)length);
}

static void refuse_doctype(void *data, const char *name HW_UNUSED, const char *system_id HW_UNUSED,
                           const char *public_id HW_UNUSED, int internal HW_UNUSED)
{
    stop_telling(data);
}

bool hw_xml_tell(const char *bytes, size_t count, const struct hw_xml_events *events, void *data)
{
    if (count > INT_MAX)
        return false;
    struct teller teller = {.events = events, .data = data, .text = HW_BUF(2 * count)};
    teller.parser = XML_ParserCreate(NULL);
    XML_SetUserData(teller.parser, &teller);
    XML_SetElementHandler(teller.parser, tell_start, tell_end);
    XML_SetCharacterDataHandler(teller.parser, tell_text);
    XML_SetStartDoctypeDeclHandler(teller.parser, refuse_doctype);
    bool ok = read_all(teller.parser, bytes, count);
    hw_buf_done(&teller.text);
    return ok;
}

void hw_xml_free(struct hw_xml_doc *doc)
{
    while (doc && doc->blocks) {
        struct block *next = doc->blocks->next;
        free(doc->blocks);
        doc->blocks = next;
    }
    free(doc);
}

struct hw_xml *hw_xml_root(const struct hw_xml_doc *doc)
{
    return doc->root;
}

const char *hw_xml_attribute(const struct hw_xml *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (strcmp(element->attributes[i].name, name) == 0)
            return element->attributes[i].value;
    }
    return NULL;
}

static struct hw_xml *named_from(struct hw_xml *element, const char *name, size_t length)
{
    while (element && !(strlen(element->name) == length && !memcmp(element->name, name, length)))
        element = element->next;
    return element;
}

struct hw_xml *hw_xml_child(const struct hw_xml *element, const char *name)
{
    return element ? named_from(element->children, name, strlen(name)) : NULL;
}

struct hw_xml *hw_xml_first(const struct hw_xml *parent, const char *name)
{
    return hw_xml_child(parent, name);
}

struct hw_xml *hw_xml_next(const struct hw_xml *element)
{
    return named_from(element->next, element->name, strlen(element->name));
}

struct hw_xml *hw_xml_path(const struct hw_xml *element, const char *path)
{
    struct hw_xml *at = NULL;
    while (element && *path) {
        const char *end = strchrnul(path, '/');
        at = named_from(element->children, path, (size_t)(end - path));
        element = at;
        path = *end ? end + 1 : end;
    }
    return at;
}

char *hw_xml_text(const struct hw_xml *element, const char *path)
{
    const struct hw_xml *at = *path ? hw_xml_path(element, path) : element;
    return hw_strdup(at ? at->text : "");
}

struct hw_xml *hw_xml_following(const struct hw_xml *root, const struct hw_xml *element)
{
    if (element->children)
        return element->children;
    while (element != root && !element->next)
        element = element->parent;
    return element == root ? NULL : element->next;
}
