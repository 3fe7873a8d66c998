#!/usr/bin/env bash
# Forged packets of the base (DESIGN §3): every field of the key wrong, singly and together; headers missing, cut, broken,
# too many; fragments of headers, overlapping, without a rest (faults.md F-110 to F-112). None of them reaches a node, and each that is ours is counted once, under its reason, at whose link it was for.
# Exact copies are the control and arrive. Two internets with the very same end addresses, on the same machines; forged
# next to the receiver, and by a stranger whose packets machine Z forwards like any others.
#
#      red:  a ---- b ---- c
#      blue: a ---- b ---- c
#            X ~~~~ Y ~~~~ Z ---- stranger
source "$(dirname "$0")/lib.sh"

for net in red blue; do
  describe $net <<END
base lab { machine X, Y, Z; X -- Y -- Z }
internet $net on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at Z; a -- b -- c }
END
  up "$STAGE/$net.vinet"
done
link_addresses() {
  vinet plan "$STAGE/$1.vinet" --json |
    jq -r '.internets[].links[] | select(.name == "a-b") | "\(.a.link_address),\(.b.link_address)"'
}
X=$(identity lab.X) Y=$(identity lab.Y)
arguments=("base=$X,$Y" "link=$(link_addresses red)" "other=$(link_addresses blue)" "near=$(address lab.Y X)"
  "inner=$(identity red.a),$(identity red.b)" "inner6=$(identity red.a 6),$(identity red.b 6)")
expect_equal "end addresses of both" "$(identity red.a) $(identity red.b)" "$(identity blue.a) $(identity blue.b)"

# Every node is watched all the time.
nodes=()
for net in red blue; do for node in a b c; do nodes+=("$ROOT/run/netns/$net.$node"); done; done
"$BUILD/witness" "${nodes[@]}" >"$STAGE/seen" &
witness=$!
wait_for 5 grep -q listening "$STAGE/seen"

# All that Y has dropped: INTERNET LINK NODE REASON COUNT.
counts() {
  run vinet show lab.Y --json
  jq -r '.counters[] | . as $c | .drops | to_entries[] | 
    [$c.internet, $c.link, $c.node, .key, .value] | map(if . == "" then "-" else tostring end) | join(" ")' "$OUT" | sort
}
# What was counted between two such lists, as a list.
counted_since() {
  awk '{ what = $1 " " $2 " " $3 " " $4 } FILENAME == ARGV[1] { old[what] = $5; next }
    $5 != old[what] { print what, $5 - old[what] }' "$1" "$2"
}

sent=0
# forge GROUP FROM DEVICE MAC [PATTERN of what does not come through]: sends the group, and compares.
forge() {
  local group=$1 from=$2 device=$3 mac=$4 lost=${5:-no such packet} last
  counts >"$STAGE/counts"
  run ns_or_stranger "$from" "$BUILD/forge" "$group" "${arguments[@]}" "device=$device" "mac=$mac" "from=$sent"
  grep -vE "$lost" "$OUT" >"$STAGE/told"
  last=$(tail -n 1 "$STAGE/told")
  wait_for 10 grep -qE "^red.b forged ${last%% *} " "$STAGE/seen"
  counts >"$STAGE/counts.now"
  expect_equal "$group from $from: counters" "$(awk '
    $2 == "none" || $3 == "delivered" { next }
    { n[($2 == "machine" ? "lab - -" : ($2 == "link" ? "red" : "blue") " a-b b") " " $3]++ }
    END { for (what in n) print what, n[what] }' "$STAGE/told" | sort)" "$(counted_since "$STAGE/counts" "$STAGE/counts.now")"
  expect_equal "$group from $from: what nodes got" \
    "$(awk '$3 == "delivered" { print ($2 == "link" ? "red" : "blue") ".b forged", $1, $4 }' "$STAGE/told" | sort)" \
    "$(awk -v from="$sent" '$2 == "other" || $3 >= from' "$STAGE/seen" | grep -v listening | sort)"
  echo "$group from $from: $(wc -l <"$STAGE/told") packets, $(grep -c delivered "$STAGE/told") of them right"
  sent=$((${last%% *} + 1))
}
ns_or_stranger() { if [[ $1 == stranger ]]; then "${@:2}"; else ns "$@"; fi; }

mac=$(ns lab.Y ip -j link show dev X | jq -r '.[0].address')
for group in exact keys headers cuts checksums header_lengths lengths protocols frames fragments echoes; do
  forge $group lab.X Y "$mac"
done

# The stranger is this computer: a cable to Z, where nothing of vinet is attached. Z drops what comes from nowhere, and
# what is for an address without a route; the rest it forwards. Who can write all four addresses is believed.
ip link add stranger type veth peer name cable netns "$ROOT/run/netns/lab.Z"
ns lab.Z sysctl -qw net.ipv4.conf.cable.forwarding=1
ns lab.Z ip link set cable up
ip link set stranger up
mac=$(ns lab.Z ip -j link show dev cable | jq -r '.[0].address')
forge keys stranger stranger "$mac" "base 00000000 >"
forge exact stranger stranger "$mac"
forge fragments stranger stranger "$mac"
forge echoes stranger stranger "$mac" "echo that is cut"
ip link del stranger

end_background "$witness"
all_reachable
leave_nothing
