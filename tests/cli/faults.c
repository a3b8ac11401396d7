// SPDX-License-Identifier: BSD-3-Clause
/*
 * Makes system calls fail on demand: test_cli.sh loads it into zipnn with LD_PRELOAD.
 *
 * A full disk may tell so only at fsync or close, a thread or a byte of memory may not be had: none
 * of these can be arranged from outside. Each FAULT_ variable names one call: FAULT_FSYNC,
 * FAULT_CLOSE, FAULT_FCHMOD and FAULT_RENAME hold the errno to fail with (close only of descriptors
 * above 2), FAULT_THREADS the number of threads that may be had. Others count calls from 1:
 * FAULT_MALLOC is the number of the allocation that fails, alone, FAULT_MALLOC_ON of that from
 * which on all fail; FAULT_READ and FAULT_PREAD of the failing read of a file; FAULT_WRITE of the
 * write to a file that finds room for half of its bytes, and those after it for none (FAULT_ERRNO
 * is the reason; else the disk is full). FAULT_SHORT, if it is set, lets no call read or write more
 * than so many bytes, and interrupts every second one. FAULT_LZ4 makes every block that liblz4
 * decodes wrong in its last bit, which codecs do not do by themselves. FAULT_TOUCH names a file
 * that another program touches while zipnn waits in fsync, FAULT_REWRITE one of which it changes
 * the first byte and puts the time back. FAULT_SWAP names a file that another program replaces by
 * what is called so with .swap behind it, just before zipnn opens it. FAULT_DISKS tells of every
 * regular file that it is a disk, and of two of one size that they are the same: only root can make
 * nodes.
 *
 * FAULT_SIGNAL is a signal that comes just before the call of number FAULT_POINT, of all calls that
 * do something to a file. From the first to the last they are all the states that a file system
 * can be left in.
 *
 * No fault: PEAK_FILE names a file that gets, when the program ends, the most memory it had at
 * once, as a line of /proc/self/status says it. Only from inside can that be had without what was
 * there before exec. LEAK_FILE names one that gets two numbers: allocations that were
 * not freed, and all; POINT_FILE one that gets the number of points.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
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

static atomic_int points; /* so far */

/* Before each call that does something to a file. */
static void point(void)
{
	if (atomic_fetch_add(&points, 1) + 1 == fault("FAULT_POINT"))
		kill(getpid(), fault("FAULT_SIGNAL"));
}

__attribute__((destructor)) static void write_points(void)
{
	const char *path = getenv("POINT_FILE");
	const int all = atomic_load(&points);
	FILE *file = path == NULL ? NULL : fopen(path, "we");

	if (file == NULL)
		return;
	fprintf(file, "%d\n", all);
	fclose(file);
}

/* How much of a call's size it may deal with; 0: it is interrupted. */
static size_t shortened(size_t size)
{
	static atomic_int count;
	size_t most = (size_t)fault("FAULT_SHORT");

	if (most == 0)
		return size;
	if (atomic_fetch_add(&count, 1) % 2 == 0)
		return 0;
	return size < most ? size : most;
}

#define SHORTEN(size)                                                                              \
	do {                                                                                       \
		size_t allowed = shortened(size);                                                  \
		if (allowed == 0 && size > 0) {                                                    \
			errno = EINTR;                                                             \
			return -1;                                                                 \
		}                                                                                  \
		size = allowed;                                                                    \
	} while (0)

static void rewrite(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct stat before;

	if (fd < 0 || fstat(fd, &before) != 0)
		abort();
	if (pwrite(fd, "!", 1, 0) != 1)
		abort();
	futimens(fd, (const struct timespec[2]){before.st_atim, before.st_mtim});
	close(fd);
}

int fsync(int fd)
{
	int (*next)(int);

	point();
	FAIL_IF("FAULT_FSYNC");
	if (getenv("FAULT_TOUCH") != NULL)
		utimensat(AT_FDCWD, getenv("FAULT_TOUCH"), NULL, 0);
	if (getenv("FAULT_REWRITE") != NULL)
		rewrite(getenv("FAULT_REWRITE"));
	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	return next(fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
	static int count;
	ssize_t (*next)(int, void *, size_t);

	if (fd > 2) {
		point();
		if (++count == fault("FAULT_READ")) {
			errno = EIO;
			return -1;
		}
	}
	SHORTEN(size);
	*(void **)&next = dlsym(RTLD_NEXT, "read");
	return next(fd, buffer, size);
}

/* What pread is called where files may be larger than 2 GiB. */
ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset)
{
	static int count;
	ssize_t (*next)(int, void *, size_t, off64_t);

	point();
	if (++count == fault("FAULT_PREAD")) {
		errno = EIO;
		return -1;
	}
	SHORTEN(size);
	*(void **)&next = dlsym(RTLD_NEXT, "pread64");
	return next(fd, buffer, size, offset);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	static int count;
	int number = fault("FAULT_WRITE");
	ssize_t (*next)(int, const void *, size_t);

	if (fd > 2) {
		point();
		count++;
		if (number != 0 && (count > number || (count == number && size < 2))) {
			errno = fault("FAULT_ERRNO") != 0 ? fault("FAULT_ERRNO") : ENOSPC;
			return -1;
		}
		if (number != 0 && count == number)
			size /= 2;
	}
	SHORTEN(size);
	*(void **)&next = dlsym(RTLD_NEXT, "write");
	return next(fd, buffer, size);
}

int close(int fd)
{
	int (*next)(int);
	int result;

	if (fd > 2)
		point();
	*(void **)&next = dlsym(RTLD_NEXT, "close");
	result = next(fd);
	if (fd > 2)
		FAIL_IF("FAULT_CLOSE");
	return result;
}

int fchmod(int fd, mode_t mode)
{
	int (*next)(int, mode_t);

	point();
	FAIL_IF("FAULT_FCHMOD");
	*(void **)&next = dlsym(RTLD_NEXT, "fchmod");
	return next(fd, mode);
}

int futimens(int fd, const struct timespec times[2])
{
	int (*next)(int, const struct timespec[2]);

	point();
	*(void **)&next = dlsym(RTLD_NEXT, "futimens");
	return next(fd, times);
}

int mkostemp64(char *pattern, int flags)
{
	int (*next)(char *, int);

	point();
	*(void **)&next = dlsym(RTLD_NEXT, "mkostemp64");
	return next(pattern, flags);
}

int rename(const char *from, const char *to)
{
	int (*next)(const char *, const char *);

	point();
	*(void **)&next = dlsym(RTLD_NEXT, "rename");
	return next(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
	int (*next)(int, const char *, int, const char *, unsigned);

	point();
	FAIL_IF("FAULT_RENAME");
	*(void **)&next = dlsym(RTLD_NEXT, "renameat2");
	return next(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
	int (*next)(const char *, const char *);

	point();
	*(void **)&next = dlsym(RTLD_NEXT, "link");
	return next(from, to);
}

int unlink(const char *path)
{
	int (*next)(const char *);

	point();
	*(void **)&next = dlsym(RTLD_NEXT, "unlink");
	return next(path);
}

/* What open, stat and fstat are called where files may be larger than 2 GiB. */
int open64(const char *path, int flags, ...)
{
	const char *swapped = getenv("FAULT_SWAP");
	int (*next)(const char *, int, ...);
	char by[200];
	va_list arguments;
	mode_t mode;

	if (swapped != NULL && strcmp(path, swapped) == 0) {
		snprintf(by, sizeof(by), "%s.swap", path);
		renameat(AT_FDCWD, by, AT_FDCWD, path);
	}
	va_start(arguments, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	*(void **)&next = dlsym(RTLD_NEXT, "open64");
	return next(path, flags, mode);
}

static int told(int result, struct stat64 *info)
{
	if (result == 0 && getenv("FAULT_DISKS") != NULL && S_ISREG(info->st_mode)) {
		info->st_mode = (info->st_mode & ~(mode_t)S_IFMT) | S_IFBLK;
		info->st_rdev = (dev_t)info->st_size;
	}
	return result;
}

int stat64(const char *path, struct stat64 *info)
{
	int (*next)(const char *, struct stat64 *);

	*(void **)&next = dlsym(RTLD_NEXT, "stat64");
	return told(next(path, info), info);
}

int fstat64(int fd, struct stat64 *info)
{
	int (*next)(int, struct stat64 *);

	*(void **)&next = dlsym(RTLD_NEXT, "fstat64");
	return told(next(fd, info), info);
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
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static atomic_int allocations; /* so far */
static atomic_long live;       /* not yet freed */
static atomic_int ending;      /* the program is at its end: what it tells may need memory */

static int allocation_fails(void)
{
	int number = atomic_fetch_add(&allocations, 1) + 1;
	int alone = fault("FAULT_MALLOC");
	int first = fault("FAULT_MALLOC_ON");

	if (atomic_load(&ending))
		return 0;
	if (number != alone && (first == 0 || number < first))
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *counted(void *memory)
{
	if (memory != NULL)
		atomic_fetch_add(&live, 1);
	return memory;
}

void *malloc(size_t size)
{
	return allocation_fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
	void *memory = allocation_fails() ? NULL : __libc_realloc(old, size);

	return old == NULL ? counted(memory) : memory;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return allocation_fails() ? NULL : counted(__libc_memalign(alignment, size));
}

void free(void *memory)
{
	if (memory != NULL)
		atomic_fetch_sub(&live, 1);
	__libc_free(memory);
}

/* Programs free what they allocated before they end, or it may be a leak in one that does not. */
__attribute__((destructor)) static void write_leaks(void)
{
	const char *path = getenv("LEAK_FILE");
	const long leaks = atomic_load(&live);
	const int all = atomic_load(&allocations);
	FILE *file;

	atomic_store(&ending, 1);
	file = path == NULL ? NULL : fopen(path, "we");
	if (file == NULL)
		return;
	fprintf(file, "%ld %d\n", leaks, all);
	fclose(file);
}
#endif
