/* SPDX-License-Identifier: Apache-2.0 */
#include "base/defs.h"

int main(void)
{
    puts(PACKAGE_STRING);
    return 0;
}
