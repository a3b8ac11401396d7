// SPDX-License-Identifier: BSD-3-Clause
/*
 * How words are dealt to the lanes that need one, and gathered from those that give one.
 *
 * For each mask of 8 lanes, the places that 16 bytes come from, as byte look-ups of AVX2
 * (_mm_shuffle_epi8) and NEON (vqtbl1q_u8) alike want them. The tables serve little-endian kernels.
 */
#ifndef ZIPNN_ENTROPY_LANES_DEAL_WORDS_H
#define ZIPNN_ENTROPY_LANES_DEAL_WORDS_H

#include <stdint.h>

/* The next 16-bit words to the lanes whose bit is set, zero to the others. */
extern const uint8_t zipnn_expand_words[256][16];

/* The words of those lanes to the end, in order; what comes before is undefined. */
extern const uint8_t zipnn_compress_words[256][16];

#endif
