// SPDX-License-Identifier: BSD-3-Clause
/*
 * Kernels that miscompute once, as a failing CPU does, in builds of the plugin for tests alone.
 *
 * The linker puts these functions before the library's (--wrap in ceph-plugin/tests.cmake), so that
 * the product has no hook for it. A build says by MISCOMPUTING which kernel it is: for some blobs
 * it is right, then one call is wrong by one bit, then it is right again.
 */
#include <stdatomic.h>

#include "core/crc.h"
#include "entropy/lanes/kernel.h"
#include "split/split.h"

enum kernel { KERNEL_SPLIT, KERNEL_MERGE, KERNEL_ENCODE, KERNEL_DECODE, KERNEL_CRC };

/* Calls before the wrong one: those of about 25 blobs of 512 KiB of BF16. */
static const unsigned good_calls[] = {
    [KERNEL_SPLIT] = 1600, [KERNEL_MERGE] = 1600, [KERNEL_ENCODE] = 100,
    [KERNEL_DECODE] = 100, [KERNEL_CRC] = 100,
};

/* The real functions, and those that are called instead of them: names are the linker's. */
const struct zipnn_split_kernels *__real_zipnn_split_kernels(enum zipnn_isa isa);
const struct zipnn_split_kernels *__wrap_zipnn_split_kernels(enum zipnn_isa isa);
zipnn_lanes_encode_kernel *__real_zipnn_lanes_encode_kernel_for(enum zipnn_isa isa);
zipnn_lanes_encode_kernel *__wrap_zipnn_lanes_encode_kernel_for(enum zipnn_isa isa);
zipnn_lanes_decode_kernel *__real_zipnn_lanes_decode_kernel_for(enum zipnn_isa isa);
zipnn_lanes_decode_kernel *__wrap_zipnn_lanes_decode_kernel_for(enum zipnn_isa isa);
uint32_t __real_zipnn_chunk_crc_end(uint32_t state);
uint32_t __wrap_zipnn_chunk_crc_end(uint32_t state);

/* 1 in that one call, in whatever thread it comes; else 0. */
static uint8_t fault(enum kernel kernel)
{
	static atomic_uint calls;

	if (kernel != MISCOMPUTING)
		return 0;
	return atomic_fetch_add(&calls, 1) == good_calls[kernel];
}

static void split(enum zipnn_layout_id layout, uint8_t *const planes[], const uint8_t *src,
		  size_t n)
{
	__real_zipnn_split_kernels(zipnn_isa_detect())->split(layout, planes, src, n);
	planes[0][n / 2] ^= fault(KERNEL_SPLIT);
}

static void merge(enum zipnn_layout_id layout, uint8_t *dst, const uint8_t *const planes[],
		  size_t n)
{
	__real_zipnn_split_kernels(zipnn_isa_detect())->merge(layout, dst, planes, n);
	dst[n / 2] ^= fault(KERNEL_MERGE);
}

const struct zipnn_split_kernels *__wrap_zipnn_split_kernels(enum zipnn_isa isa)
{
	static const struct zipnn_split_kernels kernels = {split, merge};

	(void)isa; /* the one of the context, which is the CPU's */
	return &kernels;
}

/* The window of the first lane, whose lowest bit is always part of a code. */
static void encode(struct zipnn_lanes_output *output, const struct zipnn_lanes_encode_table *table,
		   const uint8_t *values, size_t blocks, size_t still_blocks)
{
	__real_zipnn_lanes_encode_kernel_for(zipnn_isa_detect())(output, table, values, blocks,
								 still_blocks);
	output->state.window[0] ^= fault(KERNEL_ENCODE);
}

zipnn_lanes_encode_kernel *__wrap_zipnn_lanes_encode_kernel_for(enum zipnn_isa isa)
{
	(void)isa;
	return encode;
}

static int64_t decode(struct zipnn_lanes_input *input, const struct zipnn_lanes_decode_table *table,
		      uint8_t *values, size_t blocks, size_t still_blocks)
{
	int64_t result = __real_zipnn_lanes_decode_kernel_for(zipnn_isa_detect())(
	    input, table, values, blocks, still_blocks);

	values[0] ^= fault(KERNEL_DECODE);
	return result;
}

zipnn_lanes_decode_kernel *__wrap_zipnn_lanes_decode_kernel_for(enum zipnn_isa isa)
{
	(void)isa;
	return decode;
}

uint32_t __wrap_zipnn_chunk_crc_end(uint32_t state)
{
	return __real_zipnn_chunk_crc_end(state) ^ fault(KERNEL_CRC);
}
