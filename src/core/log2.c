// SPDX-License-Identifier: BSD-3-Clause
/* Integer logarithms: a table of the mantissa's upper 8 bits, linear in between. */
#include "core/log2.h"

#define STEP 8u          /* counts looked at together */
#define SMALL_COUNTS 64u /* those in a table */

/* log2(1 + i / 256) in 1/4096, rounded, for i = 0 .. 256. */
static const uint16_t log2_table[257] = {
    0,    23,   46,   69,   92,   114,  137,  159,  182,  204,  226,  249,  271,  293,  315,  336,
    358,  380,  402,  423,  445,  466,  487,  508,  530,  551,  572,  593,  613,  634,  655,  675,
    696,  716,  737,  757,  778,  798,  818,  838,  858,  878,  898,  918,  937,  957,  977,  996,
    1016, 1035, 1054, 1074, 1093, 1112, 1131, 1150, 1169, 1188, 1207, 1226, 1244, 1263, 1282, 1300,
    1319, 1337, 1355, 1374, 1392, 1410, 1428, 1446, 1465, 1483, 1500, 1518, 1536, 1554, 1572, 1589,
    1607, 1624, 1642, 1659, 1677, 1694, 1712, 1729, 1746, 1763, 1780, 1797, 1814, 1831, 1848, 1865,
    1882, 1899, 1915, 1932, 1949, 1965, 1982, 1998, 2015, 2031, 2047, 2064, 2080, 2096, 2112, 2128,
    2145, 2161, 2177, 2192, 2208, 2224, 2240, 2256, 2272, 2287, 2303, 2319, 2334, 2350, 2365, 2381,
    2396, 2411, 2427, 2442, 2457, 2472, 2488, 2503, 2518, 2533, 2548, 2563, 2578, 2593, 2608, 2622,
    2637, 2652, 2667, 2681, 2696, 2711, 2725, 2740, 2754, 2769, 2783, 2798, 2812, 2826, 2841, 2855,
    2869, 2883, 2897, 2911, 2926, 2940, 2954, 2968, 2982, 2995, 3009, 3023, 3037, 3051, 3065, 3078,
    3092, 3106, 3119, 3133, 3146, 3160, 3174, 3187, 3200, 3214, 3227, 3241, 3254, 3267, 3280, 3294,
    3307, 3320, 3333, 3346, 3359, 3373, 3386, 3399, 3412, 3424, 3437, 3450, 3463, 3476, 3489, 3502,
    3514, 3527, 3540, 3552, 3565, 3578, 3590, 3603, 3615, 3628, 3640, 3653, 3665, 3678, 3690, 3702,
    3715, 3727, 3739, 3751, 3764, 3776, 3788, 3800, 3812, 3824, 3836, 3849, 3861, 3873, 3885, 3896,
    3908, 3920, 3932, 3944, 3956, 3968, 3979, 3991, 4003, 4015, 4026, 4038, 4050, 4061, 4073, 4084,
    4096,
};

uint32_t zipnn_log2(uint32_t v)
{
	unsigned exponent = 31u - (unsigned)__builtin_clz(v);
	uint32_t mantissa = v << (31 - exponent); /* 1.31 fixed point */
	uint32_t index = (mantissa >> 23) & 0xff;

	/* Most counts of samples are in the table as they are. */
	if (v < 512)
		return exponent * ZIPNN_BIT + log2_table[index];
	uint32_t rest = (mantissa >> 7) & 0xffff;
	uint32_t low = log2_table[index];
	uint32_t high = log2_table[index + 1];

	return exponent * ZIPNN_BIT + low + ((high - low) * rest >> 16);
}

/* c * log2(c), by zipnn_log2, of the counts that most are in a sample; 0 for 0. */
static const uint32_t weight_table[SMALL_COUNTS] = {
    0,       0,       8192,    19476,   32768,   47555,   63528,   80493,   98304,   116856,
    136070,  155870,  176208,  197041,  218330,  240045,  262144,  284614,  307440,  330600,
    354060,  377811,  401852,  426167,  450720,  475525,  500578,  525852,  551348,  577042,
    602970,  629052,  655360,  681846,  708492,  735350,  762336,  789506,  816848,  844311,
    871960,  899745,  927654,  955718,  983928,  1012275, 1040750, 1069344, 1098048, 1126902,
    1155850, 1184934, 1214148, 1243486, 1272888, 1302400, 1332072, 1361844, 1391652, 1421605,
    1451700, 1481812, 1512056, 1542429,
};

static inline uint64_t weight(uint32_t count)
{
	return count < SMALL_COUNTS ? weight_table[count] : (uint64_t)count * zipnn_log2(count);
}

uint64_t zipnn_information(const uint32_t counts[256], uint32_t *total, uint32_t *distinct)
{
	uint64_t weighted = 0; /* sum of c * log2(c) */
	uint32_t sum = 0;
	uint32_t present = 0;

	/* Neighbours occur or do not together: most of exponents' values do not. */
	for (unsigned i = 0; i < 256; i += STEP) {
		uint32_t any = 0;

		for (unsigned k = i; k < i + STEP; k++)
			any |= counts[k];
		if (any == 0)
			continue;
		for (unsigned k = i; k < i + STEP; k++) {
			weighted += weight(counts[k]);
			sum += counts[k];
			present += counts[k] > 0;
		}
	}
	*total = sum;
	*distinct = present;
	return sum ? (uint64_t)sum * zipnn_log2(sum) - weighted : 0;
}

uint32_t zipnn_sample_bias(uint32_t total, uint32_t distinct)
{
	/* (distinct - 1) / (2 ln 2 total); 1 / (2 ln 2) = 0.72135 = 2955 / 4096 */
	return (uint32_t)((uint64_t)(distinct - 1) * 2955 / total);
}

uint32_t zipnn_entropy(const uint32_t counts[256])
{
	uint32_t total;
	uint32_t distinct;
	const uint64_t information = zipnn_information(counts, &total, &distinct);

	if (total == 0)
		return 0;
	const uint64_t entropy = information / total + zipnn_sample_bias(total, distinct);

	return entropy < 8 * ZIPNN_BIT ? (uint32_t)entropy : 8 * ZIPNN_BIT;
}
