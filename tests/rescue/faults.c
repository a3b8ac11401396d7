// SPDX-License-Identifier: BSD-3-Clause
/*
 * Makes system calls of rescue fail on demand: test_rescue.py loads it with LD_PRELOAD. What it is
 * for is disks that fail, and those cannot be had otherwise.
 *
 * FAULT_SECTOR=FROM:TO are the bytes of any file that cannot be read. FAULT_FSYNC and FAULT_LINK
 * hold the errno to fail with. FAULT_SHORT is the number of bytes that a read or write does at
 * most, after it was interrupted once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fault(const char *variable)
{
	const char *value = getenv(variable);

	return value == NULL ? 0 : atoi(value);
}

/* 0: the call is interrupted. */
static size_t shortened(size_t size)
{
	static int calls;
	size_t most = (size_t)fault("FAULT_SHORT");

	if (most == 0 || size == 0)
		return size;
	errno = EINTR;
	return calls++ % 2 == 0 ? 0 : size < most ? size : most;
}

ssize_t pread64(int fd, void *data, size_t size, off64_t at)
{
	ssize_t (*next)(int, void *, size_t, off64_t);
	const char *sector = getenv("FAULT_SECTOR");
	int64_t from, to;
	size_t part = shortened(size);

	if (part == 0 && size > 0)
		return -1;
	if (sector != NULL && sscanf(sector, "%" SCNd64 ":%" SCNd64, &from, &to) == 2 && at < to &&
	    at + (off64_t)part > from) {
		/* A disk gives what is before the sector. */
		if (at >= from) {
			errno = EIO;
			return -1;
		}
		part = (size_t)(from - at);
	}
	*(void **)&next = dlsym(RTLD_NEXT, "pread64");
	return next(fd, data, part, at);
}

ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t (*next)(int, const void *, size_t);
	size_t part = shortened(size);

	if (part == 0 && size > 0)
		return -1;
	*(void **)&next = dlsym(RTLD_NEXT, "write");
	return next(fd, data, part);
}

int fsync(int fd)
{
	int (*next)(int);

	errno = fault("FAULT_FSYNC");
	if (errno != 0)
		return -1;
	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	return next(fd);
}

int link(const char *from, const char *to)
{
	int (*next)(const char *, const char *);

	errno = fault("FAULT_LINK");
	if (errno != 0)
		return -1;
	*(void **)&next = dlsym(RTLD_NEXT, "link");
	return next(from, to);
}
