#!/usr/bin/env bash
# The unit of systemd, begun as systemd would: the command line of ExecStart with the options of its EnvironmentFile, and
# a socket to tell that the daemon is ready and that it ends.
#
#      m1: systemd/vinet.service with VINET_OPTIONS=--listen 10.99.1.2 --discoverable ...
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
unit=$SOURCE/systemd/vinet.service
fleet_net 1
fleet_pki

sed "s|/usr/bin/vinet|$BUILD/vinet|" "$unit" >"$STAGE/vinet.service"
if command -v systemd-analyze >/dev/null; then
  run systemd-analyze verify --man=no "$STAGE/vinet.service"
  expect_equal "what systemd finds" "" "$(grep vinet.service "$ERR" || true)"
fi
expect_match "the file of its options" "^EnvironmentFile=-/etc/default/vinet$" "$(grep ^EnvironmentFile "$unit")"
# The only thing that it asks systemd to replace is that variable, in words.
VINET_OPTIONS="--listen 10.99.1.2 --discoverable --attribute role=router"
command=$(sed -n 's/^ExecStart=//p' "$STAGE/vinet.service")
expect_equal "ExecStart" "$BUILD/vinet daemon \$VINET_OPTIONS" "$command"
"$BUILD/sockcat" unix-listen "$STAGE/notify" >"$STAGE/told" 2>>"$LOG" & ear=$!
wait_for 5 test -S "$STAGE/notify"
nsenter --net="$STAGE/net/m1" -- env VINET_ROOT="$STAGE/m1" NOTIFY_SOCKET="$STAGE/notify" \
  ${command/\$VINET_OPTIONS/$VINET_OPTIONS} >>"$LOG" 2>&1 </dev/null &
FLEET_PID[1]=$!
wait_for 15 grep -q READY=1 "$STAGE/told"
# Ready is ready: no waiting here.
run vinet_at 1 status --json
expect_equal "where it listens" "10.99.1.2:7411" "$(jq -r .daemon.listens "$OUT")"
run vinet_at 1 base discover --ttl 1 --where "role = router" --json
expect_equal "who is found" "m1" "$(jq -r '.[].machine' "$OUT")"
{ fleet_description && echo 'internet line on fleet { host a at M1; host b at M1; a -- b }'; } | describe line
run vinet_at 1 up "$STAGE/line.vinet"
# It stays when nothing is up, and what is up stays when it ends.
kill -TERM "${FLEET_PID[1]}"
wait_for 15 grep -q STOPPING=1 "$STAGE/told"
wait "${FLEET_PID[1]}"
expect_equal "nodes after its end" "fleet.M1 line.a line.b" "$(ls "$STAGE/m1/run/netns" | xargs)"
fleet_start 1
run vinet_at 1 ping-all
run vinet_at 1 down --recursive fleet
run vinet_at 1 status
kill $ear && wait $ear 2>/dev/null || true
fleet_clean
leave_nothing
