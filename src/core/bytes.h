// SPDX-License-Identifier: BSD-3-Clause
/*
 * Little-endian integers at any address.
 *
 * The format is little endian and its fields are unaligned, so every load and store of a field goes
 * through these. Compilers turn each into one instruction where the CPU allows it.
 */
#ifndef ZIPNN_CORE_BYTES_H
#define ZIPNN_CORE_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint16_t zipnn_load16(const uint8_t *p)
{
	return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint32_t zipnn_load24(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static inline uint32_t zipnn_load32(const uint8_t *p)
{
	return zipnn_load24(p) | (uint32_t)p[3] << 24;
}

static inline uint64_t zipnn_load64(const uint8_t *p)
{
	return zipnn_load32(p) | (uint64_t)zipnn_load32(p + 4) << 32;
}

static inline void zipnn_store16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void zipnn_store24(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
}

static inline void zipnn_store32(uint8_t *p, uint32_t v)
{
	zipnn_store24(p, v);
	p[3] = (uint8_t)(v >> 24);
}

/* In rows, too, where compilers make of bytes one by one what is no copy. */
static inline void zipnn_store64(uint8_t *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

#endif
