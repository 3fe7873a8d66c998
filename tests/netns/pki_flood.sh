#!/usr/bin/env bash
# Strangers at the daemon's port: faults.md F-85. 1,000 connections that say nothing, garbage and halves of a handshake, callers that do not
# read: an honest caller is served all the while, within a second, and the daemon grows by less than 64 MiB.
#
#     m2 (strangers, and an honest caller) ---- core ---- m1 (daemon)
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
fleet_net 2
fleet_pki
fleet_start 1
at=$(fleet_endpoint 1) host=$(fleet_address 1)
as() { fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$at" --identity "$STAGE/$1" "${@:2}"; }
rss() { awk '/VmRSS/ { print $2 }' "/proc/${FLEET_PID[1]}/status"; }
served() {  # WHILE
  local begin=$EPOCHREALTIME
  run as op status --json
  echo "status while $1: $(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }') s" >>"$LOG"
  expect_less "an honest caller while $1" "$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')" "${VINET_PATIENCE:-2}"
}
run as op up "$(description figure7.vinet)"
served "nothing happens"
before=$(rss)

# --- 1,000 that say nothing, or what nobody understands ---------------------------------------------------------------
fleet_net_at 2 bash -c '
  ulimit -n 4096
  trap "" PIPE
  garbage=$(head -c 3000 /dev/urandom | tr -d "\0")
  for ((i = 0; i < 1000; i++)); do
    exec {fd}<>"/dev/tcp/'"$host/$FLEET_PORT"'" || continue
    case $((i % 4)) in
      1) printf "GET / HTTP/1.1\r\nHost: x\r\n\r\n" >&"$fd" ;;
      2) printf "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" >&"$fd" ;;
      3) printf "%s" "$garbage" >&"$fd" ;;
    esac
    ((i != 500)) || touch "$1.half"
  done 2>/dev/null
  touch "$1.all"
  exec sleep 1000
' strangers "$STAGE/strangers" >>"$LOG" 2>&1 &
strangers=$!
wait_for 60 test -e "$STAGE/strangers.half"
served "strangers come"
wait_for 60 test -e "$STAGE/strangers.all"
served "strangers stay"
expect_less "connections that the daemon keeps" "$(find "/proc/${FLEET_PID[1]}/fd" | wc -l)" 400
end_background "$strangers"

# --- one that is known, and does not read -----------------------------------------------------------------------------
as op exec line.A cat /dev/zero | { touch "$STAGE/reads"; exec sleep 1000; } &
reader=$!
wait_for 10 test -e "$STAGE/reads"
for _ in 1 2 3; do served "somebody does not read"; done
end_background "$reader"

kill -0 "${FLEET_PID[1]}" || fail "the daemon is gone"
expect_less "growth in KiB" "$(($(rss) - before))" 65536
expect_match "what is told" "refused .*10.99.2.2" "$(vinet_at 1 events)"
expect_less "events of the flood" "$(vinet_at 1 events | grep -c refused)" 40
fleet_clean
