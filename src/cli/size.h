// SPDX-License-Identifier: BSD-3-Clause
/* Sizes as people write them. */
#ifndef ZIPNN_CLI_SIZE_H
#define ZIPNN_CLI_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number of bytes: digits, then nothing or K, M, G (of 1024), also spelled KiB, MiB, GiB. All of
 * the length characters must belong to it. false: they do not, or it does not fit.
 */
bool size_parse(const char *text, size_t length, uint64_t *value);

#endif
