// SPDX-License-Identifier: BSD-3-Clause
/* What disks, networks, people and attackers do to bytes. */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crc.h"
#include "frame/file.h"
#include "sweep.h"

/* Where one file is cut and another one goes on: at most so many places of a kind. */
#define MOST_CUTS 20u

static void start_anew(struct sweep *sweep)
{
	memcpy(sweep->work, sweep->golden->bytes, sweep->golden->size);
}

static void flip_bits(struct sweep *sweep)
{
	const size_t size = sweep->golden->size;

	start_anew(sweep);
	for (size_t at = 0; at < size; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			if (!sweep_chooses(sweep, at, bit))
				continue;
			sweep->work[at] ^= (uint8_t)(1u << bit);
			sweep_try(sweep, sweep->work, size);
			sweep->work[at] ^= (uint8_t)(1u << bit);
		}
	}
}

static void set_bytes(struct sweep *sweep, uint8_t value)
{
	const struct golden *golden = sweep->golden;

	start_anew(sweep);
	for (size_t at = 0; at < golden->size; at++) {
		if (golden->bytes[at] == value || !sweep_chooses(sweep, at, value))
			continue;
		sweep->work[at] = value;
		sweep_try(sweep, sweep->work, golden->size);
		sweep->work[at] = golden->bytes[at];
	}
}

static void set_to_0(struct sweep *sweep)
{
	set_bytes(sweep, 0);
}

static void set_to_255(struct sweep *sweep)
{
	set_bytes(sweep, 255);
}

static void truncate_everywhere(struct sweep *sweep)
{
	for (size_t size = 0; size < sweep->golden->size; size++) {
		if (sweep_chooses(sweep, size, 0))
			sweep_try(sweep, sweep->golden->bytes, size);
	}
}

static void append_piece(struct sweep *sweep, const uint8_t *piece, size_t size, size_t detail)
{
	if (!sweep_chooses(sweep, sweep->golden->size, detail))
		return;
	start_anew(sweep);
	memcpy(sweep->work + sweep->golden->size, piece, size);
	sweep_try(sweep, sweep->work, sweep->golden->size + size);
}

/* Each byte; zeros, as a file system leaves; each section once more; all of it. */
static void append(struct sweep *sweep)
{
	static const uint8_t zeros[MOST_APPENDED];
	const struct golden *golden = sweep->golden;

	for (unsigned value = 0; value < 256; value++) {
		const uint8_t byte = (uint8_t)value;

		append_piece(sweep, &byte, 1, value);
	}
	for (size_t size = 2; size <= sizeof(zeros); size += size < 64 ? 1 : size)
		append_piece(sweep, zeros, size, size);
	for (size_t i = 0; i < golden->section_count; i++) {
		const size_t from = golden->sections[i];

		append_piece(sweep, golden->bytes + from, golden->sections[i + 1] - from, i);
	}
	append_piece(sweep, golden->bytes, golden->size, golden->size);
}

/* The sections in another order, some of them twice or not at all. */
static void arrange(struct sweep *sweep, const size_t order[], size_t count)
{
	const struct golden *golden = sweep->golden;
	size_t size = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t from = golden->sections[order[i]];
		const size_t length = golden->sections[order[i] + 1] - from;

		memcpy(sweep->work + size, golden->bytes + from, length);
		size += length;
	}
	if (size != golden->size || memcmp(sweep->work, golden->bytes, size) != 0)
		sweep_try(sweep, sweep->work, size);
}

static void swap_sections(struct sweep *sweep)
{
	const size_t count = sweep->golden->section_count;
	size_t *order = allocate(count * sizeof(*order));

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = i + 1; k < count; k++) {
			if (!sweep_chooses(sweep, i, k))
				continue;
			order[i] = k;
			order[k] = i;
			arrange(sweep, order, count);
			order[i] = i;
			order[k] = k;
		}
	}
	free(order);
}

/* A run of sections, from the first on, is there `times` times. */
static void repeat_run(struct sweep *sweep, size_t first, size_t length, unsigned times)
{
	const size_t count = sweep->golden->section_count;
	size_t *order = allocate((count + length) * sizeof(*order));
	size_t n = 0;

	for (size_t i = 0; i < first; i++)
		order[n++] = i;
	for (unsigned k = 0; k < times; k++) {
		for (size_t i = first; i < first + length; i++)
			order[n++] = i;
	}
	for (size_t i = first + length; i < count; i++)
		order[n++] = i;
	arrange(sweep, order, n);
	free(order);
}

static void repeat_or_drop(struct sweep *sweep, unsigned times)
{
	const size_t count = sweep->golden->section_count;

	for (size_t length = 1; length <= count; length *= 2) {
		for (size_t first = 0; first + length <= count; first++) {
			if (sweep_chooses(sweep, first, length))
				repeat_run(sweep, first, length, times);
		}
	}
}

static void repeat_sections(struct sweep *sweep)
{
	repeat_or_drop(sweep, 2);
}

static void drop_sections(struct sweep *sweep)
{
	repeat_or_drop(sweep, 0);
}

/* Where to cut: between sections, at the magic, and at even distances. Returns how many. */
static size_t find_cuts(const struct golden *golden, size_t cuts[2 * MOST_CUTS + 2])
{
	const size_t sections = golden->section_count;
	const size_t step = sections / MOST_CUTS + 1;
	size_t count = 0;

	for (size_t i = 1; i < sections; i += step)
		cuts[count++] = golden->sections[i];
	cuts[count++] = golden->size < 4 ? golden->size : 4;
	for (size_t i = 0; i <= MOST_CUTS; i++)
		cuts[count++] = golden->size * i / MOST_CUTS;
	return count;
}

/* The head of one file, before `head`, and the tail of another, from `tail` on. */
static void join(struct sweep *sweep, size_t head, size_t tail)
{
	const struct golden *other = sweep->other;

	if ((sweep->golden == other && head == tail) || !sweep_chooses(sweep, head, tail))
		return;
	memcpy(sweep->work, sweep->golden->bytes, head);
	memcpy(sweep->work + head, other->bytes + tail, other->size - tail);
	sweep_try(sweep, sweep->work, head + other->size - tail);
}

/* The tail begins where the head ended, so far from its end as that was, or at its own cuts. */
static void splice(struct sweep *sweep)
{
	size_t heads[2 * MOST_CUTS + 2];
	size_t tails[2 * MOST_CUTS + 2];
	const size_t head_count = find_cuts(sweep->golden, heads);
	const size_t tail_count = find_cuts(sweep->other, tails);
	const size_t other_size = sweep->other->size;

	for (size_t i = 0; i < head_count; i++) {
		const size_t missing = sweep->golden->size - heads[i];

		if (heads[i] <= other_size)
			join(sweep, heads[i], heads[i]);
		if (missing <= other_size)
			join(sweep, heads[i], other_size - missing);
		for (size_t k = i % 4; k < tail_count; k += 4)
			join(sweep, heads[i], tails[k]);
	}
}

static void forge(struct sweep *sweep, size_t end_mark, size_t at, uint8_t value)
{
	const size_t size = sweep->golden->size;
	const size_t footer = size - ZIPNN_FILE_FOOTER_SIZE;
	const uint8_t before = sweep->work[at];
	uint8_t *bytes = sweep->work;

	sweep->work[at] = value;
	zipnn_file_write_footer(bytes + footer, zipnn_load64(bytes + footer),
				zipnn_load64(bytes + footer + 8), bytes + end_mark,
				footer - end_mark);
	sweep_try(sweep, bytes, size);
	sweep->work[at] = before;
}

/* Each bit and byte of the seek table and of the numbers in the footer, with a CRC that fits. */
static void forge_tables(struct sweep *sweep)
{
	const struct golden *golden = sweep->golden;
	const size_t end_mark = golden->sections[1 + golden->chunk_count];

	if (!golden->is_file)
		return;
	start_anew(sweep);
	for (size_t at = end_mark; at < golden->size - 8; at++) {
		for (unsigned i = 0; i < 10; i++) {
			const uint8_t before = golden->bytes[at];
			const uint8_t ends = i == 8 ? 0 : 255;
			const uint8_t value = (uint8_t)(i < 8 ? before ^ 1u << i : ends);

			if (value != before && sweep_chooses(sweep, at, i))
				forge(sweep, end_mark, at, value);
		}
	}
}

const struct damage damages[] = {
    {"a bit flipped", 1, false, false, flip_bits},
    {"a byte set to 0", 1, false, false, set_to_0},
    {"a byte set to 255", 1, false, false, set_to_255},
    {"truncated", 1, true, false, truncate_everywhere},
    {"bytes appended", 40, true, false, append},
    {"sections swapped", 20, false, false, swap_sections},
    {"sections repeated", 100, false, false, repeat_sections},
    {"sections dropped", 100, false, false, drop_sections},
    {"two files spliced", 5, false, true, splice},
    {"seek table forged", 20, false, false, forge_tables},
};

const size_t damage_count = sizeof(damages) / sizeof(damages[0]);
