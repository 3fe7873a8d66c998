#!/usr/bin/env bash
# A capture and the internet under it: links, nodes and machines go and the capture goes on; nobody waits for it; a killed
# one leaves nothing; it changes nothing.
#
#      A ------------ B ------------ D      end layer
#      X ~~~~~~~~~~~~ Y ~~~~~~~~~~~~ Z      base layer
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/vinet_capture.sh"

up figure7.vinet
D=$(identity line.D) B=$(identity line.B)

# Sockets only: all else is as before, also after SIGKILL.
inventory >"$STAGE/up"
begin_vinet_capture killed line lab
inventory | grep -v '^process vinet$' >"$STAGE/while"
expect_equal "what a capture changes" "" "$(diff <(grep -v '^process vinet$' "$STAGE/up") "$STAGE/while" || true)"
kill -KILL "${VINET_CAPTURES[killed]}"
wait "${VINET_CAPTURES[killed]}" || true
inventory >"$STAGE/after"
expect_equal "what a killed capture leaves" "" "$(diff "$STAGE/up" "$STAGE/after" || true)"

# A link goes: its interfaces end, the others go on.
begin_vinet_capture change line.A line.B line.D
sed '/A -- B -- D/s/.*/  A -- B/' "$EXAMPLES/figure7.vinet" >"$STAGE/less.vinet"
up "$STAGE/less.vinet"
wait_for 5 grep -q "line.B-D at B: no more packets: device D in line.B is gone" "$STAGE/change.said"
wait_for 5 grep -q "line.B-D at D: no more packets: device B in line.D is gone" "$STAGE/change.said"
run ns line.A ping -n -c 1 "$B"
end_vinet_capture change
is_clean change
expect_equal "echoes afterwards" 4 "$(decoded change "icmp.type == 8 && ip.dst == $B" frame.number | wc -l)"

# All goes: `down` waits for no capture, which ends by itself.
begin_vinet_capture down line lab
start=$SECONDS
down --all
expect_less "seconds that down took" $((SECONDS - start)) 5
gone() { ! kill -0 "${VINET_CAPTURES[down]}" 2>/dev/null; }
wait_for 5 gone
wait "${VINET_CAPTURES[down]}" || fail "the capture ended with exit code $?"
expect_match "what it says" "nothing is left to listen on" "$(cat "$STAGE/down.said")"
is_clean down
leave_nothing
