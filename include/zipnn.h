// SPDX-License-Identifier: BSD-3-Clause
/*
 * zipnn: lossless compression of AI model weights.
 *
 * Float weights have a skewed exponent and a noisy mantissa. zipnn finds the float type from the
 * bytes alone, moves exponents and mantissas into byte planes of their own and codes each plane by
 * what it is worth (ZipNN paper, sections 3.1-3.2). What is not float data becomes plain zstd, and
 * what does not shrink is stored.
 *
 * This header is the whole public interface. The bytes are specified in src/FORMAT.md.
 *
 * Threads: a context belongs to one thread at a time; different contexts are independent. The
 * library keeps no global state, prints nothing and never aborts. Sizes are in bytes.
 * Results: functions that return int64_t give a size (>= 0) or a negative enum zipnn_error.
 */
#ifndef ZIPNN_H
#define ZIPNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZIPNN_VERSION "0.1.0"

/* Of the format, src/FORMAT.md: frozen. What is written under it is read for ever. */
#define ZIPNN_FORMAT_VERSION 1u

#if defined(__GNUC__)
#define ZIPNN_API __attribute__((visibility("default")))
#else
#define ZIPNN_API
#endif

/* The values are stable: they may be logged, stored and compared across versions. */
enum zipnn_error {
	ZIPNN_ERROR_ARGUMENT = -1,      /* a null pointer or a parameter out of range */
	ZIPNN_ERROR_MEMORY = -2,        /* an allocation failed */
	ZIPNN_ERROR_DST_TOO_SMALL = -3, /* the output does not fit into capacity */
	ZIPNN_ERROR_SRC_TOO_LARGE = -4, /* more than a blob can hold (4 GiB - 1) */
	ZIPNN_ERROR_TRUNCATED = -5,     /* the input ends before the data it announces */
	ZIPNN_ERROR_MAGIC = -6,         /* not a zipnn blob, chunk or file */
	ZIPNN_ERROR_VERSION = -7,       /* a format version, layout or coder unknown here */
	ZIPNN_ERROR_CORRUPT = -8,       /* fields that contradict each other or the data */
	ZIPNN_ERROR_CHECKSUM = -9,      /* decoded, but the checksum differs */
	ZIPNN_ERROR_ZSTD = -10,         /* libzstd failed for a reason that is not the data's */
};

/* The float layout of the input; the ids of src/FORMAT.md section 3.1. */
enum zipnn_dtype {
	ZIPNN_DTYPE_AUTO = 0, /* find the type, region by region (the default) */
	ZIPNN_DTYPE_BYTES = 1,
	ZIPNN_DTYPE_FP8 = 2, /* any 8-bit numbers: FP8, INT8, U8 */
	ZIPNN_DTYPE_BF16 = 3,
	ZIPNN_DTYPE_FP16 = 4,
	ZIPNN_DTYPE_FP32 = 5,
	ZIPNN_DTYPE_FP64 = 6,
};

typedef struct zipnn_cctx zipnn_cctx; /* what compression needs: scratch memory and settings */
typedef struct zipnn_dctx zipnn_dctx; /* what decompression needs */

/* A new context, or NULL without memory. Reuse it: calls on it then allocate nothing themselves. */
ZIPNN_API zipnn_cctx *zipnn_cctx_create(void);
ZIPNN_API void zipnn_cctx_free(zipnn_cctx *cctx); /* NULL is fine */
ZIPNN_API zipnn_dctx *zipnn_dctx_create(void);
ZIPNN_API void zipnn_dctx_free(zipnn_dctx *dctx); /* NULL is fine */

/*
 * Settings of a context; they hold until changed. Each returns 0 or an error.
 * dtype:      name the type instead of detecting it; elements then begin at the first byte. A wrong
 *             name costs size, never data.
 * check:      1 (default) writes a CRC-32C of the raw bytes into every chunk, 0 writes none.
 * zstd_level: of the plain zstd fallback, 1 to 19 (default 3).
 * best:       1 looks for the smallest coding, some ten times slower; 0 (default) for a fast one.
 *             Decoding may be slower, too.
 */
ZIPNN_API int64_t zipnn_cctx_set_dtype(zipnn_cctx *cctx, enum zipnn_dtype dtype);
ZIPNN_API int64_t zipnn_cctx_set_check(zipnn_cctx *cctx, int check);
ZIPNN_API int64_t zipnn_cctx_set_zstd_level(zipnn_cctx *cctx, int level);
ZIPNN_API int64_t zipnn_cctx_set_best(zipnn_cctx *cctx, int best);

/*
 * The capacity with which zipnn_compress of raw_size bytes cannot fail for lack of room; SIZE_MAX
 * for more than a blob can hold.
 */
ZIPNN_API size_t zipnn_compress_bound(size_t raw_size);

/*
 * Compress size bytes at src into one blob at dst. capacity must be at least
 * zipnn_compress_bound(size). The blob is never larger than size + 16 + 0.02 %. The same input,
 * settings and libzstd give the same bytes on every CPU. src is not changed; src and dst must not
 * overlap. Returns the blob's size or an error.
 */
ZIPNN_API int64_t zipnn_compress(zipnn_cctx *cctx, void *dst, size_t capacity, const void *src,
				 size_t size);

/*
 * The raw size a blob claims (0 to 4 GiB - 1), or an error. Only the first 8 bytes are looked at:
 * the claim is proven by decompressing, so bound it before allocating.
 */
ZIPNN_API int64_t zipnn_raw_size(const void *blob, size_t size);

/*
 * Decompress a whole blob (zipnn's or zstd's: src/FORMAT.md section 2) of exactly size bytes.
 * Accepts any bytes: what is not a valid blob gives an error. Nothing is written past dst + raw
 * size; after an error the bytes of dst are undefined. Returns the raw size or an error.
 */
ZIPNN_API int64_t zipnn_decompress(zipnn_dctx *dctx, void *dst, size_t capacity, const void *blob,
				   size_t size);

/*
 * Where the last failed zipnn_decompress gave up: the offset in the blob of the chunk (or header)
 * that was rejected. For messages; undefined after a success.
 */
ZIPNN_API uint64_t zipnn_dctx_error_offset(const zipnn_dctx *dctx);

/* A constant English string for an error code; "no error" for values >= 0. Never NULL. */
ZIPNN_API const char *zipnn_error_name(int64_t code);

#ifdef __cplusplus
}
#endif
#endif
