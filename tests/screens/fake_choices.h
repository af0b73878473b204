/* SPDX-License-Identifier: Apache-2.0 */
/* What the account of the fake host offers. */
#ifndef FAKE_CHOICES_H
#define FAKE_CHOICES_H

#include "model/choice.h"

/* Adds what there is of a source. */
void fake_choices_add(enum hw_source source, struct hw_choices *list);
/* What is said of one of them; NULL: it is none. */
const char *fake_choices_detail(enum hw_source source, const char *value);

#endif
