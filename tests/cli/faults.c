// SPDX-License-Identifier: BSD-3-Clause
/*
 * Makes system calls fail on demand: test_cli.sh loads it into zipnn with LD_PRELOAD.
 *
 * A full disk may tell so only at fsync or close, a thread or a byte of memory may not be had: none
 * of these can be arranged from outside. Each FAULT_ variable names one call: FAULT_FSYNC,
 * FAULT_CLOSE, FAULT_FCHMOD and FAULT_RENAME hold the errno to fail with (close only of descriptors
 * above 2), FAULT_THREADS the number of threads that may be had, FAULT_MALLOC the number of the
 * allocation that fails, alone, counted from 1, and FAULT_READ that of the failing read of a file.
 * FAULT_LZ4 makes every block that liblz4 decodes wrong in its last bit, which codecs do not do by
 * themselves. FAULT_TOUCH names a file that another program touches while zipnn waits in fsync.
 *
 * No fault: PEAK_FILE names a file that gets, when the program ends, the most memory it had at
 * once, as a line of /proc/self/status says it. Only from inside can that be had without what was
 * there before exec.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fault(const char *variable)
{
	const char *value = getenv(variable);

	return value == NULL ? 0 : atoi(value);
}

#define FAIL_IF(variable)                                                                          \
	do {                                                                                       \
		int error = fault(variable);                                                       \
		if (error != 0) {                                                                  \
			errno = error;                                                             \
			return -1;                                                                 \
		}                                                                                  \
	} while (0)

__attribute__((destructor)) static void write_peak(void)
{
	const char *path = getenv("PEAK_FILE");
	FILE *status = path == NULL ? NULL : fopen("/proc/self/status", "re");
	FILE *file = path == NULL ? NULL : fopen(path, "we");
	char line[200];

	while (status != NULL && file != NULL && fgets(line, sizeof(line), status) != NULL) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			fputs(line, file);
	}
	if (status != NULL)
		fclose(status);
	if (file != NULL)
		fclose(file);
}

int fsync(int fd)
{
	int (*next)(int);

	FAIL_IF("FAULT_FSYNC");
	if (getenv("FAULT_TOUCH") != NULL)
		utimensat(AT_FDCWD, getenv("FAULT_TOUCH"), NULL, 0);
	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	return next(fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	static int count;
	ssize_t (*next)(int, void *, size_t);

	if (fd > 2 && ++count == fault("FAULT_READ")) {
		errno = EIO;
		return -1;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "read");
	return next(fd, buffer, size);
}

int close(int fd)
{
	int (*next)(int);
	int result;

	*(void **)&next = dlsym(RTLD_NEXT, "close");
	result = next(fd);
	if (fd > 2)
		FAIL_IF("FAULT_CLOSE");
	return result;
}

int fchmod(int fd, mode_t mode)
{
	int (*next)(int, mode_t);

	FAIL_IF("FAULT_FCHMOD");
	*(void **)&next = dlsym(RTLD_NEXT, "fchmod");
	return next(fd, mode);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	int (*next)(int, const char *, int, const char *, unsigned);

	FAIL_IF("FAULT_RENAME");
	*(void **)&next = dlsym(RTLD_NEXT, "renameat2");
	return next(from_folder, from, to_folder, to, flags);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
		   void *argument)
{
	static atomic_int created;
	int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

	if (getenv("FAULT_THREADS") != NULL &&
	    atomic_fetch_add(&created, 1) >= fault("FAULT_THREADS"))
		return EAGAIN;
	*(void **)&next = dlsym(RTLD_NEXT, "pthread_create");
	return next(thread, attributes, start, argument);
}

int LZ4_decompress_safe(const char *src, char *dst, int size, int capacity)
{
	int (*next)(const char *, char *, int, int);
	int result;

	*(void **)&next = dlsym(RTLD_NEXT, "LZ4_decompress_safe");
	result = next(src, dst, size, capacity);
	if (result > 0 && getenv("FAULT_LZ4") != NULL)
		dst[result - 1] ^= 1;
	return result;
}

#ifndef WITHOUT_MALLOC /* a sanitizer brings its own */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static int allocation_fails(void)
{
	static atomic_int count;
	int number = fault("FAULT_MALLOC");

	if (number == 0 || atomic_fetch_add(&count, 1) + 1 != number)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return allocation_fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return allocation_fails() ? NULL : __libc_realloc(old, size);
}
#endif
