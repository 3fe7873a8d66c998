#!/usr/bin/env bash
# trace reports what happened, not what was planned: after a map entry was altered by hand it shows where the packet
# really ended; before, it shows each hop with machine and headers.
#
#      a ---- b ---- c      on b's machine the key of link a-b is made to point to the node of another link
#      X ~~~~ Y ~~~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would repair by itself

up figure7.vinet
run vinet trace line.A line.D --json
events() { jq -r '[.. | objects | select(.event? and (.reply | not)) | "\(.event) \(.machine)"] | join(", ")' "$OUT"; }
expect_equal "way of the packet" "push lab.X, pop lab.Y, deliver lab.Y, push lab.Y, pop lab.Z, deliver lab.Z" "$(events)"

# In lab.Y there are two keys: of what comes from A, of what comes from D. Give the first the value of the second.
map=$(ns lab.Y tc -j filter show dev X ingress | jq -r 'first(.[].options.prog.id? // empty)')
map=$(bpftool -j prog show id "$map" | jq -r '.map_ids[]' | while read -r id; do
  bpftool -j map show id "$id" | jq -r 'select(.name == "vi_keys") | .id'; done)
dump=$(bpftool -j map dump id "$map")
X=$(identity lab.X)
hex_of_X=$(printf '0x%02x,' ${X//./ })
from_A=$(jq -c ".[] | select((.key[0:4] | join(\",\")) + \",\" == \"$hex_of_X\")" <<<"$dump")
from_D=$(jq -c ".[] | select((.key[0:4] | join(\",\")) + \",\" != \"$hex_of_X\")" <<<"$dump")
bpftool map update id "$map" key $(jq -r '.key[]' <<<"$from_A") value $(jq -r '.value[]' <<<"$from_D")

# Now B's interface towards D gets it; B forwards it to D all the same. The program says so.
vinet trace line.A line.D --json >"$OUT"
expect_equal "interface that the packet came to in B" "B-D" \
  "$(jq -r '[.. | objects | select(.event? == "deliver" and .machine == "lab.Y" and (.reply | not)) | .link][0]' "$OUT")"

# And without the key it ends in Y, with the reason.
bpftool map delete id "$map" key $(jq -r '.key[]' <<<"$from_A")
expect_exit 1 vinet trace line.A line.D --json
expect_equal "way of the packet" "push lab.X, drop lab.Y" "$(events)"
expect_equal "reason" "unknown_key" "$(jq -r '[.. | .reason? | strings | select(. != "" and . != "none")][0]' "$OUT")"

# up repairs what the hand did.
up figure7.vinet
all_reachable
leave_nothing
