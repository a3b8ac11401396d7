// SPDX-License-Identifier: BSD-3-Clause
/*
 * Encoding lanes with AVX2: src/FORMAT.md section 4.3.
 *
 * AVX2 shifts 32-bit numbers by different counts, but not 16-bit ones, of which there are twice as
 * many in a register. So here all shifts of windows are multiplications by powers of two. A window
 * lies in two 16-bit numbers, `high` and `low`, its first valid bit at the top of high: then high
 * is the word that is spilled when a lane is full, and the bits missing lie below the valid ones.
 * Their number, 0 to 15, is kept as its power of two, `place`: that is where the next code goes.
 *
 * A value's code is looked up in windows of 16 values: only where kept values are is there one, so
 * exponents take one or two, and no value takes more than sixteen. What no window holds is the
 * escape.
 */
#include "entropy/lanes/kernel.h"

#if defined(__x86_64__)
#include "entropy/lanes/avx2.h"

#define MAX_WINDOWS 16u
#define LAST_BASE 240u /* a window that began later would wrap */
#define EIGHT_ESCAPES ((uint64_t)0x0101010101010101)

/* What is known of a value beside its code, in a byte. */
#define LENGTH_MASK 15
#define ESCAPE_BIT 5
#define RAW1_BIT 6
#define RAW0_BIT 7

/* So that what a loop writes to arrays stays in registers. */
#define UNROLLED _Pragma("GCC unroll 4")

#define QUARTERS 4u /* of a block: both halves of both rows */

/* Of narrow codes: which of at most 16 symbols a value is, and what that means. 0: the escape. */
struct symbols {
	uint8_t of[MAX_WINDOWS][16];
	uint8_t codes[16];
	uint8_t lengths[16];
};

/* Of wide codes: differences (exclusive or) to the escape's, so that windows that do not hold a
 * value can be merged as zeros. */
struct codes {
	uint8_t codes[MAX_WINDOWS][16];
	uint8_t infos[MAX_WINDOWS][16];
	uint8_t escape_code;
	uint8_t escape_info;
};

struct tables {
	unsigned windows;
	uint8_t bases[MAX_WINDOWS][32]; /* where it begins, in every byte */
	union {
		struct symbols narrow;
		struct codes wide;
	};
};

/* A half of a row: 32 values, in groups' order (see group_order). */
struct row {
	__m256i codes;
	__m256i lengths;
};

/* Both rows of a half: a 16-bit number a lane, those of one group in each register. */
struct pairs {
	__m256i codes[ZIPNN_LANE_GROUPS]; /* that of the first row lowest */
	__m256i lengths;                  /* a byte a lane, in groups' order */
};

/* The lanes of a half, while lanes are spilled. */
struct half {
	__m256i high[ZIPNN_LANE_GROUPS];
	__m256i low[ZIPNN_LANE_GROUPS];
	__m256i place[ZIPNN_LANE_GROUPS];
};

/* All lanes as numbers: before and after. */
struct lanes {
	uint32_t window[ZIPNN_LANES];
	uint32_t missing[ZIPNN_LANES];
};

static uint8_t info_of(const struct zipnn_lanes_encode_table *table, unsigned value)
{
	return (uint8_t)(table->lengths[value] | table->escapes[value] << ESCAPE_BIT |
			 (table->raw[value] >> 1) << RAW1_BIT |
			 (table->raw[value] & 1) << RAW0_BIT);
}

/* Windows that hold all kept values. */
static void place_windows(struct tables *tables, const struct zipnn_lanes_encode_table *table)
{
	tables->windows = 0;
	for (unsigned v = 0; v < 256; v++) {
		if (v % 8 == 0 && zipnn_load64(table->escapes + v) == EIGHT_ESCAPES)
			v += 7;
		if (table->escapes[v])
			continue;
		const unsigned base = v < LAST_BASE ? v : LAST_BASE;

		memset(tables->bases[tables->windows++], (int)base, sizeof(tables->bases[0]));
		v = base + 15;
	}
}

/* The first value that is coded as an escape, 256 if there is none. */
static unsigned an_escape(const struct zipnn_lanes_encode_table *table)
{
	unsigned v = 0;

	while (v < 256 && !table->escapes[v])
		v++;
	return v;
}

/* Whether value i of window w is in no window before. */
static int is_first(const struct tables *tables, unsigned w, unsigned i)
{
	return w == 0 || tables->bases[w][0] + i > tables->bases[w - 1][0] + 15u;
}

static void fill_symbols(struct tables *tables, const struct zipnn_lanes_encode_table *table,
			 unsigned escape)
{
	struct symbols *symbols = &tables->narrow;
	unsigned count = 0;

	memset(symbols, 0, sizeof(*symbols));
	symbols->codes[count] = table->codes[escape];
	symbols->lengths[count++] = table->lengths[escape];
	for (unsigned w = 0; w < tables->windows; w++) {
		for (unsigned i = 0; i < 16; i++) {
			const unsigned value = tables->bases[w][0] + i;

			if (table->escapes[value] || !is_first(tables, w, i))
				continue;
			symbols->of[w][i] = (uint8_t)count;
			symbols->codes[count] = table->codes[value];
			symbols->lengths[count++] = table->lengths[value];
		}
	}
}

static void fill_codes(struct tables *tables, const struct zipnn_lanes_encode_table *table,
		       unsigned escape)
{
	struct codes *codes = &tables->wide;

	/* Without an escape all values are kept, or do not occur. */
	codes->escape_code = table->codes[escape & 255];
	codes->escape_info = info_of(table, escape & 255);
	for (unsigned w = 0; w < tables->windows; w++) {
		for (unsigned i = 0; i < 16; i++) {
			const unsigned value = tables->bases[w][0] + i;
			const int here = is_first(tables, w, i);

			codes->codes[w][i] = here ? table->codes[value] ^ codes->escape_code : 0;
			codes->infos[w][i] = here ? info_of(table, value) ^ codes->escape_info : 0;
		}
	}
}

/*
 * Values whose number is even belong to group 0. In groups' order these come first, in each half of
 * a register: then unpacking bytes puts group 0 into one register and group 1 into another.
 */
ZIPNN_AVX2_INLINE __m256i group_order(__m256i bytes)
{
	return _mm256_shuffle_epi8(
	    bytes, _mm256_broadcastsi128_si256(
		       _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15)));
}

/* Where in its window a value is, and 128 or more if it is not in it. */
ZIPNN_AVX2_INLINE __m256i in_window(__m256i values, const struct tables *tables, unsigned w)
{
	/* 0 to 15 become 0x70 to 0x7f; for all others the top bit gets set, which looks up 0. */
	return _mm256_adds_epu8(_mm256_sub_epi8(values, zipnn_load256(tables->bases[w])),
				_mm256_set1_epi8(0x70));
}

/*
 * Look up all values of a block: both halves of the first row, then of the second. A window's
 * tables are loaded once for all four.
 */
ZIPNN_AVX2_INLINE void look_up_narrow(struct row rows[QUARTERS], uint32_t escapes[QUARTERS],
				      const uint8_t *block, const struct tables *tables,
				      unsigned windows)
{
	const struct symbols *symbols = &tables->narrow;
	__m256i symbol[QUARTERS];

	UNROLLED
	for (unsigned q = 0; q < QUARTERS; q++)
		symbol[q] = _mm256_setzero_si256();
	for (unsigned w = 0; w < windows; w++) {
		const __m256i of = zipnn_table16(symbols->of[w]);

		UNROLLED
		for (unsigned q = 0; q < QUARTERS; q++) {
			const __m256i values = zipnn_load256(block + (size_t)ZIPNN_HALF * q);

			symbol[q] = _mm256_or_si256(
			    symbol[q], _mm256_shuffle_epi8(of, in_window(values, tables, w)));
		}
	}
	UNROLLED
	for (unsigned q = 0; q < QUARTERS; q++) {
		const __m256i escape = _mm256_cmpeq_epi8(symbol[q], _mm256_setzero_si256());
		const __m256i ordered = group_order(symbol[q]);

		escapes[q] = (uint32_t)_mm256_movemask_epi8(escape);
		rows[q].codes = _mm256_shuffle_epi8(zipnn_table16(symbols->codes), ordered);
		rows[q].lengths = _mm256_shuffle_epi8(zipnn_table16(symbols->lengths), ordered);
	}
}

/* One bit of each info, a mask of 32. */
ZIPNN_AVX2_INLINE uint32_t info_bits(__m256i infos, int bit)
{
	return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(infos, 7 - bit));
}

ZIPNN_AVX2_INLINE void look_up_wide(struct row rows[QUARTERS], uint32_t escapes[QUARTERS],
				    uint32_t raw[2][QUARTERS], const uint8_t *block,
				    const struct tables *tables, unsigned r)
{
	const struct codes *wide = &tables->wide;
	__m256i codes[QUARTERS];
	__m256i infos[QUARTERS];

	UNROLLED
	for (unsigned q = 0; q < QUARTERS; q++) {
		codes[q] = _mm256_set1_epi8((char)wide->escape_code);
		infos[q] = _mm256_set1_epi8((char)wide->escape_info);
	}
	for (unsigned w = 0; w < tables->windows; w++) {
		const __m256i code_table = zipnn_table16(wide->codes[w]);
		const __m256i info_table = zipnn_table16(wide->infos[w]);

		UNROLLED
		for (unsigned q = 0; q < QUARTERS; q++) {
			const __m256i values = zipnn_load256(block + (size_t)ZIPNN_HALF * q);
			const __m256i at = in_window(values, tables, w);

			codes[q] = _mm256_xor_si256(codes[q], _mm256_shuffle_epi8(code_table, at));
			infos[q] = _mm256_xor_si256(infos[q], _mm256_shuffle_epi8(info_table, at));
		}
	}
	UNROLLED
	for (unsigned q = 0; q < QUARTERS; q++) {
		const __m256i lengths = _mm256_and_si256(infos[q], _mm256_set1_epi8(LENGTH_MASK));

		escapes[q] = info_bits(infos[q], ESCAPE_BIT);
		if (r > 0)
			raw[0][q] = info_bits(infos[q], RAW0_BIT);
		if (r > 1)
			raw[1][q] = info_bits(infos[q], RAW1_BIT);
		rows[q].codes = group_order(codes[q]);
		rows[q].lengths = group_order(lengths);
	}
}

/* Narrow codes are shorter than 8 bits, so they and powers of two fit into signed bytes. */
ZIPNN_AVX2_INLINE struct pairs pair_narrow(const struct row *first, const struct row *second)
{
	const __m256i one = _mm256_set1_epi8(1);
	const __m256i power =
	    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_setr_epi8(
				    0, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0, 0)),
				first->lengths);

	return (struct pairs){
	    {_mm256_maddubs_epi16(_mm256_unpacklo_epi8(one, power),
				  _mm256_unpacklo_epi8(first->codes, second->codes)),
	     _mm256_maddubs_epi16(_mm256_unpackhi_epi8(one, power),
				  _mm256_unpackhi_epi8(first->codes, second->codes))},
	    _mm256_add_epi8(first->lengths, second->lengths),
	};
}

ZIPNN_AVX2_INLINE struct pairs pair_wide(const struct row *first, const struct row *second)
{
	const __m256i zero = _mm256_setzero_si256();
	/* 2^(length - 1), which fits into a byte; the other half is the second code, doubled. */
	const __m256i half_power =
	    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_setr_epi8(
				    0, 1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0)),
				first->lengths);
	const __m256i seconds[ZIPNN_LANE_GROUPS] = {_mm256_unpacklo_epi8(second->codes, zero),
						    _mm256_unpackhi_epi8(second->codes, zero)};
	const __m256i low = _mm256_mullo_epi16(_mm256_add_epi16(seconds[0], seconds[0]),
					       _mm256_unpacklo_epi8(half_power, zero));
	const __m256i high = _mm256_mullo_epi16(_mm256_add_epi16(seconds[1], seconds[1]),
						_mm256_unpackhi_epi8(half_power, zero));

	return (struct pairs){
	    {_mm256_or_si256(low, _mm256_unpacklo_epi8(first->codes, zero)),
	     _mm256_or_si256(high, _mm256_unpackhi_epi8(first->codes, zero))},
	    _mm256_add_epi8(first->lengths, second->lengths),
	};
}

ZIPNN_AVX2_INLINE uint64_t join(uint32_t low, uint32_t high)
{
	return low | (uint64_t)high << 32;
}

/* Code both halves of block t, and note what its rows say beside their codes. */
ZIPNN_AVX2_INLINE void code_block(struct pairs pairs[2], struct zipnn_lanes_output *output,
				  const struct tables *tables, const uint8_t *values, size_t t,
				  unsigned narrow, unsigned r)
{
	const uint8_t *block = values + t * ZIPNN_LANES_BLOCK;
	struct row rows[QUARTERS];
	uint32_t escapes[QUARTERS];
	uint32_t raw[2][QUARTERS] = {{0}};

	if (narrow)
		look_up_narrow(rows, escapes, block, tables, narrow);
	else
		look_up_wide(rows, escapes, raw, block, tables, r);
	UNROLLED
	for (unsigned h = 0; h < 2; h++)
		pairs[h] = narrow ? pair_narrow(&rows[h], &rows[2 + h])
				  : pair_wide(&rows[h], &rows[2 + h]);
	UNROLLED
	for (unsigned row = 0; row < 2; row++) {
		const size_t at = 2 * t + row;

		output->escapes[at] = join(escapes[2 * row], escapes[2 * row + 1]);
		UNROLLED
		for (unsigned k = 0; k < r; k++)
			output->raw_bits[at * r + k] = join(raw[k][2 * row], raw[k][2 * row + 1]);
	}
}

/* Push a block into windows that have room for it. */
ZIPNN_AVX2_INLINE void push_still(struct lanes *lanes, const struct pairs pairs[2])
{
	uint16_t codes[ZIPNN_LANES];
	uint16_t lengths[ZIPNN_LANES];

	UNROLLED
	for (unsigned h = 0; h < 2; h++) {
		const __m256i zero = _mm256_setzero_si256();
		const size_t at = (size_t)16 * h;

		zipnn_store256(codes + at, pairs[h].codes[0]);
		zipnn_store256(codes + ZIPNN_GROUP_LANES + at, pairs[h].codes[1]);
		zipnn_store256(lengths + at, _mm256_unpacklo_epi8(pairs[h].lengths, zero));
		zipnn_store256(lengths + ZIPNN_GROUP_LANES + at,
			       _mm256_unpackhi_epi8(pairs[h].lengths, zero));
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		lanes->window[i] = lanes->window[i] << lengths[i] | codes[i];
		lanes->missing[i] -= lengths[i];
	}
}

ZIPNN_AVX2_INLINE void load_halves(struct half halves[2], const struct lanes *lanes)
{
	uint16_t high[ZIPNN_LANES];
	uint16_t low[ZIPNN_LANES];
	uint16_t place[ZIPNN_LANES];

	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		const uint32_t window = lanes->window[i] << lanes->missing[i];

		high[i] = (uint16_t)(window >> 16);
		low[i] = (uint16_t)window;
		place[i] = (uint16_t)(1u << lanes->missing[i]);
	}
	for (unsigned h = 0; h < 2; h++) {
		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
			const size_t at = (size_t)ZIPNN_GROUP_LANES * j + (size_t)16 * h;

			halves[h].high[j] = zipnn_load256(high + at);
			halves[h].low[j] = zipnn_load256(low + at);
			halves[h].place[j] = zipnn_load256(place + at);
		}
	}
}

ZIPNN_AVX2_INLINE void store_halves(struct lanes *lanes, const struct half halves[2])
{
	uint16_t high[ZIPNN_LANES];
	uint16_t low[ZIPNN_LANES];
	uint16_t place[ZIPNN_LANES];

	for (unsigned h = 0; h < 2; h++) {
		for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
			const size_t at = (size_t)ZIPNN_GROUP_LANES * j + (size_t)16 * h;

			zipnn_store256(high + at, halves[h].high[j]);
			zipnn_store256(low + at, halves[h].low[j]);
			zipnn_store256(place + at, halves[h].place[j]);
		}
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		lanes->missing[i] = (uint32_t)__builtin_ctz(place[i]);
		lanes->window[i] = ((uint32_t)high[i] << 16 | low[i]) >> lanes->missing[i];
	}
}

/*
 * 2^(16 - length) of each lane: multiplying by it and keeping the upper half of the product shifts
 * right by the length; both halves together rotate. A byte holds no such power: byte 0 of a number
 * looks it up at `length`, byte 1 at length + 8; one of them finds a power, the other one zero.
 */
ZIPNN_AVX2_INLINE void rotations(__m256i rotations[ZIPNN_LANE_GROUPS], __m256i lengths)
{
	const __m256i table = _mm256_broadcastsi128_si256(
	    _mm_setr_epi8(1, 0, 0, 0, 0, 0, 0, 0, 0, (char)128, 64, 32, 16, 8, 4, 2));
	const __m256i byte1 = _mm256_add_epi8(lengths, _mm256_set1_epi8(8));

	rotations[0] = _mm256_shuffle_epi8(table, _mm256_unpacklo_epi8(lengths, byte1));
	rotations[1] = _mm256_shuffle_epi8(table, _mm256_unpackhi_epi8(lengths, byte1));
}

/* Write the words whose bit is set below *words, upper lanes first. */
ZIPNN_AVX2_INLINE void put_words(uint8_t **words, __m128i w, unsigned lanes)
{
	const __m128i order = _mm_loadu_si128((const __m128i *)zipnn_compress_words[lanes]);

	/* The store also covers what is below the new words: ZIPNN_WORDS_SLACK. */
	_mm_storeu_si128((__m128i *)(*words - 16), _mm_shuffle_epi8(w, order));
	*words -= 2 * _mm_popcnt_u32(lanes);
}

/* Push a half of a block; lanes in which it does not fit spill a word before. */
ZIPNN_AVX2_INLINE void push_half(struct half *half, uint8_t *words[ZIPNN_LANE_GROUPS],
				 const struct pairs *pairs)
{
	__m256i rotation[ZIPNN_LANE_GROUPS];
	__m256i full[ZIPNN_LANE_GROUPS];

	rotations(rotation, pairs->lengths);
	UNROLLED
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		const __m256i shifted = _mm256_mulhi_epu16(half->place[j], rotation[j]);

		/* Shifted out: more bits than are missing. */
		full[j] = _mm256_cmpeq_epi16(shifted, _mm256_setzero_si256());
		half->place[j] =
		    _mm256_or_si256(shifted, _mm256_mullo_epi16(half->place[j], rotation[j]));
	}
	/* From the lowest byte on: lanes 0 to 7 of group 0, of group 1, 8 to 15 of both. */
	const uint32_t mask = (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(full[0], full[1]));

	UNROLLED
	for (unsigned j = 0; j < ZIPNN_LANE_GROUPS; j++) {
		put_words(&words[j], _mm256_extracti128_si256(half->high[j], 1),
			  mask >> (16 + 8 * j) & 255);
		put_words(&words[j], _mm256_castsi256_si128(half->high[j]), mask >> 8 * j & 255);

		const __m256i high = _mm256_blendv_epi8(half->high[j], half->low[j], full[j]);
		const __m256i low = _mm256_andnot_si256(full[j], half->low[j]);

		half->high[j] =
		    _mm256_or_si256(high, _mm256_mulhi_epu16(pairs->codes[j], half->place[j]));
		half->low[j] =
		    _mm256_or_si256(low, _mm256_mullo_epi16(pairs->codes[j], half->place[j]));
	}
}

ZIPNN_AVX2_INLINE void encode(struct zipnn_lanes_output *output, const struct tables *tables,
			      const uint8_t *values, size_t blocks, size_t still_blocks,
			      unsigned narrow, unsigned r)
{
	const size_t refilled = blocks > still_blocks ? blocks - still_blocks : 0;
	uint8_t *words[ZIPNN_LANE_GROUPS] = {output->words[0], output->words[1]};
	struct pairs pairs[2];
	struct half halves[2];
	struct lanes lanes;
	size_t t = blocks;

	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		lanes.window[i] = 0;
		lanes.missing[i] = 32;
	}
	while (t > refilled) {
		code_block(pairs, output, tables, values, --t, narrow, r);
		push_still(&lanes, pairs);
	}
	for (unsigned i = 0; i < ZIPNN_LANES; i++)
		lanes.missing[i] = lanes.missing[i] < 15 ? lanes.missing[i] : 15;
	load_halves(halves, &lanes);
	while (t > 0) {
		code_block(pairs, output, tables, values, --t, narrow, r);
		push_half(&halves[1], words, &pairs[1]);
		push_half(&halves[0], words, &pairs[0]);
	}
	store_halves(&lanes, halves);
	for (unsigned i = 0; i < ZIPNN_LANES; i++) {
		output->state.window[i] = lanes.window[i];
		output->state.missing[i] = (uint8_t)lanes.missing[i];
	}
	output->words[0] = words[0];
	output->words[1] = words[1];
}

#define ENCODE(name, narrow, r)                                                                    \
	ZIPNN_AVX2 static __attribute__((noinline)) void name(                                     \
	    struct zipnn_lanes_output *output, const struct tables *tables, const uint8_t *values, \
	    size_t blocks, size_t still_blocks)                                                    \
	{                                                                                          \
		encode(output, tables, values, blocks, still_blocks, narrow, r);                   \
	}

ENCODE(encode_narrow1, 1, 0)
ENCODE(encode_narrow2, 2, 0)
ENCODE(encode_narrow, tables->windows, 0)
ENCODE(encode0, 0, 0)
ENCODE(encode1, 0, 1)
ENCODE(encode2, 0, 2)

/* Codes of up to 7 bits, 15 kept values and an escape: also where a code is not called narrow. */
static int is_narrow(const struct zipnn_lanes_encode_table *table)
{
	unsigned kept = 0;
	unsigned longest = 0;

	for (unsigned v = 0; v < 256; v++) {
		kept += !table->escapes[v];
		longest = table->lengths[v] > longest ? table->lengths[v] : longest;
	}
	return table->raw_bits == 0 && kept < 16 && longest < 8;
}

void zipnn_lanes_encode_avx2(struct zipnn_lanes_output *output,
			     const struct zipnn_lanes_encode_table *table, const uint8_t *values,
			     size_t blocks, size_t still_blocks)
{
	const unsigned escape = an_escape(table);
	struct tables tables;

	place_windows(&tables, table);
	if (is_narrow(table)) {
		fill_symbols(&tables, table, escape);
		(tables.windows == 1 ? encode_narrow1
		 : tables.windows == 2
		     ? encode_narrow2
		     : encode_narrow)(output, &tables, values, blocks, still_blocks);
		return;
	}
	fill_codes(&tables, table, escape);
	switch (table->raw_bits) {
	case 0:
		encode0(output, &tables, values, blocks, still_blocks);
		break;
	case 1:
		encode1(output, &tables, values, blocks, still_blocks);
		break;
	default:
		encode2(output, &tables, values, blocks, still_blocks);
		break;
	}
}

#else
typedef int zipnn_nothing_here; /* ISO C wants a declaration */
#endif
