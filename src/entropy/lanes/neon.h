// SPDX-License-Identifier: BSD-3-Clause
/*
 * What both NEON kernels of lanes share: how lanes lie in registers, look-ups, masks.
 *
 * A row of 64 values is four *quarters* of 16, a register of bytes each. The windows of a quarter's
 * lanes lie in four registers of 32-bit numbers: number q of register k belongs to the lane of
 * value 4 q + k of the quarter. So byte k of number q of a register of bytes speaks of that lane.
 * Values of even number belong to group 0: registers 0 and 2 are group 0's, 1 and 3 group 1's.
 * Registers of bytes become registers of numbers as they are: the kernels are for little-endian
 * machines (__AARCH64EL__).
 */
#ifndef ZIPNN_ENTROPY_LANES_NEON_H
#define ZIPNN_ENTROPY_LANES_NEON_H

#include <arm_neon.h>
#include <string.h>

#include "entropy/lanes/deal_words.h"
#include "entropy/lanes/kernel.h"

#define ZIPNN_INLINE static inline __attribute__((always_inline))

#define ZIPNN_QUARTERS 4u
#define ZIPNN_QUARTER 16u
#define ZIPNN_QUARTER_REGISTERS 4u

/* The lanes of quarter i: which one is number q of register k? */
static inline unsigned zipnn_quarter_lane(unsigned i, unsigned k, unsigned q)
{
	return ZIPNN_GROUP_LANES * (k & 1) + 8 * i + 2 * q + (k >> 1);
}

/* 64 entries of a table, for vqtbl4q_u8 and vqtbx4q_u8. */
ZIPNN_INLINE uint8x16x4_t zipnn_table64(const uint8_t *p)
{
	return (uint8x16x4_t){{vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)}};
}

/*
 * Byte k of each 32-bit number, as a count to shift by: vshlq_u32 looks at the lowest byte alone,
 * so the others may stay. A negative byte shifts right.
 */
ZIPNN_INLINE int32x4_t zipnn_counts(uint8x16_t bytes, unsigned k)
{
	const uint32x4_t numbers = vreinterpretq_u32_u8(bytes);

	switch (k) {
	case 0:
		return vreinterpretq_s32_u32(numbers);
	case 1:
		return vreinterpretq_s32_u32(vshrq_n_u32(numbers, 8));
	case 2:
		return vreinterpretq_s32_u32(vshrq_n_u32(numbers, 16));
	default:
		return vreinterpretq_s32_u32(vshrq_n_u32(numbers, 24));
	}
}

ZIPNN_INLINE uint8x16_t zipnn_negative(uint8x16_t bytes)
{
	return vreinterpretq_u8_s8(vnegq_s8(vreinterpretq_s8_u8(bytes)));
}

/* Bit i of a number: byte i of 64, each of which must be 0 or 255. */
ZIPNN_INLINE uint8x8_t zipnn_mask64(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	const uint8x16_t bits = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
	const uint8x16_t ab = vpaddq_u8(vandq_u8(a, bits), vandq_u8(b, bits));
	const uint8x16_t cd = vpaddq_u8(vandq_u8(c, bits), vandq_u8(d, bits));
	const uint8x16_t abcd = vpaddq_u8(ab, cd);

	return vget_low_u8(vpaddq_u8(abcd, abcd));
}

ZIPNN_INLINE uint64_t zipnn_number64(uint8x8_t bytes)
{
	return vget_lane_u64(vreinterpret_u64_u8(bytes), 0);
}

/* Which lanes take or give a word: byte 4 j + i speaks of group j's eight lanes in quarter i. */
struct zipnn_dealt {
	uint64_t masks;
	uint64_t numbers; /* of lanes in each mask */
};

/* From a byte of 0 or 255 for each value of a row. */
ZIPNN_INLINE struct zipnn_dealt zipnn_deal(const uint8x16_t which[ZIPNN_QUARTERS])
{
	const uint8x8_t masks =
	    zipnn_mask64(vuzp1q_u8(which[0], which[1]), vuzp1q_u8(which[2], which[3]),
			 vuzp2q_u8(which[0], which[1]), vuzp2q_u8(which[2], which[3]));

	return (struct zipnn_dealt){zipnn_number64(masks), zipnn_number64(vcnt_u8(masks))};
}

ZIPNN_INLINE unsigned zipnn_dealt_byte(uint64_t bytes, unsigned j, unsigned i)
{
	return bytes >> 8 * (4 * j + i) & 255;
}

#endif
