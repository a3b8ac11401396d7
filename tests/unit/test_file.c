// SPDX-License-Identifier: BSD-3-Clause
/*
 * The parts of a .znn file around its chunks, FORMAT.md section 6. A reader that jumps trusts the
 * seek table, so each of its bytes must be covered: by the CRC against accidents, and by the checks
 * of every entry against those who can compute a CRC.
 */
#include "cmocka_all.h"
#include "core/bytes.h"
#include "core/crc.h"
#include "data.h"
#include "frame/file.h"
#include "guard.h"

#define CHUNKS 3u
#define CHUNK_SIZE ((size_t)3000)
#define TABLE_SIZE (ZIPNN_FILE_END_MARK_SIZE + CHUNKS * ZIPNN_FILE_ENTRY_SIZE)

/* A seek table with its footer, as a writer of three chunks (planes, stored, planes) makes it. */
struct tail {
	uint8_t table[TABLE_SIZE];
	uint8_t footer[ZIPNN_FILE_FOOTER_SIZE];
	struct zipnn_chunk_info infos[CHUNKS];
};

static void make_tail(struct tail *tail)
{
	const enum data_kind kinds[CHUNKS] = {DATA_FP32, DATA_NOISE, DATA_TEXT};
	zipnn_cctx *cctx = zipnn_cctx_create();
	uint8_t raw[CHUNK_SIZE];
	uint8_t coded[CHUNK_SIZE + ZIPNN_CHUNK_MAX_PREFIX];

	assert_non_null(cctx);
	zipnn_file_write_end_mark(tail->table);
	for (unsigned i = 0; i < CHUNKS; i++) {
		data_fill(kinds[i], raw, sizeof(raw), i);
		int64_t size = zipnn_chunk_encode(cctx, coded, sizeof(coded), raw, sizeof(raw),
						  i * CHUNK_SIZE);

		assert_true(size > 0);
		assert_int_equal(zipnn_chunk_parse(&tail->infos[i], coded, (size_t)size), 0);
		zipnn_file_write_entry(tail->table + ZIPNN_FILE_END_MARK_SIZE +
					   (size_t)i * ZIPNN_FILE_ENTRY_SIZE,
				       coded, (uint32_t)size);
	}
	zipnn_file_write_footer(tail->footer, CHUNKS, CHUNKS * CHUNK_SIZE, tail->table, TABLE_SIZE);
	zipnn_cctx_free(cctx);
}

/* Footer and table as a reader checks them. */
static int64_t check_tail(const uint8_t *table, size_t table_size, const uint8_t *footer_bytes)
{
	struct zipnn_file_footer footer;
	int64_t result = zipnn_file_parse_footer(&footer, footer_bytes);

	return result < 0 ? result : zipnn_file_check_table(&footer, table, table_size);
}

/* The same with the CRC made right again: what is left is what the checks of the fields find. */
static int64_t check_forged_tail(const uint8_t *table, size_t table_size, uint64_t chunks,
				 uint64_t raw_size)
{
	uint8_t footer[ZIPNN_FILE_FOOTER_SIZE];
	uint8_t *copy = exact_copy(table, table_size);

	zipnn_file_write_footer(footer, chunks, raw_size, copy, table_size);
	int64_t result = check_tail(copy, table_size, footer);

	free(copy);
	return result;
}

static void header(void **state)
{
	static const uint8_t expected[8] = {0x5a, 0x4e, 0x4e, 0x46, 1, 0, 0, 0};
	uint8_t bytes[ZIPNN_FILE_HEADER_SIZE];

	(void)state;
	zipnn_file_write_header(bytes);
	assert_memory_equal(bytes, expected, 8);
	assert_int_equal(zipnn_file_check_header(bytes, 8), 0);
	assert_int_equal(zipnn_file_check_header(bytes, 1000), 0);
	for (size_t size = 0; size < 8; size++) {
		uint8_t *copy = exact_copy(bytes, size);

		assert_int_equal(zipnn_file_check_header(copy, size), ZIPNN_ERROR_TRUNCATED);
		free(copy);
	}
	for (size_t i = 0; i < 8; i++) {
		for (unsigned change = 1; change < 256; change++) {
			bytes[i] ^= (uint8_t)change;
			assert_int_equal(zipnn_file_check_header(bytes, 8),
					 i < 4 ? ZIPNN_ERROR_MAGIC : ZIPNN_ERROR_VERSION);
			bytes[i] ^= (uint8_t)change;
		}
	}
	/* What is no zipnn file is said to be none, however short. */
	assert_int_equal(zipnn_file_check_header((const uint8_t *)"\x28\xb5\x2f\xfd", 4),
			 ZIPNN_ERROR_MAGIC);
}

static void end_mark(void **state)
{
	static const uint8_t expected[8] = {15, 0, 0, 0, 0, 0, 0, 0};
	uint8_t bytes[ZIPNN_FILE_END_MARK_SIZE];

	(void)state;
	zipnn_file_write_end_mark(bytes);
	assert_memory_equal(bytes, expected, 8);
	assert_int_equal(zipnn_file_is_end_mark(bytes), 1);
	for (size_t i = 0; i < 8; i++) {
		for (unsigned change = 1; change < 256; change++) {
			int is_other_layout = i == 0 && (change & 15) != 0;

			bytes[i] ^= (uint8_t)change;
			assert_int_equal(zipnn_file_is_end_mark(bytes),
					 is_other_layout ? 0 : ZIPNN_ERROR_CORRUPT);
			bytes[i] ^= (uint8_t)change;
		}
	}
}

static void footer_bytes(void **state)
{
	struct tail tail;
	struct zipnn_file_footer footer;

	(void)state;
	make_tail(&tail);
	assert_int_equal(zipnn_load64(tail.footer), CHUNKS);
	assert_int_equal(zipnn_load64(tail.footer + 8), CHUNKS * CHUNK_SIZE);
	assert_int_equal(zipnn_load32(tail.footer + 16),
			 zipnn_crc32c_two(tail.table, TABLE_SIZE, tail.footer, 16));
	assert_memory_equal(tail.footer + 20, "ZNNE", 4);
	assert_int_equal(zipnn_file_parse_footer(&footer, tail.footer), 0);
	assert_int_equal(footer.chunk_count, CHUNKS);
	assert_int_equal(footer.raw_size, CHUNKS * CHUNK_SIZE);
	assert_int_equal(footer.crc, zipnn_load32(tail.footer + 16));
}

static void entries(void **state)
{
	struct tail tail;

	(void)state;
	make_tail(&tail);
	for (unsigned i = 0; i < CHUNKS; i++) {
		const uint8_t *entry =
		    tail.table + ZIPNN_FILE_END_MARK_SIZE + (size_t)i * ZIPNN_FILE_ENTRY_SIZE;
		struct zipnn_chunk_info info;

		assert_int_equal(zipnn_file_parse_entry(&info, entry), 0);
		assert_int_equal(info.layout.id, tail.infos[i].layout.id);
		assert_int_equal(info.layout.phase, tail.infos[i].layout.phase);
		assert_int_equal(info.has_crc, 1);
		assert_int_equal(info.crc, tail.infos[i].crc);
		assert_int_equal(info.raw_size, CHUNK_SIZE);
		assert_int_equal(info.coded_size, tail.infos[i].coded_size);
	}
	assert_int_equal(tail.infos[0].layout.id, ZIPNN_LAYOUT_FP32);
	assert_int_equal(tail.infos[1].layout.id, ZIPNN_LAYOUT_STORED);
}

static void check_entry(const uint8_t header_bytes[8], uint32_t coded_size, int64_t expected)
{
	uint8_t entry[ZIPNN_FILE_ENTRY_SIZE];
	struct zipnn_chunk_info info;

	memcpy(entry, header_bytes, 8);
	zipnn_store32(entry + 8, coded_size);
	int64_t result = zipnn_file_parse_entry(&info, entry);

	if (result != expected)
		fail_msg("layout byte %02x, raw %u, coded %u: %s, expected %s", header_bytes[0],
			 zipnn_load24(header_bytes + 1), coded_size, zipnn_error_name(result),
			 zipnn_error_name(expected));
}

static void entries_that_no_chunk_can_have(void **state)
{
	uint8_t bytes[8] = {ZIPNN_LAYOUT_STORED, 100, 0, 0, 0, 0, 0, 0};

	(void)state;
	/* A stored chunk has one size. */
	check_entry(bytes, 108, 0);
	check_entry(bytes, 107, ZIPNN_ERROR_CORRUPT);
	check_entry(bytes, 109, ZIPNN_ERROR_CORRUPT);
	check_entry(bytes, 0, ZIPNN_ERROR_CORRUPT);
	check_entry(bytes, UINT32_MAX, ZIPNN_ERROR_CORRUPT);
	/* Four planes: prefix of 24, then at most the raw bytes. */
	bytes[0] = ZIPNN_LAYOUT_FP32 | 3 << 4;
	check_entry(bytes, 24 + 100, 0);
	check_entry(bytes, 24 + 101, ZIPNN_ERROR_CORRUPT);
	check_entry(bytes, 24 + 4, 0);
	check_entry(bytes, 24 + 3, ZIPNN_ERROR_CORRUPT); /* each plane has a byte */
	check_entry(bytes, 23, ZIPNN_ERROR_CORRUPT);
	/* A phase that is not below the element size, or that leaves no element. */
	bytes[0] = ZIPNN_LAYOUT_FP32 | 4 << 4;
	check_entry(bytes, 100, ZIPNN_ERROR_CORRUPT);
	bytes[0] = ZIPNN_LAYOUT_FP32 | 3 << 4;
	bytes[1] = 6;
	check_entry(bytes, 30, ZIPNN_ERROR_CORRUPT);
	bytes[1] = 100;
	/* No chunk at all. */
	bytes[0] = ZIPNN_LAYOUT_END;
	check_entry(bytes, 100, ZIPNN_ERROR_CORRUPT);
	for (unsigned id = ZIPNN_LAYOUT_COUNT; id < ZIPNN_LAYOUT_END; id++) {
		bytes[0] = (uint8_t)id;
		check_entry(bytes, 100, ZIPNN_ERROR_VERSION);
	}
	bytes[0] = ZIPNN_LAYOUT_STORED;
	bytes[1] = 0;
	check_entry(bytes, 8, ZIPNN_ERROR_CORRUPT);
	bytes[1] = 100;
	bytes[7] = 1; /* a CRC that is not announced */
	check_entry(bytes, 108, ZIPNN_ERROR_CORRUPT);
}

static void every_change_of_table_or_footer_is_found(void **state)
{
	struct tail tail;

	(void)state;
	make_tail(&tail);
	assert_int_equal(check_tail(tail.table, TABLE_SIZE, tail.footer), 0);
	for (size_t i = 0; i < TABLE_SIZE + ZIPNN_FILE_FOOTER_SIZE; i++) {
		uint8_t *byte = i < TABLE_SIZE ? &tail.table[i] : &tail.footer[i - TABLE_SIZE];

		for (unsigned change = 1; change < 256; change++) {
			*byte ^= (uint8_t)change;
			assert_int_equal(check_tail(tail.table, TABLE_SIZE, tail.footer),
					 i < TABLE_SIZE + 20 ? ZIPNN_ERROR_CHECKSUM
							     : ZIPNN_ERROR_TRUNCATED);
			*byte ^= (uint8_t)change;
		}
	}
	for (size_t size = 0; size < TABLE_SIZE; size++) {
		uint8_t *copy = exact_copy(tail.table, size);

		assert_int_equal(check_tail(copy, size, tail.footer), ZIPNN_ERROR_CHECKSUM);
		free(copy);
	}
}

static void forged_tables_are_found(void **state)
{
	const uint64_t raw_size = CHUNKS * CHUNK_SIZE;
	struct tail tail;
	uint8_t table[TABLE_SIZE + 1];

	(void)state;
	make_tail(&tail);
	memcpy(table, tail.table, TABLE_SIZE);
	table[TABLE_SIZE] = 0;
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS, raw_size), 0);
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS + 1, raw_size),
			 ZIPNN_ERROR_CORRUPT);
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, UINT64_MAX, raw_size),
			 ZIPNN_ERROR_CORRUPT);
	/* 12 times this number is 36 again, modulo 2^64. */
	assert_int_equal(
	    check_forged_tail(table, TABLE_SIZE, CHUNKS + (UINT64_C(1) << 62), raw_size),
	    ZIPNN_ERROR_CORRUPT);
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS, raw_size + 1),
			 ZIPNN_ERROR_CORRUPT);
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS, 0), ZIPNN_ERROR_CORRUPT);
	for (size_t size = 0; size <= TABLE_SIZE + 1; size++) {
		if (size != TABLE_SIZE)
			assert_int_equal(check_forged_tail(table, size, CHUNKS, raw_size),
					 ZIPNN_ERROR_CORRUPT);
	}
	table[0] = 0; /* no end mark */
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS, raw_size),
			 ZIPNN_ERROR_CORRUPT);
	table[0] = ZIPNN_LAYOUT_END;
	table[ZIPNN_FILE_END_MARK_SIZE] = 9; /* a layout of the future */
	assert_int_equal(check_forged_tail(table, TABLE_SIZE, CHUNKS, raw_size),
			 ZIPNN_ERROR_VERSION);
}

static void an_empty_file(void **state)
{
	uint8_t table[ZIPNN_FILE_END_MARK_SIZE];

	(void)state;
	zipnn_file_write_end_mark(table);
	assert_int_equal(check_forged_tail(table, sizeof(table), 0, 0), 0);
	assert_int_equal(check_forged_tail(table, sizeof(table), 1, 0), ZIPNN_ERROR_CORRUPT);
	assert_int_equal(check_forged_tail(table, sizeof(table), 0, 1), ZIPNN_ERROR_CORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header),
	    cmocka_unit_test(end_mark),
	    cmocka_unit_test(footer_bytes),
	    cmocka_unit_test(entries),
	    cmocka_unit_test(entries_that_no_chunk_can_have),
	    cmocka_unit_test(every_change_of_table_or_footer_is_found),
	    cmocka_unit_test(forged_tables_are_found),
	    cmocka_unit_test(an_empty_file),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
