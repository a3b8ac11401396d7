// SPDX-License-Identifier: BSD-3-Clause
/* What JSON needs beyond printf. */
#ifndef ZIPNN_CLI_JSON_H
#define ZIPNN_CLI_JSON_H

/* Print a JSON string. A name need not be UTF-8, JSON must be: other bytes become U+FFFD. */
void json_print_string(const char *text);

#endif
