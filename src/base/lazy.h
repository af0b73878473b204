/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of a library, each under its own name, from a library that is loaded when the first
 * of them is called. A file that includes this defines before
 *   LIBRARY       its name for dlopen(3),
 *   FUNCTIONS(F)  F(name) for each function, and
 *   PREPARE       an expression that is true once the library is fit for use,
 * and then forwards each function with FORWARD or FORWARD_VOID. One library a file. */
#ifndef HW_BASE_LAZY_H
#define HW_BASE_LAZY_H

#include <dlfcn.h>
#include <pthread.h>

#include "base/log.h"

static struct {
#define MEMBER(name) __typeof__(name) *name;
    FUNCTIONS(MEMBER)
#undef MEMBER
} library;

static bool is_loaded;

static bool take_functions(void *handle)
{
    bool all = true;
#define TAKE(name) all = (*(void **)&library.name = dlsym(handle, #name)) && all;
    FUNCTIONS(TAKE)
#undef TAKE
    return all;
}

static bool is_prepared(void);

static void load_once(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    is_loaded = handle && take_functions(handle) && is_prepared();
    const char *why = is_loaded ? NULL : dlerror();
    if (!is_loaded)
        hw_trace("lazy", "%s", why ? why : LIBRARY " cannot be set up");
}

static bool load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_once);
    return is_loaded;
}

static bool is_prepared(void)
{
    return PREPARE;
}

#define FORWARD(type, name, parameters, arguments, otherwise)                                      \
    type name parameters                                                                           \
    {                                                                                              \
        return load() ? library.name arguments : (otherwise);                                      \
    }
#define FORWARD_VOID(name, parameters, arguments)                                                  \
    void name parameters                                                                           \
    {                                                                                              \
        if (load())                                                                                \
            library.name arguments;                                                                \
    }

#endif
