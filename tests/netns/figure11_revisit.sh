#!/usr/bin/env bash
# Revisitation (VI Figure 11): a packet from A to F enters Y three times, and no link confuses it with another.
#
#      A     B D F     C E           A -- B -- C -- D -- E -- F
#      X ~~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"

up figure11.vinet
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z)
F=$(identity fig11.F)

# Between Y and Z the same packet goes there and back again, then enters Y for the last time.
capture left lab.Y X ip proto 4
capture right lab.Y Z ip proto 4
run ns fig11.A ping -n -c 1 "$F"
wait_for 5 captured left 1 "icmp.type == 0"
wait_for 5 captured right 4 "icmp.type == 0"
end_capture left
end_capture right
way() { fields "$1" "icmp.type == 8" ip.src ip.dst ip.ttl | sed -E 's/^([^,]+),\S+ ([^,]+),\S+ (.*)$/\1 \2 \3/'; }
expect_equal "base headers and TTLs on X-Y" "$X $Y 64,64,64" "$(way left)"
expect_equal "base headers and TTLs on Y-Z" \
  "$Y $Z 64,64,63"$'\n'"$Z $Y 64,64,62"$'\n'"$Y $Z 64,64,61"$'\n'"$Z $Y 64,64,60" "$(way right)"

# The programs say the same: one echo, five machines in a row, each with its headers.
run vinet trace fig11.A fig11.F --json
visits=$(jq -r '[.. | objects | select(.event? == "pop" and (.reply | not)) | .machine] | join(" ")' "$OUT")
expect_equal "machines that the packet enters" "lab.Y lab.Z lab.Y lab.Z lab.Y" "$visits"
all_reachable
leave_nothing
