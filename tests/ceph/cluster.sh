#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
#
# A throw-away Ceph cluster made of the host's own daemons: one monitor, one manager, some OSDs on
# sparse files, an RGW if wanted. It exists because the plugin has to prove itself inside stock
# daemons, on a machine that may run a real cluster or none. So: no systemd, loopback only, free
# ports, nothing outside one folder, processes stopped by recorded pid. The daemons get a copy of
# the plugin folder, so the host's own never changes. `cluster.sh --help` explains the use;
# lib.sh has the functions for scripts that use the cluster.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/ceph/lib.sh
. "$here/lib.sh"

usage() {
    cat <<'END'
usage: cluster.sh create | destroy
       cluster.sh start | stop | kill | status [osd.N | mon | mgr | rgw]

A throw-away Ceph cluster on loopback, made of the daemons that this host has installed.

  create   make the cluster in CLUSTER_DIR and start it; refuses a folder that is not empty
  start    start one daemon, or all; returns when they serve
  stop     stop one daemon, or all: SIGTERM first, SIGKILL and a warning if that does not help
  kill     end one daemon, or all at once, by SIGKILL, as a crash does
  status   show pid and state of one daemon, or of all and `ceph -s`; exit 0 only if all serve
  destroy  stop all and remove the folder; refuses a folder that `create` did not make

Environment, for every command:
  CLUSTER_DIR      the cluster's folder (default: ${TMPDIR:-/tmp}/zipnn-cluster). It holds
                   ceph.conf, plugins/ (the daemons' plugin_dir), log/, run/ (admin sockets)
  CLUSTER_TIMEOUT  seconds that a daemon may take until it serves (default: 90)

Environment, for create; the folder remembers it:
  CLUSTER_OSDS     number of OSDs (default: 1); pools get min(3, OSDs) replicas, min_size 1
  CLUSTER_OSD_SIZE size of each OSD's sparse file (default: 10G)
  CLUSTER_OSD_CONF lines to append to the [osd] section of ceph.conf (default: none)
  CLUSTER_PLUGIN   zipnn: the daemons load the plugin, and the monitor knows its name (default)
                   stock: the daemons load only what the distribution ships
  ZIPNN_BUILD      the build folder that the plugin is copied from (default: build/ of this tree)
  CLUSTER_RGW      1: also an RGW whose default placement compresses with zipnn (stock: with
                   zstd), and rgw.env with AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
                   AWS_SECRET_ACCESS_KEY (default: 0)

Environment, for create and start: the variables of the plugin (ZIPNN_VERIFY, ZIPNN_MODE and so
on) reach the daemons that this command starts, and only these.

Exit status: 0 done, 1 error, or for status: something does not run.
END
}

die() {
    printf 'cluster.sh: %s\n' "$*" >&2
    exit 1
}

say() {
    printf 'cluster.sh: %s\n' "$*"
}

# ---------------------------------------------------------------- the folder

# The first line marks a folder as ours; the others are what create was told or has chosen.
settings_file=$CLUSTER_DIR/cluster.settings
settings_mark="made by zipnn-ceph tests/ceph/cluster.sh"
osds='' plugin='' rgw='' mon_port='' rgw_port='' # the settings, by the names that the file uses

write_settings() {
    local name
    printf '%s\n' "$settings_mark"
    for name in osds plugin rgw mon_port rgw_port; do
        printf '%s=%s\n' "$name" "${!name}"
    done
}

# Parsed, not sourced: the folder may lie in a directory where others can create files.
read_settings() {
    local name value
    [[ -d $CLUSTER_DIR ]] || die "$CLUSTER_DIR: no such folder; make a cluster with create, or set CLUSTER_DIR"
    [[ -O $CLUSTER_DIR ]] || die "$CLUSTER_DIR belongs to another user: left alone; set CLUSTER_DIR"
    [[ -f $settings_file && $(head -n 1 "$settings_file") == "$settings_mark" ]] ||
        die "$CLUSTER_DIR was not made by cluster.sh (no valid cluster.settings in it): left alone"
    while IFS='=' read -r name value; do
        case $name in
            osds | mon_port | rgw_port | rgw)
                [[ $value =~ ^[0-9]+$ ]] || die "$settings_file: $name=$value is no number"
                ;;
            plugin) ;;
            *) continue ;;
        esac
        declare -g "$name=$value"
    done <"$settings_file"
    [[ -n $osds && -n $plugin && -n $rgw && -n $mon_port && -n $rgw_port ]] ||
        die "$settings_file is incomplete; stop the daemons by hand (run/*.pid), remove the folder"
}

expected_daemons() {
    local i
    printf '%s\n' mon mgr
    for ((i = 0; i < osds; i++)); do
        echo "osd.$i"
    done
    ((!rgw)) || echo rgw
}

# Turns the command line's optional daemon into the list to act on.
chosen_daemons() {
    mapfile -t daemons < <(expected_daemons)
    [[ -n $1 ]] || return 0
    [[ " ${daemons[*]} " == *" $1 "* ]] ||
        die "this cluster has no daemon '$1'; it has: ${daemons[*]}"
    daemons=("$1")
}

# ---------------------------------------------------------------- processes

# Prints the start time of a process, in clock ticks since the boot. A zombie counts as ended: in a
# container nobody may ever collect it.
start_time() {
    local stat
    local -a field
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra field <<<"${stat##*) }" # what follows the name: the state, 18 numbers, the start time
    [[ ${field[0]} != [ZX] ]] || return 1
    echo "${field[19]}"
}

# Prints the pid of a daemon that runs. The recorded start time tells our process from a later one
# that got the same number.
pid_of() {
    local record=$CLUSTER_DIR/run/$1 pid started
    [[ -f $record.pid && -f $record.started ]] || return 1
    pid=$(<"$record.pid")
    started=$(start_time "$pid") || return 1
    [[ $started == "$(<"$record.started")" ]] || return 1
    echo "$pid"
}

# spawn DAEMON COMMAND...: detached from us, its output in the log folder, its pid recorded.
# In the cluster's folder, where a core dump belongs. Without the descriptors that we inherited:
# a caller that waits for the end of a pipe or holds a lock would wait for the daemon.
spawn() {
    local daemon=$1
    shift
    (
        cd "$CLUSTER_DIR"
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || exec {fd}>&-
        done
        exec setsid env CEPH_ARGS= PYTHONDONTWRITEBYTECODE=1 "$@" \
            </dev/null >>"log/$daemon.out" 2>&1
    ) &
    start_time $! >"$CLUSTER_DIR/run/$daemon.started" || true # ended already: await reports it
    echo $! >"$CLUSTER_DIR/run/$daemon.pid"
}

launch() {
    local daemon=$1 conf=$CLUSTER_DIR/ceph.conf shim=$CLUSTER_DIR/libceph_zipnn_monshim.so
    case $daemon in
        mon)
            if [[ $plugin == zipnn ]]; then
                spawn mon LD_PRELOAD="$shim${LD_PRELOAD:+:$LD_PRELOAD}" ceph-mon -f -c "$conf" -i a
            else
                spawn mon ceph-mon -f -c "$conf" -i a
            fi
            ;;
        mgr) spawn mgr ceph-mgr -f -c "$conf" -i x ;;
        osd.*) spawn "$daemon" ceph-osd -f -c "$conf" -i "${daemon#osd.}" ;;
        rgw) spawn rgw radosgw -f -c "$conf" -n client.rgw.a ;;
    esac
}

# Whether a daemon does its work. An OSD is asked itself: the OSD map goes on to call a crashed one
# up. A manager too: the monitor goes on to call the one before it available.
serves() {
    # shellcheck disable=SC2034  # for in_cluster
    local IN_CLUSTER_TIMEOUT=5 line
    case $1 in
        mon) in_cluster ceph quorum_status ;;
        mgr) daemon_command mgr mgr_status | grep -q '"initialized": true' ;;
        osd.*) daemon_command "$1" status | grep -q '"state": "active"' ;;
        rgw)
            exec {http}<>"/dev/tcp/127.0.0.1/$rgw_port" || return
            printf 'GET / HTTP/1.0\r\n\r\n' >&"$http"
            read -r -t 5 line <&"$http" || true
            exec {http}>&-
            [[ $line == HTTP/*" 200 "* ]]
            ;;
    esac >/dev/null 2>&1
}

# An OSD writes lines of any length, and when it aborts its last events, by the thousand.
show_log_tails() {
    local file
    for file in "$CLUSTER_DIR/log/$1.log" "$CLUSTER_DIR/log/$1.out"; do
        if [[ -s $file ]]; then
            printf -- '--- the last lines of %s:\n' "$file" >&2
            sed '/^--- begin dump of recent/,/^--- end dump of recent/d' "$file" |
                tail -n 25 | cut -c 1-300 >&2
        fi
    done
}

await() {
    local daemon=$1 limit=${CLUSTER_TIMEOUT:-90} deadline reason
    deadline=$((SECONDS + limit))
    while true; do
        if ! pid_of "$daemon" >/dev/null; then
            reason="ended during its start"
            break
        fi
        if serves "$daemon"; then
            return 0
        fi
        if ((SECONDS >= deadline)); then
            reason="runs, but does not serve after $limit s (CLUSTER_TIMEOUT)"
            [[ $daemon == mon ]] || pid_of mon >/dev/null || reason+="; the mon does not run: start it first"
            break
        fi
        sleep 0.2
    done
    show_log_tails "$daemon"
    die "$daemon in $CLUSTER_DIR $reason"
}

# The monitor comes first because all others need it, the RGW last because it needs the OSDs;
# what lies between starts side by side.
start_daemons() {
    local daemon stage pid
    local -a waiting
    for stage in mon 'mgr|osd.*' rgw; do
        waiting=()
        for daemon in "$@"; do
            [[ $daemon =~ ^($stage)$ ]] || continue
            if pid=$(pid_of "$daemon"); then
                say "$daemon already runs (pid $pid)"
            else
                launch "$daemon"
                waiting+=("$daemon")
            fi
        done
        for daemon in "${waiting[@]}"; do
            await "$daemon"
        done
    done
}

forget() {
    rm -f "$CLUSTER_DIR/run/$1.pid" "$CLUSTER_DIR/run/$1.started"
}

# gone_within SECONDS DAEMON
gone_within() {
    local deadline=$((SECONDS + $1))
    while pid_of "$2" >/dev/null; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

# In the opposite order, so that an OSD can still tell the monitor that it leaves.
stop_daemons() {
    local daemon stage pid
    local -a waiting
    for stage in rgw 'osd.*' mgr mon; do
        waiting=()
        for daemon in "$@"; do
            [[ $daemon =~ ^($stage)$ ]] || continue
            if pid=$(pid_of "$daemon"); then
                kill -TERM "$pid" 2>/dev/null || true # it may have ended since
                waiting+=("$daemon")
            else
                forget "$daemon"
            fi
        done
        for daemon in "${waiting[@]}"; do
            if ! gone_within 30 "$daemon"; then
                say "warning: $daemon has ignored SIGTERM for 30 s; killing it" >&2
                if pid=$(pid_of "$daemon"); then
                    kill -KILL "$pid" 2>/dev/null || true
                fi
                gone_within 30 "$daemon" ||
                    die "$daemon (pid $pid) survives SIGKILL: the kernel holds it, see /proc/$pid/stack"
            fi
            forget "$daemon"
        done
    done
}

# All at once: none shall have the time to notice that another one is gone.
kill_daemons() {
    local daemon pid
    for daemon in "$@"; do
        if pid=$(pid_of "$daemon"); then
            kill -KILL "$pid" 2>/dev/null || true # it may have ended since
        fi
    done
    for daemon in "$@"; do
        gone_within 30 "$daemon" ||
            die "$daemon survives SIGKILL: the kernel holds it, see /proc/$(pid_of "$daemon")/stack"
        forget "$daemon"
    done
}

# ---------------------------------------------------------------- create

check_create() {
    local program file longest
    local -a programs=(ceph ceph-authtool ceph-conf ceph-mon ceph-mgr ceph-osd monmaptool)
    # An empty folder of one's own, such as mktemp -d gives, is as good as none.
    [[ ! -e $CLUSTER_DIR || (-d $CLUSTER_DIR && -O $CLUSTER_DIR && -z $(ls -A "$CLUSTER_DIR")) ]] ||
        die "$CLUSTER_DIR is not empty; destroy the cluster in it, or set CLUSTER_DIR to a new folder"
    [[ $osds =~ ^[1-9][0-9]?$ ]] || die "CLUSTER_OSDS=$osds: must be a number from 1 to 99"
    [[ $plugin == zipnn || $plugin == stock ]] || die "CLUSTER_PLUGIN=$plugin: must be zipnn or stock"
    [[ $rgw == [01] ]] || die "CLUSTER_RGW=$rgw: must be 0 or 1"
    [[ $osd_size =~ ^[1-9][0-9]*[KMGT]?$ ]] || die "CLUSTER_OSD_SIZE=$osd_size: must be a size such as 10G"
    [[ $CLUSTER_DIR =~ ^[-+@_./A-Za-z0-9]+$ ]] ||
        die "CLUSTER_DIR=$CLUSTER_DIR: only letters, digits and -+@_./ mean themselves in ceph.conf"
    # sun_path in unix(7): 108 bytes, the closing zero included.
    longest=$CLUSTER_DIR/run/osd.$((osds - 1)).asok
    ((${#longest} < 108)) ||
        die "CLUSTER_DIR is $((${#longest} - 107)) bytes too long for a unix socket such as $longest"
    ((!rgw)) || programs+=(radosgw radosgw-admin)
    for program in "${programs[@]}"; do
        command -v "$program" >/dev/null || die "$program is not installed; tests/run.sh deps installs it"
    done
    if [[ $plugin == zipnn ]]; then
        for file in libceph_zipnn.so libceph_zstd.so libceph_zipnn_monshim.so; do
            [[ -f $build/$file ]] ||
                die "$build/$file does not exist; build it (cmake -S . -B build && cmake --build build -j2)," \
                    "set ZIPNN_BUILD to the folder that has it, or CLUSTER_PLUGIN=stock"
        done
    fi
    host_plugins=$(host_folder plugin_dir)
    host_classes=$(host_folder osd_class_dir)
    [[ -d $host_plugins/compressor ]] || die "the host's plugin folder $host_plugins has no compressor/"
}

# Prints a folder that the host's Ceph was built for. Debian's 18.2.7 has a relative one, which a
# daemon only finds when it runs in /, as under systemd.
host_folder() {
    local folder
    folder=$(ceph-conf -c /dev/null --show-config-value "$1" 2>/dev/null) || die "ceph-conf does not tell $1"
    echo "/${folder#/}"
}

# Below the range that the kernel takes outgoing ports from (32768 and up), so that the port is
# still free when a stopped daemon comes back; random, so that two clusters made at the same time
# do not choose the same.
free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 10000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    die "found no free port between 20000 and 29999"
}

# The daemons see a copy of every subfolder: a release may refuse to start without one of them.
# What a developer has installed on the host is left out, for `stock` has to mean stock.
copy_plugins() {
    local slot=$CLUSTER_DIR/plugins/compressor
    mkdir "$CLUSTER_DIR/plugins"
    cp -a "$host_plugins"/*/ "$CLUSTER_DIR/plugins/"
    rm -f "$slot/libceph_zipnn.so"
    if [[ -e $slot/libceph_zstd.so.2 ]]; then
        ln -sfn libceph_zstd.so.2 "$slot/libceph_zstd.so"
    fi
    if [[ $plugin == zipnn ]]; then
        cp "$build/libceph_zipnn.so" "$slot/"
        # The slot is a symbolic link: replace the link, keep the stock files it leads to.
        cp --remove-destination "$build/libceph_zstd.so" "$slot/"
        # A copy, so that a new build does not disturb a monitor that runs.
        cp "$build/libceph_zipnn_monshim.so" "$CLUSTER_DIR/"
    fi
}

write_conf() {
    local replicas=$((osds < 3 ? osds : 3))
    cat <<END
[global]
fsid = $fsid
# One port and one protocol: version 1 on an address that is known beforehand.
mon host = v1:127.0.0.1:$mon_port
ms bind msgr2 = false
mon warn on msgr2 not enabled = false
public addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
# Without cephx an OSD's first command may go out before it knows the fsid, and is refused.
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = $CLUSTER_DIR/keyring
plugin dir = $CLUSTER_DIR/plugins
osd class dir = $host_classes
run dir = $CLUSTER_DIR/run
crash dir = $CLUSTER_DIR/crash
mon cluster log file = $CLUSTER_DIR/log/cluster.log
log to stderr = false
err to stderr = false
osd pool default size = $replicas
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
# Replicas go to different OSDs, not to different hosts: there is one.
osd crush chooseleaf type = 0
mon allow pool size one = true
mon allow pool delete = true
mon warn on pool no redundancy = false

[client]
admin socket =
log file =

[mon]
mon data = $CLUSTER_DIR/mon
admin socket = $CLUSTER_DIR/run/mon.asok
log file = $CLUSTER_DIR/log/mon.log
# A developer's disk may be fuller than a monitor likes.
mon data avail warn = 2
mon data avail crit = 1
# Two OSDs: when one hangs, only one is left to report it.
mon osd min down reporters = 1
# A real cluster gathers changes for a second; a script only waits for it, at every command.
paxos propose interval = 0.1

[mgr]
mgr data = $CLUSTER_DIR/mgr
admin socket = $CLUSTER_DIR/run/mgr.asok
log file = $CLUSTER_DIR/log/mgr.log
mgr initial modules =
# Scripts wait for the statistics too.
mgr stats period = 1
mgr tick period = 1

[osd]
osd data = $CLUSTER_DIR/osd.\$id
admin socket = $CLUSTER_DIR/run/osd.\$id.asok
log file = $CLUSTER_DIR/log/osd.\$id.log
bluestore block size = $osd_size
# Several OSDs share a small machine.
bluestore cache autotune = false
bluestore cache size = 256M
# Later releases measure the disk at start, and a measurement on a busy machine is worthless.
osd mclock skip benchmark = true
# Blobs as large as the pools ask for, with every plugin, so that all are compared alike.
bluestore max blob size = 512K
bluestore max blob size hdd = 512K
bluestore max blob size ssd = 512K
END
    if [[ $plugin == zipnn ]]; then
        cat <<END
# Maps the plugin in the zstd slot when the OSD starts. It would load lazily otherwise, and reads
# of zipnn blobs would return nothing if its file were replaced before.
bluestore compression algorithm = zstd
END
    fi
    printf '%s\n' "${CLUSTER_OSD_CONF:-}"
    if ((rgw)); then
        cat <<END

[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$rgw_port
rgw data = $CLUSTER_DIR/rgw
admin socket = $CLUSTER_DIR/run/rgw.asok
log file = $CLUSTER_DIR/log/rgw.log
rgw thread pool size = 16
END
    fi
}

# Every key with its rights is in the monitor's first keyring: no command is needed to add them.
make_keyring() {
    local i
    local -a key=(quietly ceph-authtool "$CLUSTER_DIR/keyring" --gen-key)
    "${key[@]}" --create-keyring -n mon. --cap mon 'allow *'
    "${key[@]}" -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    "${key[@]}" -n mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *'
    for ((i = 0; i < osds; i++)); do
        "${key[@]}" -n "osd.$i" --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *'
    done
    ((!rgw)) || "${key[@]}" -n client.rgw.a --cap mon 'allow rw' --cap mgr 'allow rw' --cap osd 'allow rwx'
}

make_mon() {
    quietly monmaptool --create --fsid "$fsid" --addv a "[v1:127.0.0.1:$mon_port]" "$CLUSTER_DIR/monmap"
    quietly in_cluster ceph-mon --mkfs -i a --monmap "$CLUSTER_DIR/monmap" --keyring "$CLUSTER_DIR/keyring"
}

make_osds() {
    local i uuid id
    for ((i = 0; i < osds; i++)); do
        uuid=$(</proc/sys/kernel/random/uuid)
        id=$(in_cluster ceph osd new "$uuid")
        [[ $id == "$i" ]] || die "the monitor gave the id '$id' to a new OSD, expected $i"
        mkdir "$CLUSTER_DIR/osd.$i"
        (cd "$CLUSTER_DIR" && quietly in_cluster ceph-osd --mkfs -i "$i" --osd-uuid "$uuid") &
        mkfs_jobs+=($!)
    done
    for ((i = 0; i < osds; i++)); do
        if ! wait "${mkfs_jobs[i]}"; then
            show_log_tails "osd.$i"
            die "osd.$i could not be made in $CLUSTER_DIR/osd.$i;" \
                "BlueStore needs space and a file system with O_DIRECT"
        fi
    done
}

# The placement and the user exist before the RGW starts: it reads the placement once. The user
# comes first, because the first command that opens the store makes the default zone.
make_rgw() {
    local algorithm=zipnn access secret data=default.rgw.buckets.data
    [[ $plugin == zipnn ]] || algorithm=zstd
    access=$(tr -d - </proc/sys/kernel/random/uuid)
    secret=$(tr -d - </proc/sys/kernel/random/uuid)
    quietly in_cluster radosgw-admin user create --uid zipnn --display-name zipnn \
        --access-key "$access" --secret-key "$secret"
    quietly in_cluster radosgw-admin zone placement modify --rgw-zone default \
        --placement-id default-placement --compression "$algorithm"
    # What the RGW has compressed, BlueStore shall not try again.
    quietly in_cluster ceph osd pool create "$data" 8 8 replicated
    quietly in_cluster ceph osd pool application enable "$data" rgw
    quietly in_cluster ceph osd pool set "$data" compression_mode none
    cat >"$CLUSTER_DIR/rgw.env" <<END
AWS_ENDPOINT_URL=http://127.0.0.1:$rgw_port
AWS_ACCESS_KEY_ID=$access
AWS_SECRET_ACCESS_KEY=$secret
END
}

# Whatever ends create early: nothing goes on running, the logs stay.
create_failed() {
    trap - EXIT
    trap '' INT TERM HUP
    ((!${#mkfs_jobs[@]})) || wait "${mkfs_jobs[@]}" || true
    mapfile -t daemons < <(expected_daemons)
    stop_daemons "${daemons[@]}"
    say "create failed; what it had started is stopped, the logs are in $CLUSTER_DIR/log;" \
        "before the next attempt: CLUSTER_DIR=$CLUSTER_DIR $0 destroy" >&2
    exit 1
}

create() {
    local osd_size=${CLUSTER_OSD_SIZE:-10G} build=${ZIPNN_BUILD:-$(cd "$here/../.." && pwd)/build}
    local host_plugins host_classes fsid
    mkfs_jobs=()
    osds=${CLUSTER_OSDS:-1} plugin=${CLUSTER_PLUGIN:-zipnn} rgw=${CLUSTER_RGW:-0}
    check_create
    mon_port=$(free_port)
    rgw_port=$(free_port)
    fsid=$(</proc/sys/kernel/random/uuid)

    umask 077 # the folder holds keys
    if ! { mkdir -p "$CLUSTER_DIR" && chmod 700 "$CLUSTER_DIR"; }; then
        die "cannot make the folder CLUSTER_DIR=$CLUSTER_DIR"
    fi
    write_settings >"$settings_file"
    trap create_failed EXIT
    trap 'exit 1' INT TERM HUP
    mkdir "$CLUSTER_DIR"/{crash,log,run,mon,mgr,rgw}
    copy_plugins
    write_conf >"$CLUSTER_DIR/ceph.conf"
    make_keyring
    make_mon
    start_daemons mon
    launch mgr # takes some seconds, meanwhile the OSDs are made
    make_osds
    mapfile -t daemons < <(expected_daemons | grep osd)
    start_daemons "${daemons[@]}"
    await mgr
    if ((rgw)); then
        make_rgw
        start_daemons rgw
    fi
    trap - EXIT
    say "$osds OSD(s), plugin $plugin, in $CLUSTER_DIR, after $SECONDS s"
}

# ---------------------------------------------------------------- the other commands

status() {
    local chosen=$1 daemon pid state all_well=1
    for daemon in "${daemons[@]}"; do
        if ! pid=$(pid_of "$daemon"); then
            pid=- state="not running"
        elif serves "$daemon"; then
            state="serving"
        else
            state="running, not serving"
        fi
        [[ $state == serving ]] || all_well=0
        printf '%-8s %8s  %s\n' "$daemon" "$pid" "$state"
    done
    if [[ -z $chosen ]] && pid_of mon >/dev/null; then
        IN_CLUSTER_TIMEOUT=15 in_cluster ceph -s || all_well=0
    fi
    ((all_well))
}

destroy() {
    stop_daemons "${daemons[@]}"
    rm -rf --one-file-system -- "$CLUSTER_DIR"
}

command=${1:-help} daemon=${2:-}
(($# <= 2)) || die "too many arguments; see --help"
case $command in
    help | -h | --help)
        usage
        ;;
    create)
        [[ -z $daemon ]] || die "create takes no daemon; see --help"
        create
        ;;
    destroy)
        [[ -z $daemon ]] || die "destroy takes no daemon: it removes the whole cluster; see --help"
        read_settings
        chosen_daemons ""
        destroy
        ;;
    start | stop | kill | status)
        read_settings
        chosen_daemons "$daemon"
        case $command in
            start) start_daemons "${daemons[@]}" ;;
            stop) stop_daemons "${daemons[@]}" ;;
            kill) kill_daemons "${daemons[@]}" ;;
            status) status "$daemon" ;;
        esac
        ;;
    *)
        die "unknown command '$command'; see --help"
        ;;
esac
