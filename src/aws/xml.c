/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/client.h"

#include "base/mem.h"
#include "base/text.h"

static bool is_named(const xmlNode *node, const char *name, size_t length)
{
    const char *own = (const char *)node->name;
    return node->type == XML_ELEMENT_NODE && strlen(own) == length &&
           memcmp(own, name, length) == 0;
}

static xmlNode *named_from(xmlNode *node, const char *name, size_t length)
{
    while (node && !is_named(node, name, length))
        node = node->next;
    return node;
}

xmlNode *hw_xml_child(const xmlNode *node, const char *name)
{
    return node ? named_from(node->children, name, strlen(name)) : NULL;
}

xmlNode *hw_xml_first(const xmlNode *parent, const char *name)
{
    return hw_xml_child(parent, name);
}

xmlNode *hw_xml_next(const xmlNode *node)
{
    const char *name = (const char *)node->name;
    return named_from(node->next, name, strlen(name));
}

xmlNode *hw_xml_path(const xmlNode *node, const char *path)
{
    xmlNode *at = NULL;
    while (node && *path) {
        const char *end = strchrnul(path, '/');
        at = named_from(node->children, path, (size_t)(end - path));
        node = at;
        path = *end ? end + 1 : end;
    }
    return at;
}

char *hw_xml_text(const xmlNode *node, const char *path)
{
    const xmlNode *at = *path ? hw_xml_path(node, path) : node;
    xmlChar *content = at ? xmlNodeGetContent(at) : NULL;
    char *text = hw_strdup(content ? (const char *)content : "");
    xmlFree(content);
    return text;
}
