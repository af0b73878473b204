/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that are wrong too often: naming one does not compile. Each has a helper
 * in base/ that does the same with a limit and an error. */
#ifndef HW_BASE_BANNED_H
#define HW_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof gmtime localtime asctime
#pragma GCC poison ctime system gets tmpnam mktemp

#endif
