// SPDX-License-Identifier: BSD-3-Clause
/*
 * rescue: gets the bytes back out of zipnn data when zipnn itself is gone, does not build any more
 * or is not trusted. One file that needs only libc and libzstd:
 *
 *	cc -O2 -o rescue rescue.c -lzstd && ./rescue --help
 *
 * It is a second decoder, written from src/FORMAT.md alone ("section" below is one of that page),
 * plain rather than fast. All input is hostile: every length is checked before it is used; memory
 *is bounded by the longest chunk (three times 16 MiB) or, for a zstd blob, by ZSTD_BLOB_LIMIT. What
 * breaks a must() returns to the latest attempt(). Output gets its name when complete and on disk.
 */
#define _FILE_OFFSET_BITS 64
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

/* Bytes of a zstd blob, coded or raw: it is decoded as a whole. The format's own is 4 GiB. */
#define ZSTD_BLOB_LIMIT (1u << 30)

static const uint8_t zstd_magic[4] = {0x28, 0xB5, 0x2F, 0xFD};
static const uint8_t blob_magic[4] = {'Z', 'N', 'N', 1};
static const uint8_t file_header[8] = {'Z', 'N', 'N', 'F', 1};
static const uint8_t footer_magic[4] = {'Z', 'N', 'N', 'E'};
static const uint8_t end_mark[8] = {15};
enum { CHUNK_HEADER = 8, MAX_PLANES = 8, TABLE_ENTRY = 12, FOOTER = 24 };

/* ---------------------------------------------------------------- errors and memory */

struct job;

/* Why the data is refused, at which offset of the file or blob, and who wants to know. */
static struct {
	uint64_t offset;
	char reason[160];
	jmp_buf *catcher;
} fault;

/* Whether the step came to its end; if not, `fault` says why. */
static bool attempt(void (*step)(struct job *), struct job *j)
{
	jmp_buf end, *outer = fault.catcher;

	fault.catcher = &end;
	if (setjmp(end) != 0) {
		fault.catcher = outer;
		return false;
	}
	step(j);
	fault.catcher = outer;
	return true;
}

__attribute__((format(printf, 2, 3))) static _Noreturn void fail(uint64_t offset,
								 const char *format, ...)
{
	va_list arguments;

	fault.offset = offset;
	va_start(arguments, format);
	vsnprintf(fault.reason, sizeof(fault.reason), format, arguments);
	va_end(arguments);
	longjmp(*fault.catcher, 1);
}

/* A must of the page: what has to be true, the offset that it is about, why it is not. */
#define must(kept, ...) ((kept) ? (void)0 : fail(__VA_ARGS__))

/* The file being written, "" without one: it must not stay when the program ends early. */
static char temporary[4096];

static void clean_up(int signal_number)
{
	if (temporary[0] != '\0')
		unlink(temporary);
	_exit(128 + signal_number);
}

/* For what is not the data's fault. */
static _Noreturn void fatal(const char *name, const char *reason)
{
	fprintf(stderr, "rescue: %s: %s; given up\n", name, reason);
	if (temporary[0] != '\0')
		unlink(temporary);
	exit(1);
}

static uint8_t *coded_bytes, *plane_bytes, *raw_bytes;

/* Memory of just that size, in the place of what *p had. */
static uint8_t *room(uint8_t **p, size_t size)
{
	free(*p);
	*p = malloc(size > 0 ? size : 1);
	if (*p == NULL)
		fatal("memory", "not enough");
	return *p;
}

/* ---------------------------------------------------------------- bytes and bits: section 1 */

static uint64_t load64(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | p[bytes];
	return value;
}

static uint32_t load(const uint8_t *p, unsigned bytes)
{
	return (uint32_t)load64(p, bytes);
}

static void store(uint8_t *p, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

/* Goes on from the CRC of the bytes before; 0 at first. */
static uint32_t crc32c(uint32_t crc, const uint8_t *data, size_t size)
{
	static uint32_t table[256];

	for (uint32_t i = 0; i < 256 && table[255] == 0; i++) {
		table[i] = i;
		for (unsigned bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82F63B78u : 0);
	}
	crc = ~crc;
	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ data[i]) & 0xFF];
	return ~crc;
}

/* Bytes that are read from front to back, and never past their end. */
struct reader {
	const uint8_t *data;
	size_t size, at;
	unsigned bits; /* of the byte before `at`: those not yet taken */
	uint64_t base; /* where data lies in the file or blob */
};

static uint64_t here(const struct reader *r)
{
	return r->base + r->at;
}

/* The next bytes. What is left of a byte of a bit string is skipped. */
static const uint8_t *take(struct reader *r, size_t count, const char *what)
{
	size_t left = r->size - r->at;

	must(count <= left, here(r), "%s: %zu bytes, but %zu are left", what, count, left);
	r->bits = 0;
	r->at += count;
	return r->data + r->at - count;
}

/* The next bytes, as a reader of them alone. */
static struct reader take_part(struct reader *r, size_t count, const char *what)
{
	struct reader part = {.size = count, .base = here(r)};

	part.data = take(r, count, what);
	return part;
}

static uint32_t take_bits(struct reader *r, unsigned count)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		if (r->bits == 0) {
			take(r, 1, "bit string");
			r->bits = 8;
		}
		value |= (uint32_t)(r->data[r->at - 1] >> (8 - r->bits--) & 1) << i;
	}
	return value;
}

/* Sections 3.3, 4.1: the magnitude in one bits, a zero bit, the sign. */
static int take_difference(struct reader *r, int most)
{
	int magnitude = 0;

	while (take_bits(r, 1) == 1)
		must(magnitude++ < most, here(r), "a difference of more than %d", most);
	return magnitude > 0 && take_bits(r, 1) == 1 ? -magnitude : magnitude;
}

/*
 * Section 4.1: the kept set, or the literal set, which has no bits for the values to skip. The
 * members, ascending; returns how many.
 */
static unsigned take_set(struct reader *r, const bool skip[256], uint8_t members[256])
{
	const uint8_t *head = take(r, 2, "set of values");
	unsigned value = head[0], span = head[1] + 1u, count = 0;

	must(!skip[value], here(r) - 2, "a literal set that begins with a kept value");
	for (unsigned i = 0; i < span; i++, value++) {
		while (value < 256 && skip[value])
			value++;
		must(value < 256, here(r), "a set of more values than there are");
		if (take_bits(r, 1) == 1)
			members[count++] = (uint8_t)value;
		else
			must(i > 0 && i < span - 1, here(r), "a set without its first or last");
	}
	r->bits = 0;
	return count;
}

/* ---------------------------------------------------------------- coder rans: section 3.3 */

struct rans {
	uint32_t frequency[256], start[256];
	uint8_t value[4096]; /* by slot */
};

static void take_frequencies(struct reader *r, struct rans *code)
{
	static const bool none[256];
	uint8_t kept[256];
	unsigned count = take_set(r, none, kept), sum = 0;
	int bits = 6;

	for (unsigned i = 0; i < count; i++) {
		uint32_t frequency;

		bits += take_difference(r, 12);
		must(bits >= 1 && bits <= 13, here(r), "a frequency of %d bits", bits);
		frequency = 1u << (bits - 1) | take_bits(r, (unsigned)bits - 1);
		must(frequency <= 4096 - sum, here(r), "frequencies of more than 4096");
		code->frequency[kept[i]] = frequency;
		code->start[kept[i]] = sum;
		memset(code->value + sum, kept[i], frequency);
		sum += frequency;
	}
	must(sum == 4096, here(r), "frequencies of %u, not 4096", sum);
}

/* Returns the number of values. */
static uint32_t decode_rans_segment(struct reader *r, uint8_t *values, uint32_t left)
{
	const uint8_t *head = take(r, 6, "head of a rans segment"), *states;
	uint32_t count = load(head, 3), state[4];
	struct reader words;
	struct rans code;

	must(count > 0 && count <= left, here(r) - 6, "%u values, %u are left", count, left);
	take_frequencies(r, &code);
	states = take(r, 16, "states");
	for (unsigned i = 0; i < 4; i++) {
		state[i] = load(states + (size_t)4 * i, 4);
		must(state[i] >= 65536, here(r) - 16, "a state of %u", state[i]);
	}
	words = take_part(r, (size_t)2 * load(head + 3, 3), "words");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t x = state[i % 4], slot = x % 4096;
		uint8_t value = code.value[slot];

		values[i] = value;
		x = code.frequency[value] * (x / 4096) + slot - code.start[value];
		if (x < 65536)
			x = x << 16 | load(take(&words, 2, "next word"), 2);
		state[i % 4] = x;
	}
	for (unsigned i = 0; i < 4; i++)
		must(state[i] == 65536, here(r), "state %u ends with %u", i, state[i]);
	must(words.at == words.size, here(&words), "words that are not needed");
	return count;
}

/* ---------------------------------------------------------------- coder lanes: section 4 */

enum { ESCAPE = 256, BLOCK = 128, ROW = 64 };

struct lanes {
	unsigned raw_bits, symbols;
	bool escape, kept[256];
	uint16_t symbol[256];  /* by rank */
	uint8_t class_of[256]; /* by the low 8 bits of a window */
	uint8_t length[256];   /* by class */

	unsigned index_bits, members; /* of the literal set */
	uint8_t member[256];
	uint32_t literals; /* not yet taken */
	struct reader indices, raw_literals;

	/* Lane (j, l) is number 2 l + j here, as its values are in their row. */
	uint32_t window[ROW];
	unsigned missing[ROW];
	struct reader words[2];
};

/* Section 4.2. length_of: by symbol, 0 for those that there are not. */
static void make_classes(struct lanes *s, const uint8_t length_of[ESCAPE + 1], uint64_t at)
{
	unsigned per_class = 1u << s->raw_bits, rank = 0, x = 0;

	for (unsigned length = 1; length <= 8; length++) {
		for (unsigned symbol = 0; symbol <= ESCAPE; symbol++) {
			if (length_of[symbol] != length)
				continue;
			if (rank % per_class == 0)
				s->length[rank / per_class] = (uint8_t)length;
			must(s->length[rank / per_class] == length, at, "a class of two lengths");
			s->symbol[rank++] = (uint16_t)symbol;
		}
	}
	for (unsigned c = (rank + per_class - 1) / per_class; c-- > 0;) {
		unsigned end = x + (256u >> s->length[c]);

		for (; x < end; x++) {
			unsigned window = 0; /* has the bits of x in reverse */

			for (unsigned bit = 0; bit < 8; bit++)
				window |= (x >> bit & 1) << (7 - bit);
			s->class_of[window] = (uint8_t)c;
		}
	}
	must(x == 256, at, "codes for %u / 256", x);
}

/* Kept set and lengths. Narrow: section 4.4. */
static void take_code(struct reader *r, struct lanes *s, bool narrow)
{
	uint8_t kept[256], length_of[ESCAPE + 1] = {0};
	unsigned count = take_set(r, s->kept, kept), behind = 0;
	int length = 4;

	s->symbols = count + s->escape;
	must(s->symbols <= 256, here(r), "%u symbols", s->symbols);
	for (unsigned i = 0; i < s->symbols; i++) {
		length += take_difference(r, 7);
		must(length >= 1 && length <= 8 - narrow, here(r), "a code of length %d", length);
		length_of[i < count ? kept[i] : ESCAPE] = (uint8_t)length;
		behind += length > 4 ? 256u >> length : 0;
	}
	for (unsigned i = 0; i < count; i++)
		s->kept[kept[i]] = true;
	make_classes(s, length_of, here(r));
	must(!narrow || (s->escape && count <= 15 && (behind == 0 || behind == 16)), here(r),
	     "no narrow code");
}

static void take_windows(struct reader *r, struct lanes *s)
{
	const uint8_t *missing = take(r, 32, "missing bits"), *low = take(r, 128, "windows");

	for (unsigned i = 0; i < 64; i++, low += 2) {
		unsigned group = i / 32, l = i % 32, lane = 2 * l + group;

		s->missing[lane] = missing[l] >> 4 * group & 15;
		s->window[lane] = take_bits(r, 16 - s->missing[lane]) << 16 | load(low, 2);
	}
}

static uint8_t next_literal(struct lanes *s)
{
	uint32_t index = take_bits(&s->indices, s->index_bits);

	must(s->literals-- > 0, here(&s->indices), "more escapes than literals");
	if (index == (1u << s->index_bits) - 1)
		return *take(&s->raw_literals, 1, "next raw literal");
	return index < s->members ? s->member[index] : 0;
}

/* raw: the row's u64 of raw bits. */
static void decode_row(struct lanes *s, const uint8_t *raw, uint8_t *values)
{
	for (unsigned v = 0; v < ROW; v++) {
		unsigned c = s->class_of[s->window[v] & 0xFF], rank = c << s->raw_bits;
		unsigned symbol = s->escape ? ESCAPE : 0;

		s->window[v] >>= s->length[c];
		s->missing[v] += s->length[c];
		for (unsigned k = 0; k < s->raw_bits; k++)
			rank |= (unsigned)(raw[8 * k + v / 8] >> v % 8 & 1) << k;
		if (rank < s->symbols)
			symbol = s->symbol[rank];
		values[v] = symbol == ESCAPE ? next_literal(s) : (uint8_t)symbol;
	}
}

static void refill(struct lanes *s)
{
	for (unsigned v = 0; v < ROW; v++) {
		if (s->missing[v] < 16)
			continue;
		s->missing[v] -= 16;
		s->window[v] |= load(take(&s->words[v % 2], 2, "next word"), 2)
				<< (16 - s->missing[v]);
	}
}

/* A segment of forms 2 to 5, behind its first two fields. */
static void decode_coded(struct reader *r, unsigned form, uint8_t *values, uint32_t count)
{
	unsigned raw_bits = (form & 7) > 3 ? (form & 7) - 3 : 0;
	struct lanes s = {.raw_bits = raw_bits, .escape = form & 0x40, .index_bits = form >> 3 & 7};
	const uint8_t *head = take(r, 9, "head of a coded segment"), *raw, *tail;
	uint32_t still = head[0], raw_literals = load(head + 3, 2), blocks = count / BLOCK;

	s.literals = load(head + 1, 2);
	must(still >= 2 && still <= 16, here(r) - 9, "%u blocks without refill", still);
	take_code(r, &s, (form & 7) == 2);
	if (s.index_bits > 0)
		s.members = take_set(r, s.kept, s.member);
	must(s.members < 1u << s.index_bits, here(r), "%u literals in the set", s.members);
	for (size_t group = 0; group < 2; group++)
		s.words[group] = take_part(r, 2 * load(head + 5 + 2 * group, 2), "words");
	take_windows(r, &s);
	s.indices = take_part(r, ((size_t)s.literals * s.index_bits + 7) / 8, "literal indices");
	s.raw_literals = take_part(r, raw_literals, "raw literals");
	raw = take(r, (size_t)16 * blocks * raw_bits, "raw bits");
	tail = take(r, count % BLOCK, "tail");
	for (uint32_t block = 0; block < blocks; block++) {
		for (unsigned row = 0; row < 2; row++, raw += 8 * raw_bits, values += ROW)
			decode_row(&s, raw, values);
		if (block + still < blocks)
			refill(&s);
	}
	memcpy(values, tail, count % BLOCK);
	for (unsigned group = 0; group < 2; group++)
		must(s.words[group].at == s.words[group].size, here(&s.words[group]),
		     "words that are not needed");
	must(s.literals == 0 && s.raw_literals.at == raw_literals, here(&s.raw_literals),
	     "literals that are not needed");
}

/* Returns the number of values. */
static uint32_t decode_lanes_segment(struct reader *r, uint8_t *values, uint32_t left)
{
	const uint8_t *head = take(r, 3, "head of a lanes segment");
	unsigned form = head[0], kind = form & 7;
	uint32_t count = load(head + 1, 2) + 1;

	must(count <= left, here(r) - 3, "%u values, %u are left", count, left);
	must(kind <= 5 && (form & 0x80) == 0 && (kind >= 2 || form == kind) &&
		 ((form & 0x38) == 0 || (form & 0x40) != 0),
	     here(r) - 3, "a segment of the unknown form %02x", form);
	if (kind == 0)
		memcpy(values, take(r, count, "segment"), count);
	else if (kind == 1)
		memset(values, *take(r, 1, "segment"), count);
	else
		decode_coded(r, form, values, count);
	return count;
}

/* ---------------------------------------------------------------- chunks: section 3 */

enum coder { STORED, CONSTANT, HUFFMAN, LANES, ZSTD, RANS, CODERS };

/* Section 3.1, by layout id: bytes of an element. Those of more than one are rotated. */
static const uint8_t element_size[] = {0, 1, 1, 2, 2, 4, 8};

struct chunk {
	unsigned layout, phase, planes;
	bool checked;
	uint32_t raw, crc;
	uint32_t coded;    /* bytes of the whole chunk */
	uint32_t elements; /* values of each plane */
	enum coder coder[MAX_PLANES];
	uint32_t length[MAX_PLANES]; /* coded */
};

/* The fields of the chunk header, and the plane descriptors. */
static struct chunk take_chunk_header(struct reader *r)
{
	uint64_t at = here(r);
	const uint8_t *p = take(r, CHUNK_HEADER, "chunk header");
	struct chunk c = {.layout = p[0] & 15, .phase = p[0] >> 4 & 7, .checked = p[0] & 0x80};
	unsigned size;

	c.raw = load(p + 1, 3);
	c.crc = load(p + 4, 4);
	must(c.layout < sizeof(element_size) && c.raw > 0, at,
	     "no chunk of version 1: layout %u, %u bytes", c.layout, c.raw);
	must(c.checked || c.crc == 0, at, "a chunk without CRC that has one");
	size = c.planes = element_size[c.layout];
	must(size > 0 ? c.phase < size && c.raw >= c.phase + size : c.phase == 0, at,
	     "phase %u: layout %u, %u bytes", c.phase, c.layout, c.raw);
	c.elements = size > 0 ? (c.raw - c.phase) / size : 0;
	c.coded = CHUNK_HEADER + 4 * size + c.raw - size * c.elements;
	for (unsigned k = 0; k < size; k++) {
		uint32_t descriptor = load(take(r, 4, "plane descriptor"), 4);
		uint32_t length = descriptor & 0xFFFFFF, coder = descriptor >> 24;

		must(coder < CODERS && length > 0 && length <= c.elements &&
			 (coder != STORED || length == c.elements) &&
			 (coder != CONSTANT || length == 1),
		     here(r) - 4, "plane of %u values: coder %u, %u bytes", c.elements, coder,
		     length);
		c.coder[k] = (enum coder)coder;
		c.length[k] = length;
		c.coded += length;
	}
	return c;
}

/* Section 2: one zstd frame that fills its place and gives exactly `size` bytes. */
static void decode_frame(const struct reader *r, uint8_t *to, size_t size)
{
	size_t result = ZSTD_findFrameCompressedSize(r->data, r->size);

	must(r->size >= 4 && memcmp(r->data, zstd_magic, 4) == 0, r->base, "no zstd frame");
	must(ZSTD_isError(result) || result == r->size, r->base + result, "bytes after the frame");
	if (!ZSTD_isError(result))
		result = ZSTD_decompress(to, size, r->data, r->size);
	must(!ZSTD_isError(result), r->base, "zstd frame: %s", ZSTD_getErrorName(result));
	must(result == size, r->base, "a zstd frame of %zu bytes, not %zu", result, size);
}

static void decode_plane(struct reader *r, enum coder coder, uint8_t *values, uint32_t count)
{
	if (coder == HUFFMAN || coder == ZSTD) {
		decode_frame(r, values, count);
	} else if (coder == STORED) {
		memcpy(values, r->data, count);
	} else if (coder == CONSTANT) {
		memset(values, r->data[0], count);
	} else {
		for (uint32_t i = 0; i < count;)
			i += coder == LANES ? decode_lanes_segment(r, values + i, count - i)
					    : decode_rans_segment(r, values + i, count - i);
		must(r->at == r->size, here(r), "bytes follow the last segment");
	}
}

/* Section 3.1: elements of their planes, which lie one after the other. */
static void merge(const struct chunk *c, const uint8_t *planes, uint8_t *raw)
{
	for (size_t i = 0; i < c->elements; i++, raw += c->planes) {
		uint64_t x = 0;

		for (size_t k = 0; k < c->planes; k++)
			x = x << 8 | planes[k * c->elements + i];
		if (c->planes > 1)
			x = x >> 1 | (x & 1) << (8 * c->planes - 1);
		store(raw, x, c->planes);
	}
}

/* r: the chunk. raw: room for its c->raw bytes. */
static void decode_chunk(struct reader *r, const struct chunk *c, uint64_t raw_offset, uint8_t *raw)
{
	uint8_t offset[8], *planes = room(&plane_bytes, c->raw);
	uint32_t inner = c->elements * c->planes, tail = c->raw - c->phase - inner, crc;

	take(r, CHUNK_HEADER + 4 * (size_t)c->planes, "chunk header");
	memcpy(raw, take(r, c->phase, "edge"), c->phase);
	memcpy(raw + c->phase + inner, take(r, tail, "edge or stored chunk"), tail);
	for (size_t k = c->planes; k-- > 0;) {
		struct reader payload = take_part(r, c->length[k], "payload");

		decode_plane(&payload, c->coder[k], planes + k * c->elements, c->elements);
	}
	merge(c, planes, raw + c->phase);
	store(offset, raw_offset, 8);
	crc = crc32c(crc32c(0, offset, 8), raw, c->raw);
	must(!c->checked || crc == c->crc, r->base, "checksum %08x, not %08x", crc, c->crc);
}

/* ---------------------------------------------------------------- input and output */

/* One file or blob on its way. */
struct job {
	const char *name, *to; /* of input and output */
	int fd, fd_to;         /* fd_to: -1 if nobody wants the output */
	bool to_file, force, holes;

	/* In the input. entry: of the chunk, in a sound seek table. */
	uint64_t size, at, end;  /* at: of the next chunk; end: of the chunks */
	uint64_t number, chunks; /* of the next chunk; by the footer, UINT64_MAX: not known */
	const uint8_t *entry;
	struct chunk chunk;
	uint8_t head[8];
	void (*decode)(struct job *);

	uint64_t raw, raw_end; /* raw bytes so far, and in all, if that is known */
	uint64_t lost;         /* of them, with --holes */
	unsigned damages;
};

/* Returns 0 or an errno. */
static int try_get(const struct job *j, uint64_t at, uint8_t *to, size_t size)
{
	while (size > 0) {
		ssize_t count = pread(j->fd, to, size, (off_t)at);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count < 0 ? errno : EIO; /* the file has shrunk */
		to += count;
		at += (uint64_t)count;
		size -= (size_t)count;
	}
	return 0;
}

static void get(const struct job *j, uint64_t at, uint8_t *to, size_t size)
{
	int error = at > j->size || size > j->size - at ? ENODATA : try_get(j, at, to, size);

	must(error != ENODATA, j->size, "ends inside what it announces");
	must(error == 0, at, "cannot be read: %s", strerror(error));
}

static void put(struct job *j, const uint8_t *data, size_t size)
{
	j->raw += size;
	while (j->fd_to >= 0 && size > 0) {
		ssize_t count = write(j->fd_to, data, size);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			fatal(j->to, strerror(errno));
		data += count;
		size -= (size_t)count;
	}
}

/* NULL, or why there is no output. */
static const char *open_output(struct job *j, const struct stat *source)
{
	struct stat there;

	if (!j->to_file)
		return NULL;
	if (lstat(j->to, &there) == 0) {
		if (there.st_dev == source->st_dev && there.st_ino == source->st_ino)
			return "is the input; -o names another output";
		if (!j->force)
			return "exists; -f overwrites it, -o names another output";
		if (!S_ISREG(there.st_mode))
			return "exists and is no regular file; use -c and a redirection";
	}
	snprintf(temporary, sizeof(temporary), "%s.partial-XXXXXX", j->to);
	j->fd_to = mkstemp(temporary);
	if (j->fd_to < 0)
		temporary[0] = '\0';
	return j->fd_to < 0 ? strerror(errno) : NULL;
}

/* If it is worth it: to disk, and then under its name. */
static void close_output(const struct job *j, bool keep, mode_t mode)
{
	if (!j->to_file)
		return;
	if (keep) {
		if (fchmod(j->fd_to, mode & 0666) != 0 || (fsync(j->fd_to) != 0 && errno != EINVAL))
			fatal(j->to, strerror(errno));
		/* link(), unlike rename(), replaces nothing; some file systems do not have it. */
		if ((j->force ? rename(temporary, j->to) : link(temporary, j->to)) != 0 &&
		    (errno == EEXIST || access(j->to, F_OK) == 0 || rename(temporary, j->to) != 0))
			fatal(j->to, strerror(errno));
	}
	close(j->fd_to);
	unlink(temporary);
	temporary[0] = '\0';
}

/* ---------------------------------------------------------------- containers: sections 2, 6 */

/* With --holes: tells of damage that does not end the job. */
static void report(struct job *j, const char *what, const char *reason)
{
	j->damages++;
	fprintf(stderr, "rescue: %s: %s (offset %" PRIu64 ": %s)\n", j->name, what, fault.offset,
		reason);
}

static void lose(struct job *j, uint64_t raw)
{
	static const uint8_t zeros[65536];
	char what[100];

	snprintf(what, sizeof(what), "lost: raw bytes %" PRIu64 " to %" PRIu64, j->raw,
		 j->raw + raw - 1);
	report(j, what, fault.reason);
	j->lost += raw;
	for (; raw > sizeof(zeros); raw -= sizeof(zeros))
		put(j, zeros, sizeof(zeros));
	put(j, zeros, (size_t)raw);
}

/* To j->chunk. With --holes the seek table, which has a CRC, counts more than the header. */
static void get_chunk_header(struct job *j)
{
	uint64_t left = j->end - j->at;
	uint8_t bytes[CHUNK_HEADER + 4 * MAX_PLANES];
	struct reader r = {.data = bytes, .base = j->at};
	struct chunk *c = &j->chunk;

	r.size = left < sizeof(bytes) ? (size_t)left : sizeof(bytes);
	get(j, j->at, bytes, r.size);
	if (j->entry != NULL && left >= CHUNK_HEADER) {
		must(j->holes || memcmp(bytes, j->entry, CHUNK_HEADER) == 0, j->at,
		     "the chunk header is not that of the seek table");
		memcpy(bytes, j->entry, CHUNK_HEADER);
	}
	*c = take_chunk_header(&r);
	must(c->raw <= j->raw_end - j->raw, j->at, "a chunk of %u raw bytes, %" PRIu64 " are left",
	     c->raw, j->raw_end - j->raw);
	must(c->coded <= left, j->at, "a chunk of %u bytes, %" PRIu64 " are left", c->coded, left);
	must(j->entry == NULL || load(j->entry + CHUNK_HEADER, 4) == c->coded, j->at,
	     "a chunk of %u bytes; not so by the seek table", c->coded);
}

/* From j->chunk to raw_bytes. */
static void get_chunk(struct job *j)
{
	struct reader r = {.data = room(&coded_bytes, j->chunk.coded), .base = j->at};

	r.size = j->chunk.coded;
	get(j, j->at, coded_bytes, r.size);
	decode_chunk(&r, &j->chunk, j->raw, room(&raw_bytes, j->chunk.raw));
	if (j->entry != NULL && memcmp(coded_bytes, j->entry, CHUNK_HEADER) != 0) {
		fault.offset = j->at;
		report(j, "a damaged chunk header; nothing lost", "the seek table has it, too");
	}
}

/* With --holes, one that cannot be decoded becomes zeros, if it is known where the next one is. */
static void next_chunk(struct job *j)
{
	struct chunk *c = &j->chunk;
	bool sized = attempt(get_chunk_header, j);

	if (sized && attempt(get_chunk, j)) {
		put(j, raw_bytes, c->raw);
	} else if (!j->holes || (!sized && j->entry == NULL)) {
		longjmp(*fault.catcher, 1);
	} else {
		if (!sized) {
			c->raw = load(j->entry + 1, 3);
			c->coded = load(j->entry + CHUNK_HEADER, 4);
		}
		must(c->coded <= j->end - j->at && c->raw <= j->raw_end - j->raw && c->raw > 0,
		     j->at, "the seek table contradicts itself");
		lose(j, c->raw);
	}
	j->at += c->coded;
	j->number++;
}

static void decode_chunk_blob(struct job *j)
{
	j->at = 8;
	j->end = j->size;
	while (j->raw < j->raw_end)
		next_chunk(j);
	must(j->at == j->end, j->at, "%" PRIu64 " bytes follow the last chunk", j->end - j->at);
}

static void decode_zstd_blob(struct job *j)
{
	struct reader r = {.base = 4};

	/* A block of zstd takes 3 bytes at least, and holds 2 MiB at most. */
	must(j->raw_end <= (j->size / 3 + 1) << 21, 0, "%" PRIu64 " raw bytes in so few",
	     j->raw_end);
	if (j->raw_end > ZSTD_BLOB_LIMIT || j->size > ZSTD_BLOB_LIMIT)
		j->decode = NULL;
	must(j->decode != NULL, 0,
	     "larger than ZSTD_BLOB_LIMIT in the source, which may be raised");
	r.size = (size_t)j->size - 4;
	r.data = room(&coded_bytes, r.size);
	get(j, 4, coded_bytes, r.size);
	decode_frame(&r, room(&raw_bytes, (size_t)j->raw_end), (size_t)j->raw_end);
	put(j, raw_bytes, (size_t)j->raw_end);
}

/* The footer, and the checksum of all from the end mark on. */
static void get_footer(struct job *j)
{
	uint8_t footer[FOOTER], bytes[4096];
	uint32_t crc = 0;

	must(j->size >= 40, j->size, "too short for a .znn file");
	get(j, j->size - FOOTER, footer, FOOTER);
	must(memcmp(footer + 20, footer_magic, 4) == 0, j->size - 4,
	     "no footer: the end is cut off, or something is appended");
	j->chunks = load64(footer, 8);
	j->raw_end = load64(footer + 8, 8);
	must(j->chunks <= (j->size - 40) / TABLE_ENTRY && j->raw_end <= j->chunks * 0xFFFFFF,
	     j->size - FOOTER, "the footer contradicts itself");
	j->end = j->size - FOOTER - j->chunks * TABLE_ENTRY - sizeof(end_mark);
	for (uint64_t at = j->end, part; at < j->size - 8; at += part) {
		part = j->size - 8 - at < sizeof(bytes) ? j->size - 8 - at : sizeof(bytes);
		get(j, at, bytes, (size_t)part);
		must(at > j->end || memcmp(bytes, end_mark, sizeof(end_mark)) == 0, at,
		     "no end mark where the footer says");
		crc = crc32c(crc, bytes, (size_t)part);
	}
	must(crc == load(footer + 16, 4), j->end, "the seek table's checksum is not %08x", crc);
}

/* Fills `entry` from the seek table; false at the end of the chunks. */
static bool get_entry(struct job *j, uint8_t entry[TABLE_ENTRY])
{
	if (j->chunks == UINT64_MAX) {
		get(j, j->at, entry, CHUNK_HEADER);
		return memcmp(entry, end_mark, CHUNK_HEADER) != 0;
	}
	if (j->number == j->chunks)
		return false;
	get(j, j->end + CHUNK_HEADER + j->number * TABLE_ENTRY, entry, TABLE_ENTRY);
	j->entry = entry;
	return true;
}

static void decode_file(struct job *j)
{
	uint8_t entry[TABLE_ENTRY];

	j->at = sizeof(file_header);
	if (memcmp(j->head, file_header, sizeof(file_header)) != 0) {
		must(j->holes, 0, "no .znn file of version 1");
		fault.offset = 0;
		report(j, "a damaged file header; nothing lost", "no .znn file of version 1");
	}
	if (!attempt(get_footer, j)) {
		if (!j->holes)
			longjmp(*fault.catcher, 1);
		report(j, "no sound seek table; chunks are read in a row", fault.reason);
		j->end = j->size;
		j->chunks = j->raw_end = UINT64_MAX;
	}
	while (get_entry(j, entry))
		next_chunk(j);
	must(j->chunks == UINT64_MAX || (j->at == j->end && j->raw == j->raw_end), j->at,
	     "the chunks end here, with %" PRIu64 " raw bytes; not so by the footer", j->raw);
}

/* Sets j->decode. */
static void identify(struct job *j)
{
	uint8_t tail[4] = {0};
	int error;

	must(j->size >= 8, 0, "too short for zipnn data");
	/* Where one end cannot be read the other may have a magic. */
	error = try_get(j, 0, j->head, 8);
	must(error == 0 || j->holes, 0, "cannot be read: %s", strerror(error));
	(void)try_get(j, j->size - 4, tail, 4);
	j->raw_end = load(j->head, 4);
	if (memcmp(j->head + 4, blob_magic, 4) == 0)
		j->decode = decode_chunk_blob;
	else if (memcmp(j->head + 4, zstd_magic, 4) == 0)
		j->decode = decode_zstd_blob;
	else if (memcmp(j->head, file_header, 4) == 0 || memcmp(tail, footer_magic, 4) == 0)
		j->decode = decode_file;
	must(j->decode != NULL, 0, "neither a .znn file nor a blob of zipnn or Ceph's zstd plugin");
}

/* False: the output is worth nothing, and `fault` says why. */
static bool decode(struct job *j)
{
	if (attempt(identify, j) && attempt(j->decode, j))
		return true;
	if (!j->holes || j->decode == NULL)
		return false;
	if (j->chunks == UINT64_MAX)
		report(j, "lost: all raw bytes behind those found, if any", fault.reason);
	else if (j->raw < j->raw_end)
		lose(j, j->raw_end - j->raw);
	else
		report(j, "nothing lost", fault.reason);
	return true;
}

/* ---------------------------------------------------------------- the program */

static const char help[] =
    "rescue: gets raw bytes back from zipnn data, without zipnn\n\n"
    "Usage: rescue [OPTIONS] FILE...\n\n"
    "FILE is a .znn file, or a blob as Ceph stores it (zipnn's or that of Ceph's zstd plugin,\n"
    "without BlueStore's header; osd_objects.py takes them from an OSD that is down): the bytes\n"
    "tell. X.znn becomes X, any other FILE becomes FILE.raw. FILE itself is never changed.\n\n"
    "  -o OUT      write to OUT (of one FILE)\n"
    "  -c          write to stdout; what came is whole only if the exit status is 0\n"
    "  -t          test: decode, compare checksums, write nothing\n"
    "  -f          overwrite what exists\n"
    "  --holes     go on behind damage: zeros for what is lost, and each lost range is named\n"
    "  -h, --help  this help\n\n"
    "Output gets its name when it is complete, its checksums are right and it is on disk. Until\n"
    "then it is called OUT.partial-*, which an error or Ctrl-C removes.\n\n"
    "Examples:\n"
    "  rescue model.safetensors.znn          writes model.safetensors, or nothing\n"
    "  rescue -t *.znn                       which of them are sound?\n"
    "  rescue --holes -o part model.znn      what can be had of a damaged file\n\n"
    "Exit: 0 all sound, 1 an error (nothing written), 2 written with --holes, but damaged.\n";

/* Returns the exit status of this file. */
static int rescue_file(struct job j, const char *name)
{
	bool znn = strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".znn") == 0, done;
	int stem = (int)(strlen(name) - (znn ? 4 : 0));
	const char *problem = NULL;
	char made[4096];
	struct stat source = {0};
	off_t size = -1;

	if (snprintf(made, sizeof(made), "%.*s%s", stem, name, znn ? "" : ".raw") >= 4096)
		fatal(name, "too long a name");
	j.name = name;
	j.to = j.to == NULL ? made : j.to;
	j.fd = open(name, O_RDONLY | O_CLOEXEC);
	if (j.fd < 0 || fstat(j.fd, &source) != 0)
		problem = strerror(errno);
	else if (S_ISDIR(source.st_mode) || (size = lseek(j.fd, 0, SEEK_END)) < 0)
		problem = "no file; save what a pipe gives in one";
	if (problem == NULL)
		problem = open_output(&j, &source);
	if (problem != NULL) {
		fprintf(stderr, "rescue: %s: %s\n", size < 0 ? name : j.to, problem);
		close(j.fd);
		return 1;
	}
	j.size = (uint64_t)size;
	done = decode(&j);
	close(j.fd);
	close_output(&j, done, source.st_mode);
	if (!done)
		fprintf(stderr, "rescue: %s: offset %" PRIu64 ", chunk %" PRIu64 ": %s\n%s\n", name,
			fault.offset, j.number, fault.reason,
			j.decode != NULL ? "rescue: nothing written; try another copy, or --holes"
					 : "rescue: nothing written; see rescue --help");
	else if (j.damages > 0)
		fprintf(stderr, "rescue: %s: damaged; lost %" PRIu64 " of %" PRIu64 " raw bytes\n",
			name, j.lost, j.raw);
	return !done ? 1 : j.damages > 0 ? 2 : 0;
}

int main(int argc, char **argv)
{
	static const struct option names[] = {{"holes", no_argument, NULL, 'H'},
					      {"help", no_argument, NULL, 'h'},
					      {NULL, 0, NULL, 0}};
	struct job j = {.to_file = true, .fd_to = -1};
	int option, worst = 0;

	while ((option = getopt_long(argc, argv, "o:ctfh", names, NULL)) != -1) {
		if (option == 'o') {
			j.to = optarg;
		} else if (option == 'c' || option == 't') {
			j.to_file = false;
			j.to = "stdout";
			j.fd_to = option == 'c' ? STDOUT_FILENO : -1;
		} else if (option == 'f') {
			j.force = true;
		} else if (option == 'H') {
			j.holes = true;
		} else if (option == 'h') {
			return fputs(help, stdout) < 0;
		} else {
			fatal("options", "rescue --help lists them");
		}
	}
	if (optind == argc || (j.to_file && j.to != NULL && argc - optind > 1))
		fatal("arguments", "name a FILE (just one with -o); rescue --help explains");
	signal(SIGINT, clean_up);
	signal(SIGTERM, clean_up);
	signal(SIGHUP, clean_up);
	for (int i = optind; i < argc; i++) {
		int status = rescue_file(j, argv[i]);

		/* An error of one file tells more than holes in another. */
		worst = status == 1 || worst == 1 ? 1 : status > worst ? status : worst;
	}
	return worst;
}
