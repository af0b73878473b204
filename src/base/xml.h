/* SPDX-License-Identifier: Apache-2.0 */
/* XML documents from outside (answers of AWS, WS-Management envelopes) as a tree of elements,
 * read with Expat. No document type is accepted, so that no entity is ever defined, let alone
 * expanded; depth and number of elements are limited. */
#ifndef HW_BASE_XML_H
#define HW_BASE_XML_H

#include <stdbool.h>
#include <stddef.h>

struct hw_xml_attribute {
    const char *name; /* of attributes without a namespace; the others are left out */
    const char *value;
};

/* An element. Everything lives as long as its document; text is UTF-8. */
struct hw_xml {
    const char *name;      /* local name */
    const char *namespace; /* its address, "" if none */
    const char *text;      /* of an element without children, with its white space; else "" */
    const struct hw_xml_attribute *attributes;
    size_t attribute_count;
    struct hw_xml *parent, *children, *next;
};

struct hw_xml_doc;

/* NULL when it is no well-formed document, has a document type, or exceeds HW_MAX_XML_DEPTH or
 * HW_MAX_XML_ELEMENTS. The bytes are not needed any longer. */
struct hw_xml_doc *hw_xml_parse(const char *bytes, size_t count);
void hw_xml_free(struct hw_xml_doc *doc); /* NULL allowed */
struct hw_xml *hw_xml_root(const struct hw_xml_doc *doc);

/* NULL where the attribute is missing. */
const char *hw_xml_attribute(const struct hw_xml *element, const char *name);

/* Names are local names; element may be NULL. */
struct hw_xml *hw_xml_child(const struct hw_xml *element, const char *name);
/* "a/b/c" below element; NULL if a step is missing. */
struct hw_xml *hw_xml_path(const struct hw_xml *element, const char *path);
/* Text at path ("": of element itself), "" if missing; the caller's. */
char *hw_xml_text(const struct hw_xml *element, const char *path);
/* for (item = hw_xml_first(set, "item"); item; item = hw_xml_next(item)) */
struct hw_xml *hw_xml_first(const struct hw_xml *parent, const char *name);
struct hw_xml *hw_xml_next(const struct hw_xml *element); /* the next sibling of the same name */
/* The next element below root in document order, NULL at the end. */
struct hw_xml *hw_xml_following(const struct hw_xml *root, const struct hw_xml *element);

/* The same without a tree, for small documents that come by the thousand a second. Names are what
 * stands behind the colon: prefixes are not resolved. Everything told is borrowed for the call. */
struct hw_xml_events {
    /* attributes: name and value in turn, prefixes kept, ended by NULL. */
    void (*begin)(void *data, const char *name, const char **attributes);
    /* The element that has begun last has no children and ends. False: that is enough. */
    bool (*leaf)(void *data, const char *text, size_t n);
};
/* False where hw_xml_parse would give NULL, undeclared prefixes apart, or when leaf said so. What
 * stands before the fault was told. */
bool hw_xml_tell(const char *bytes, size_t count, const struct hw_xml_events *events, void *data);

#endif
