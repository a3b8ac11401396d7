// SPDX-License-Identifier: BSD-3-Clause
/* Pipes between zipnn and its neighbours. */
#ifndef ZIPNN_CLI_PIPE_H
#define ZIPNN_CLI_PIPE_H

#include <fcntl.h>

/*
 * What a user may have without privileges, and two blocks and more: so that neither side of the
 * pipe waits for the other in the middle of one.
 */
#define PIPE_SIZE (1 << 20)

/* Ask for more room in a pipe. Where that fails, or there is no pipe, all goes on as it is. */
static inline void pipe_enlarge(int fd)
{
	const int size = fcntl(fd, F_GETPIPE_SZ);

	if (size >= 0 && size < PIPE_SIZE)
		fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
}

#endif
