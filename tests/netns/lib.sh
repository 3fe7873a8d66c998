# The stage on which every test of this folder plays: `source "$(dirname "$0")/lib.sh"` as its first line.
#
# A test is started again inside a world of its own (unshare): its own "computer" network namespace, process ids,
# mounts and cgroup. So tests run in parallel, nothing of the real computer is touched, and whatever a test does, the
# kernel takes all of it away when the test ends, also by SIGKILL. What vinet itself leaves is seen before that, by
# `leave_nothing`.
#
#   $ROOT       what vinet gets as --root          $STAGE      scratch files of the test, gone afterwards
#   $BUILD      build directory (default: build)   $EXAMPLES   the repository's examples/
#
# Exit codes: 0 passed, 77 skipped, anything else failed. No sleeps: wait_for a condition, with a deadline.
set -euo pipefail
NETNS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE=$(cd "$NETNS_DIR/../.." && pwd)
BUILD=$(cd "${BUILD:-$SOURCE/build}" && pwd)
EXAMPLES=$SOURCE/examples

skip() { echo "SKIPPED: $*"; exit 77; }
# The name of the cgroup2 mount, or nothing.
cgroup_mount() { findmnt -nrt cgroup2 -o TARGET | tail -1; }

if [[ -z ${STAGE:-} ]]; then
  ((EUID == 0)) || skip "not root"
  for tool in ip tc nsenter tcpdump tshark jq bpftool strace ping traceroute; do
    command -v "$tool" >/dev/null || skip "no $tool"
  done
  export STAGE CGROUP
  STAGE=$(mktemp -d "${TMPDIR:-/tmp}/vinet-test.XXXXXX")
  CGROUP=$(cgroup_mount)
  [[ -z $CGROUP ]] || { CGROUP+=/$(basename "$STAGE") && mkdir "$CGROUP"; }
  code=0
  unshare --mount --net --pid --fork --kill-child --mount-proc -- bash "$0" "$@" || code=$?
  [[ -z $CGROUP ]] || find "$CGROUP" -depth -type d -exec rmdir {} + || true
  rm -rf --one-file-system "$STAGE"
  exit "$code"
fi

# --- inside -----------------------------------------------------------------------------------------------------------
mount -t tmpfs stage "$STAGE"
findmnt -rnt nsfs -o TARGET | xargs -r umount -l 2>/dev/null || true  # others' namespaces
[[ -z $CGROUP ]] || { mount --bind "$CGROUP" "$(cgroup_mount)" && CGROUP=$(cgroup_mount); }
ip link set lo up
ROOT=$STAGE/root
OUT=$STAGE/out ERR=$STAGE/err LOG=$STAGE/log
mkdir "$ROOT"
touch "$OUT" "$ERR" "$LOG"

trap 'exit 130' INT TERM
trap 'code=$?; ((code == 0 || code == 77)) || at_failure' EXIT
set -o errtrace
trap 'CULPRIT="line ${BASH_LINENO[*]}: $BASH_COMMAND"' ERR
at_failure() {
  set +e
  echo "FAILED: $(basename "$0") ${CULPRIT:+(${CULPRIT})}; the last lines of what vinet said:"
  tail -n 20 "$LOG"
} >&2

fail() { echo "$*" >&2; exit 1; }

vinet() { "$BUILD/vinet" --root "$ROOT" "$@"; }
pause() { local tick; read -rt "$1" tick <>"$STAGE/tick" || true; }  # SECONDS
# Name and tag of each program of ours on filters of a namespace; the words run a program there.
program_tags() {
  local id
  for id in $("$@" sh -c 'for d in $(ip -j link | jq -r ".[].ifname"); do tc filter show dev $d ingress; done; tc filter show block 30313' 2>/dev/null |
    sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | sort -u); do
    bpftool -j prog show id "$id" | jq -r '.name + " " + .tag'
  done
}
# Runs a command and keeps what it prints in $OUT and $ERR; its exit code must be the first argument.
expect_exit() {
  local want=$1 code=0
  shift
  echo "\$ $*" >>"$LOG"
  "$@" >"$OUT" 2>"$ERR" || code=$?
  cat "$OUT" "$ERR" >>"$LOG"
  [[ $code == "$want" ]] || fail "exit code $code instead of $want: $*"
}
run() { expect_exit 0 "$@"; }

expect_equal() {  # WHAT WANT GOT
  [[ $2 == "$3" ]] || fail "$1: want"$'\n'"$2"$'\n'"got"$'\n'"$3"
}
expect_match() {  # WHAT REGEX TEXT
  [[ $3 =~ $2 ]] || fail "$1: want something like"$'\n'"$2"$'\n'"got"$'\n'"$3"
}
expect_no_match() {  # WHAT REGEX TEXT
  [[ ! $3 =~ $2 ]] || fail "$1: did not want anything like"$'\n'"$2"$'\n'"got"$'\n'"$3"
}
expect_less() {  # WHAT LESS MORE, decimal fractions allowed
  awk -v a="$2" -v b="$3" 'BEGIN { exit !(a + 0 < b + 0) }' || fail "$1: $2 is not less than $3"
}

# Is the condition true before so many seconds are over? Looks every 20 ms.
wait_for() {
  local deadline=$((SECONDS + $1)) tick
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS <= deadline)) || fail "waited in vain: $*"
    read -rt 0.02 tick <>"$STAGE/tick" || true
  done
}
mkfifo "$STAGE/tick"

# --- internets --------------------------------------------------------------------------------------------------------
# A file of examples/, or one that the test wrote itself.
description() { if [[ -e $1 ]]; then echo "$1"; else echo "$EXAMPLES/$1"; fi; }
up() { run vinet up "$(description "$1")"; }
down() { run vinet down "$@"; }
# Writes a description from stdin: `describe NAME <<EOF`; its path is $STAGE/NAME.vinet.
describe() { cat >"$STAGE/$1.vinet"; }

# A command in the network namespace of a node or machine (nothing else of `vinet exec`).
ns() { nsenter --net="$ROOT/run/netns/$1" -- "${@:2}"; }
# The same in the background; its pid is in $BACKGROUND. Use it with redirections as any command.
ns_background() { nsenter --net="$ROOT/run/netns/$1" -- "${@:2}" <&0 & BACKGROUND=$!; }
end_background() { kill "$1" && wait "$1" || true; }  # PID

# Identity of a node, base address of a machine: identity NODE [4|6]
identity() {
  ns "$1" ip -j -"${2:-4}" addr show dev lo scope global | jq -r '[.[].addr_info[]?.local | strings][0]'
}
# Own address of a node on its interface towards a neighbour: address NODE DEVICE [4|6]
address() {
  ns "$1" ip -j -"${3:-4}" addr show dev "$2" scope global | jq -r '[.[].addr_info[]?.local | strings][0]'
}
listens() { ns "$1" ss -Hlntu "sport = :$2" | grep -q .; }  # NODE PORT
pings() { ns "$1" ping -n -c 1 -W 2 "$2"; }                 # NODE ADDRESS

# All pairs of all internets, no packet lost.
all_reachable() {
  run vinet ping-all --json
  expect_equal "lost packets of ping-all" 0 "$(jq '[.. | .lost? | numbers] | add' "$OUT")"
}

source "$NETNS_DIR/capture.sh"
source "$NETNS_DIR/inventory.sh"
inventory >"$STAGE/before"
