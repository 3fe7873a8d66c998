#!/usr/bin/env bash
# Nodes of a tenant (faults.md F-125): root in them is root over their network and nobody else. What it tries on the
# computer, on the daemon's processes and on another tenant's nodes is refused; ping, ip and its own /run work.
#
#      ann: A, D           bob: B          A -- B -- D
#            m1 ---- core ---- m2          another internet of bob's on m1: P -- Q
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
fleet_net 2

{
  fleet_description
  echo 'internet line on fleet { host A, D at M1; router B at M2; A -- B -- D }'
  echo 'internet other on fleet { host P, Q at M1; P -- Q }'
} >"$STAGE/both.vinet"
run vinet plan --no-inventory --json "$STAGE/both.vinet"
cp "$OUT" "$STAGE/both.json"
# slices MACHINE WORD...
slices() { fleet_net_at "$1" "$BUILD/applyslices" "$STAGE/m$1" "fleet.M$1" "${@:2}" <"$STAGE/both.json"; }
inside() { slices 1 exec line.A "$@"; }
allowed() { run inside "$@"; }
refused() {
  local code=0
  inside "$@" >"$OUT" 2>"$ERR" || code=$?
  ((code != 0)) || fail "root of a tenant may: $*"
  expect_match "why not: $*" "[Pp]ermission denied|not permitted|must be superuser" "$(cat "$OUT" "$ERR")"
}
TENANT=ann run slices 1 apply fleet line
TENANT=bob run slices 2 apply fleet line
TENANT=bob run slices 1 apply other
expect_equal "what strayed" "" "$(slices 1 strayed)"

# What is the node's own.
D=$(jq -r '.internets[0].nodes[] | select(.name == "D").identity' "$STAGE/both.json")
allowed sh -c '[ "$(id -u)" = 0 ]'
allowed ping -n -c 2 -i 0.1 -W 2 "$D"
allowed ip addr add 192.0.2.77/32 dev lo
allowed ip addr del 192.0.2.77/32 dev lo
allowed sh -c 'echo 1 >/run/mine && [ "$(cat /run/mine)" = 1 ]'
allowed sh -c 'echo 1 >/proc/sys/net/ipv4/conf/lo/log_martians'

# What is the computer's.
mkdir -p "$STAGE/host/mnt"
echo secret >"$STAGE/host/secret"
chmod 600 "$STAGE/host/secret"
chmod 755 "$STAGE" "$STAGE/host"
sleep 1000 & victim=$!
refused cat "$STAGE/host/secret"
refused sh -c "echo mine >$STAGE/host/secret"
refused touch "$STAGE/host/new"
refused rm -f "$STAGE/host/secret"
refused chown 0 "$STAGE/host/secret"
refused kill -TERM "$victim"
refused strace -o /dev/null -p "$victim"
refused nsenter --net="/proc/$victim/ns/net" true
refused nsenter --mount="/proc/$victim/ns/mnt" true
refused nsenter --net="$STAGE/m1/run/netns/fleet.M1" true
refused nsenter --net="$STAGE/net/m2" true
refused mount --bind "$STAGE/host" "$STAGE/host/mnt"
refused mount -t tmpfs none "$STAGE/host/mnt"
refused umount "$STAGE"
refused sh -c 'echo 1 >/proc/sys/kernel/panic'
refused sh -c 'echo 1 >/proc/sys/vm/drop_caches'
refused bpftool prog list
refused mknod "$STAGE/host/disk" b 8 0
refused nice -n -5 sh -c 'true && renice -n -6 -p $$'
kill -0 "$victim" || fail "root of a tenant has killed a process of the computer"
expect_equal "the secret" secret "$(cat "$STAGE/host/secret")"

# Another tenant's: not its namespaces, not its processes.
first() { cat "$STAGE/m1/run/vinet/tenants/$1/first"; }
[[ $(first ann) != $(first bob) ]] || fail "two tenants have the same numbers"
nsenter --net="$STAGE/net/m1" -- "$BUILD/applyslices" "$STAGE/m1" fleet.M1 exec other.P sleep 1000 \
  <"$STAGE/both.json" >>"$LOG" 2>&1 & other=$!
runs_as_bob() { [[ $(awk '/^Uid/ { print $2 }' "/proc/$other/status") == "$(first bob)" ]]; }
wait_for 5 runs_as_bob
refused kill -TERM "$other"
refused nsenter --net="$STAGE/m1/run/netns/other.P" true
refused nsenter --net="/proc/$other/ns/net" true
refused nsenter --user="/proc/$other/ns/user" true
kill "$other" "$victim"

for i in 1 2; do
  run slices "$i" remove
  expect_equal "what remains on m$i" "" "$(find "$STAGE/m$i" -mindepth 1 | grep -vE '/run(/vinet)?$')"
done
fleet_clean
