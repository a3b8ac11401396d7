// SPDX-License-Identifier: BSD-3-Clause
/*
 * Lines in the daemon's own log, and the end of a daemon that must not go on.
 */
#ifndef ZIPNN_CEPH_LOG_H
#define ZIPNN_CEPH_LOG_H

#include <atomic>
#include <string>

#include "ceph_abi.h"

// Logs "zipnn: message" as an error: Ceph prints it at every log level.
void log_error(ceph::CephContext *cct, const std::string &message);

// Logs and aborts: in ceph-osd through Ceph's own abort, which reaches the log, the crash report
// and stderr.
[[noreturn]] void fail_stop(const std::string &message);

// True at most once a minute: keeps a condition that holds for every write out of every write's
// log.
class MinuteGate
{
	std::atomic<int64_t> next_second{0};

public:
	bool open();
};

#endif
