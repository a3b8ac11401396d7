# SPDX-License-Identifier: BSD-3-Clause
"""Waits for what placement groups do; one program, because the `ceph` command takes half a second for each question.

usage: pg_state.py clean SECONDS           until all are active and have all their replicas
       pg_state.py scrub SECONDS POOL      deep-scrub all of a pool; prints how many are inconsistent
       pg_state.py repair SECONDS POOL     repair all of a pool; prints how many objects were repaired, ever
CEPH_CONF names the cluster. It fails if that takes more than SECONDS.
"""

import functools
import json
import sys
import time

import rados


class Patience:
    def __init__(self, seconds):
        self.seconds, self.end = seconds, time.monotonic() + float(seconds)

    def wait(self, what):
        if time.monotonic() > self.end:
            sys.exit(f"after {self.seconds} s: {what}")
        time.sleep(0.2)


def ask(call, prefix, **arguments):
    """The answer to a command, in JSON if it has one; call sends it: to the monitor, the manager or an OSD."""
    status, output, message = call(json.dumps({"prefix": prefix, **arguments}), b"", timeout=30)
    if status:
        raise RuntimeError(f"{prefix}: status {status}: {message}")
    return json.loads(output) if output else None


def report(cluster, patience):
    """What the monitor knows may be from before a daemon died: so each OSD is made to report."""
    monitor = cluster.mon_command
    up = [osd["osd"] for osd in ask(monitor, "osd dump", format="json")["osds"] if osd["up"]]
    sequences = {osd: ask(functools.partial(cluster.osd_command, osd), "flush_pg_stats") for osd in up}
    for osd, sequence in sequences.items():
        while ask(monitor, "osd last-stat-seq", id=osd) < sequence:
            patience.wait(f"a report of osd.{osd} has not reached the monitor")


def not_clean(cluster):
    return [
        f"{state['count']} {state['state_name']}"
        for state in ask(cluster.mon_command, "status", format="json")["pgmap"]["pgs_by_state"]
        if not {"active", "clean"} <= set(state["state_name"].split("+"))
    ]


def await_clean(cluster, patience):
    while True:
        try:
            report(cluster, patience)
            states = not_clean(cluster)
            if not states:
                return
        except RuntimeError as error:  # an OSD is called up for a moment after its death
            states = [str(error)]
        patience.wait(f"placement groups are not active+clean: {', '.join(states)}")


def groups(cluster, pool):
    stats = ask(cluster.mgr_command, "pg ls-by-pool", poolstr=pool, format="json")["pg_stats"]
    return {group["pgid"]: group for group in stats}


def scrub(cluster, patience, pool, command):
    """Every group of the pool, from command to the end; then their states."""
    before = groups(cluster, pool)
    for group in before:
        ask(cluster.mgr_command, command, pgid=group)
    while True:
        report(cluster, patience)
        now = groups(cluster, pool)
        if all(now[group]["last_deep_scrub_stamp"] > before[group]["last_deep_scrub_stamp"] for group in before):
            await_clean(cluster, patience)
            return groups(cluster, pool).values()
        patience.wait(f"{command} of pool {pool} has not ended: {[group['state'] for group in now.values()]}")


def main():
    command, seconds, *pool = sys.argv[1:]
    patience = Patience(seconds)
    with rados.Rados(conffile="") as cluster:
        if command == "clean":
            await_clean(cluster, patience)
        elif command == "scrub":
            print(sum("inconsistent" in group["state"] for group in scrub(cluster, patience, *pool, "pg deep-scrub")))
        else:
            states = scrub(cluster, patience, *pool, "pg repair")
            print(sum(group["stat_sum"]["num_objects_repaired"] for group in states))


if __name__ == "__main__":
    main()
