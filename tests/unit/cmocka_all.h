// SPDX-License-Identifier: BSD-3-Clause
/* cmocka needs these headers before its own and does not include them itself. */
#ifndef ZIPNN_TESTS_UNIT_CMOCKA_ALL_H
#define ZIPNN_TESTS_UNIT_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
