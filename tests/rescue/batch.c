// SPDX-License-Identifier: BSD-3-Clause
/*
 * rescue.c for test_rescue.py: many blobs and files in one process, which sanitizers watch. What a
 * process for each would cost goes into more of them.
 *
 * stdin: requests of u32 holes (0 or 1), u32 size, the bytes. stdout: for each u32 status (the exit
 * status that rescue would have), u32 size, the raw bytes. Numbers are little endian.
 */
#define main rescue_main
#include "rescue.c"
#undef main

static void stop(const char *reason)
{
	fprintf(stderr, "rescue_batch: %s\n", reason);
	exit(99);
}

/* An empty file without a name. */
static int scratch_file(void)
{
	FILE *file = tmpfile();

	if (file == NULL)
		stop("no temporary file");
	return fileno(file);
}

static void answer(struct job *j)
{
	uint8_t head[8];
	uint32_t status = !decode(j) ? 1 : j->damages > 0 ? 2 : 0;
	uint8_t *raw = room(&raw_bytes, (size_t)j->raw);

	/* What a refused input leaves in the output, rescue throws away. */
	if (status == 1)
		j->raw = 0;
	store(head, status, 4);
	store(head + 4, j->raw, 4);
	if (pread(j->fd_to, raw, (size_t)j->raw, 0) != (ssize_t)j->raw ||
	    fwrite(head, 1, 8, stdout) != 8 ||
	    fwrite(raw, 1, (size_t)j->raw, stdout) != (size_t)j->raw || fflush(stdout) != 0)
		stop("cannot answer");
}

int main(void)
{
	struct job j = {
	    .name = "input", .to = "output", .fd = scratch_file(), .fd_to = scratch_file()};
	static uint8_t *request;
	uint8_t head[8];

	while (fread(head, 1, 8, stdin) == 8) {
		struct job one = j;

		one.holes = load(head, 4) == 1;
		one.size = load(head + 4, 4);
		if (fread(room(&request, (size_t)one.size), 1, (size_t)one.size, stdin) !=
			one.size ||
		    ftruncate(one.fd, 0) != 0 || ftruncate(one.fd_to, 0) != 0 ||
		    lseek(one.fd_to, 0, SEEK_SET) != 0 ||
		    pwrite(one.fd, request, (size_t)one.size, 0) != (ssize_t)one.size)
			stop("cannot take the request");
		answer(&one);
	}
	free(request);
	free(coded_bytes);
	free(plane_bytes);
	free(raw_bytes);
	return 0;
}
