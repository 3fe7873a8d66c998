# A network that carries multicast, for tests of `vinet base discover`; after fleet.sh.
#
#      desk (10.99.1.9)
#        |                          core forwards invitations of the desk, as a router with multicast does
#       lan ---- core ---- m2
#        |          `----- m3 ...
#       m1 (10.99.1.2)
#
#   discover_net N       fleet_net N, the desk, and its identities: op, a tenant, an operator of another authority
#   desk WHO ARGS...     vinet at the desk as one of them: op, tim, eve
#   found                the machines that $OUT (of --json) names, with the TTL at which they answered
DESK=10.99.1.9
GROUP=239.255.74.11

at_desk() { nsenter --net="$STAGE/net/desk" -- "$@"; }
desk() { at_desk "$BUILD/vinet" --root "$STAGE/desk" --identity "$STAGE/$1" "${@:2}"; }
in_core() { nsenter --net="$STAGE/net/core" -- "$@"; }
found() { jq -r 'map("\(.machine):\(.ttl)") | join(" ")' "$OUT"; }

discover_net() {
  local i outs=()
  fleet_net "$1"
  fleet_namespace desk
  ip link add cdesk type veth peer name eth0
  ip link set cdesk netns "$STAGE/net/core"
  ip link set eth0 netns "$STAGE/net/desk"
  # A bridge that would have to learn first who has joined the group floods it instead.
  in_core sh -c 'ip link add lan type bridge mcast_snooping 0; ip addr del 10.99.1.1/24 dev c1
    ip link set c1 master lan; ip link set cdesk master lan; ip link set cdesk up
    ip link set lan up; ip addr add 10.99.1.1/24 dev lan'
  at_desk sh -c "ip addr add $DESK/24 dev eth0; ip link set eth0 up; ip route add default via 10.99.1.1"
  for ((i = 2; i <= FLEET; i++)); do outs+=("c$i"); done
  # Not by a function, whose number would be that of a shell.
  nsenter --net="$STAGE/net/core" -- "$BUILD/multicast" route $GROUP $DESK lan "${outs[@]}" >"$STAGE/routes" 2>>"$LOG" </dev/null &
  ROUTES=$!
  wait_for 5 grep -q ready "$STAGE/routes"
  fleet_pki
  run "$BUILD/vinet" --root "$STAGE/ca" pki issue tim --role tenant --out "$STAGE/tim"
  run "$BUILD/vinet" --root "$STAGE/ca2" pki init
  run "$BUILD/vinet" --root "$STAGE/ca2" pki issue eve --role operator --out "$STAGE/eve"
}
discover_clean() {
  kill "$ROUTES" && wait "$ROUTES" 2>/dev/null || true
  fleet_clean
}
