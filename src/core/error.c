// SPDX-License-Identifier: BSD-3-Clause
/* The English name of each error code: the words that CLI and plugin put into their messages. */
#include "zipnn.h"

const char *zipnn_error_name(int64_t code)
{
	if (code >= 0)
		return "no error";
	if (code < ZIPNN_ERROR_ZSTD)
		return "unknown error";
	switch ((enum zipnn_error)code) {
	case ZIPNN_ERROR_ARGUMENT:
		return "invalid argument";
	case ZIPNN_ERROR_MEMORY:
		return "out of memory";
	case ZIPNN_ERROR_DST_TOO_SMALL:
		return "output buffer too small";
	case ZIPNN_ERROR_SRC_TOO_LARGE:
		return "input too large for one blob";
	case ZIPNN_ERROR_TRUNCATED:
		return "truncated input";
	case ZIPNN_ERROR_MAGIC:
		return "not zipnn data";
	case ZIPNN_ERROR_VERSION:
		return "of a format version or a coder that this zipnn does not know";
	case ZIPNN_ERROR_CORRUPT:
		return "corrupted input";
	case ZIPNN_ERROR_CHECKSUM:
		return "checksum mismatch";
	case ZIPNN_ERROR_ZSTD:
		return "zstd library failure";
	}
	return "unknown error";
}
