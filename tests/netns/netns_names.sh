#!/usr/bin/env bash
# With the default root, nodes are namespaces that `ip netns` knows, under /run/netns (here a /run of the test's own).
source "$(dirname "$0")/lib.sh"

mount -t tmpfs run /run
[[ ! -d /var/lib/vinet ]] || mount -t tmpfs state /var/lib/vinet
inventory >"$STAGE/before"
vinet() { "$BUILD/vinet" "$@"; }
up figure11.vinet
expect_equal "names" "fig11.A fig11.B fig11.C fig11.D fig11.E fig11.F lab.X lab.Y lab.Z" \
  "$(ip netns | awk '{ print $1 }' | sort | xargs)"
run ip netns exec fig11.A ping -n -c 1 -W 2 "$(ip netns exec fig11.F ip -j -4 addr show lo scope global | jq -r '[.[].addr_info[].local | strings][0]')"
down fig11
expect_equal "names after down" "" "$(ip netns)"
expect_equal "files after down" "" "$(find /run /var/lib/vinet -type f 2>/dev/null || true)"
nothing_left
