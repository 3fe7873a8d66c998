#!/usr/bin/env bash
# What is seen of internets over several machines by who asks one: canaries from machine to machine; faults.md F-22, links
# over a cut path, by name; and captures in one file, whichever machines the nodes lie on.
#
#      A ----- B ----- D         line: A-B, B-D          a ----- d   side, beside it
#      m1 ~ core ~ m2 ~ core ~ m3                        p ----- s   upper, on line
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
command -v nft >/dev/null || skip "no nft"

core() { nsenter --net="$STAGE/net/core" -- "$@"; }
fleet_begin 3
fleet_empty
{ fleet_description && cat; } >"$STAGE/line.vinet" <<'END'
internet line on fleet { host A at M1; router B at M2; host D at M3; A -- B -- D }
internet side on fleet { host a at M1; host d at M3; a -- d }
internet upper on line { host p at A; host s at D; p -- s }
END
run vinet_at 1 up "$STAGE/line.vinet"
fleet_remember

# Canaries: over all links both ways, forged ones on the base between machines; from a controller, and asked over TLS.
run vinet_at 1 verify --canary --json
jq -e '.canary.faults == [] and .canary.nodes == 7 and .canary.listened == 7' "$OUT" >>"$LOG"
for kind in "over own links" "on the base, exact copies" "on the base, one field of the key wrong" "to foreign end addresses" \
  "in IP-in-IP with foreign keys" "from lower nodes, keys of upper links"; do
  jq -e --arg kind "$kind" '.canary.kinds[] | select(.name == $kind) | .sent > 0' "$OUT" >>"$LOG" || fail "no canaries $kind"
done
jq -e '[.canary.kinds[] | select(.shall_arrive) | .sent == .arrived] | all' "$OUT" >>"$LOG"
run fleet_net_at 1 "$BUILD/vinet" --connect "$(fleet_endpoint 1)" --identity "$STAGE/op" verify --canary
fleet_holds "after the canaries"

# F-22: packets of internets between m2 and the others are cut, calls are not.
core nft 'add table ip cut; add chain ip cut f { type filter hook forward priority 0; }; add rule ip cut f ip daddr 10.99.2.2 ip protocol 4 drop'
expect_exit 1 vinet_at 1 verify --canary --json
expect_equal "F-22: links over the cut path" "line.A-B line.B-D upper.p-s" \
  "$(jq -r '.canary.faults[].what' "$OUT" | grep -oE 'over link [^ ]+|key of link [^ ]+' | awk '{print $NF}' | sort -u | xargs)"
core nft delete table ip cut
run vinet_at 1 verify --canary

# One capture of nodes on three machines, each packet of a ping where it passes, in the order of time.
seen() { [[ $(tshark -r "$STAGE/line.pcapng" -Y icmp 2>>"$LOG" | wc -l) -ge $1 ]]; }
nsenter --net="$STAGE/net/m1" -- "$BUILD/vinet" --root "$STAGE/m1" capture line -w "$STAGE/line.pcapng" 2>"$STAGE/said" & capture=$!
wait_for 10 grep -q '^capturing' "$STAGE/said"
once() { run fleet_pings 1 line.A 3 line.D; seen 8; }
wait_for 15 once
kill -TERM "$capture" && wait "$capture"
tshark -r "$STAGE/line.pcapng" -Y icmp -T fields -e frame.interface_name -e icmp.type -e frame.time_epoch >"$STAGE/packets" 2>>"$LOG"
expect_equal "where a ping was seen first, and where its answer last" "line.A-B at A 8 line.A-B at A 0" \
  "$(head -1 "$STAGE/packets" | cut -f1,2 | tr '\t' ' ') $(tail -1 "$STAGE/packets" | cut -f1,2 | tr '\t' ' ')"
expect_equal "interfaces" "line.A-B at A line.A-B at B line.B-D at B line.B-D at D" "$(cut -f1 "$STAGE/packets" | sort -u | xargs)"
cut -f3 "$STAGE/packets" | sort -c -n
fleet_holds "after the capture"
fleet_clean
leave_nothing
