/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of a fuzz target (llvm.org/docs/LibFuzzer.html). With --enable-fuzz libFuzzer calls
 * it; otherwise replay.c runs it over the corpus, so that no target rots. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
