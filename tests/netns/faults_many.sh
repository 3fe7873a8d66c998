#!/usr/bin/env bash
# 1,000 routes and addresses are removed at once, and again and again: they come back, and putting them back takes no more
# than a fifth of a core, with what measuring cannot tell apart. faults.md F-52.
#
#      ring of 24 routers, on X ~~ Y
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"

describe ring <<'END'
base lab { machine X, Y; X -- Y }
internet ring on lab { router r[24]; ring(r) }
END
up "$STAGE/ring.vinet"
remember "$STAGE/ring.vinet"
spoil() {
  local file
  for file in "$ROOT"/run/netns/ring.*; do
    nsenter --net="$file" bash -c 'ip route flush proto 76; ip addr flush dev lo scope global; ip -6 route flush proto 76'
  done
}
before=$(grep -c . "$STAGE/whole")
spoil
inventory >"$STAGE/now"
removed=$((before - $(grep -c . "$STAGE/now")))
echo "$removed lines of the inventory removed"
wait_for 30 i2

cpu_ms() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }
now_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }
began=$(now_ms) used=$(cpu_ms "$DAEMON")
while (($(now_ms) < began + 10000)); do spoil; done
used=$(($(cpu_ms "$DAEMON") - used)) took=$(($(now_ms) - began))
echo "$used ms of CPU in $took ms"
expect_less "share of a core" "$used" "$((took * 30 / 100))"
wait_for 60 i2
all_reachable
invariants "F-52"
ends_clean
