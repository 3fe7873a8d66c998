#!/usr/bin/env bash
# Layers are closed to each other. Forged packets of links of internets on internets, each address right and wrong: from a
# machine of the base and from a stranger behind one; by root in a host below, in a router below, in a node of an internet
# above. What is no exact copy reaches no node of another internet and is counted by reason, once. A host below cannot forge
# what stands on it (reason `source`); a router below, which is on the way, can (docs/security.md).
#
#      upper    p ------ r ------ s     and direct: p - s;    sibling: the same, on the same nodes
#      low      a ------ b ------ c     d, next to a, on which nothing stands: d - b
#      other    n1 ----- n2              on the lab, beside low
#      lab      X ~~~~~~ Y ~~~~~~ Z ---- stranger
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1

describe below <<'EOF'
base lab { machine X, Y, Z; X -- Y -- Z }
internet low on lab { host a, d at X; router b at Y; host c at Z; a -- b -- c; d -- b }
internet other on lab { host n1 at X; host n2 at Y; n1 -- n2 }
EOF
write() {  # FLATTEN
  local net
  for net in upper sibling; do
    echo "internet $net on low [flatten = $1] { host p at a; router r at b; host s at c; p -- r -- s; direct: p -- s }"
  done | cat "$STAGE/below.vinet" - | describe all
}
link_addresses() {  # INTERNET LINK [REVERSED]
  vinet plan "$STAGE/all.vinet" --json | jq -r ".internets[] | select(.name == \"$1\") | .links[] | select(.name == \"$2\") |
    [.a.link_address, .b.link_address] | ${3:-.} | join(\"$SEPARATOR\")"
}
SEPARATOR=,
mac_of() { ns "$1" ip -j link show dev "$2" | jq -r '.[0].address'; }

write yes
up "$STAGE/all.vinet"
X=$(identity lab.X) Y=$(identity lab.Y)
watched=()
for node in {upper,sibling}.{p,r,s} other.{n1,n2} low.b; do watched+=("$ROOT/run/netns/$node"); done
"$BUILD/witness" "${watched[@]}" >"$STAGE/seen" &
witness=$!
wait_for 5 grep -q listening "$STAGE/seen"

# All drops that a machine has counted: INTERNET LINK NODE REASON COUNT.
counts() {  # MACHINE
  vinet show "$1" --json | jq -r '.counters[] | . as $c | .drops | to_entries[] |
    [$c.internet, $c.link, $c.node, .key, .value] | map(if . == "" then "-" else tostring end) | join(" ")' | sort
}
counted_since() {
  awk '{ what = $1 " " $2 " " $3 " " $4 } FILENAME == ARGV[1] { old[what] = $5; next }
    $5 != old[what] { print what, $5 - old[what] }' "$1" "$2"
}

# --- on the base --------------------------------------------------------------------------------------------------------
sent=0
ns_or_stranger() { if [[ $1 == stranger ]]; then "${@:2}"; else ns "$@"; fi; }
names='BEGIN { internet["link"] = "low"; internet["other"] = "other"; internet["upper"] = "upper"; internet["sibling"] = "sibling"
  end["link"] = "a-b b"; end["other"] = "n1-n2 n2"; end["upper"] = end["sibling"] = "p-r r"
  node["link"] = "low.b"; node["other"] = "other.n2"; node["upper"] = "upper.r"; node["sibling"] = "sibling.r" }'
forge() {  # FROM DEVICE MAC
  counts lab.Y >"$STAGE/counts"
  run ns_or_stranger "$1" "$BUILD/forge" uppers "device=$2" "mac=$3" "from=$sent" "base=$X,$Y" "near=$(address lab.Y X)" \
    "link=$(link_addresses low a-b)" "other=$(link_addresses other n1-n2)" "upper=$(link_addresses upper p-r)" \
    "sibling=$(link_addresses sibling p-r)" "inner=$(identity upper.p),$(identity upper.r)" \
    "inner6=$(identity upper.p 6),$(identity upper.r 6)"
  last=$(tail -n 1 "$OUT" | cut -d' ' -f1)
  wait_for 10 grep -q "^low.b forged $last " "$STAGE/seen"
  counts lab.Y >"$STAGE/counts.now"
  expect_equal "from $1: counters" "$(awk "$names"' $2 == "none" || $3 == "delivered" { next }
      { n[($2 == "machine" ? "lab - -" : internet[$2] " " end[$2]) " " $3]++ }
      END { for (what in n) print what, n[what] }' "$OUT" | sort)" \
    "$(counted_since "$STAGE/counts" "$STAGE/counts.now")"
  expect_equal "from $1: what nodes got" "$(awk "$names"' $3 == "delivered" { print node[$2], "forged", $1, $4 }' "$OUT" | sort)" \
    "$(awk -v from="$sent" '$2 == "other" || $3 >= from' "$STAGE/seen" |
      grep -vE "^listening|^low.b other" | sort)"  # low.b forwards what p and s tell their neighbours by themselves
  echo "from $1: $(wc -l <"$OUT") packets, $(grep -c ' upper delivered' "$OUT") of them right for upper"
  sent=$((last + 1))
}
forge lab.X Y "$(mac_of lab.Y X)"
ip link add stranger type veth peer name cable netns "$ROOT/run/netns/lab.Z"
ns lab.Z sysctl -qw net.ipv4.conf.cable.forwarding=1
ns lab.Z ip link set cable up
ip link set stranger up
forge stranger stranger "$(mac_of lab.Z cable)"
ip link del stranger

# --- in the layers ------------------------------------------------------------------------------------------------------
# Ten echoes of root in NODE, inside an IPv4 header: what X and Y then count, of all links, less what they counted before.
SEPARATOR=' '
by_root() {  # NODE DEVICE SOURCE DESTINATION
  local machine
  for machine in X Y; do counts lab.$machine >"$STAGE/counts.$machine"; done
  grep -c '^upper\|^sibling\|^other' "$STAGE/seen" >"$STAGE/seen.before" || true
  ns "$1" "$BUILD/rawsend" "$2" "$(mac_of "$1" "$2")" 10 layers "$3" "$4" "$p" "$r"
  # A last one, plain and right, to low.b: all before it is through when it arrives.
  before=$(grep -c '^low.b other 36 ' "$STAGE/seen") || true
  [[ $1 == low.b ]] || ns "$1" "$BUILD/rawsend" "$2" "$(mac_of "$1" "$2")" 1 udp "$(identity "$1")" "$(identity low.b)" 9
  through() { (($(grep -c '^low.b other 36 ' "$STAGE/seen") > before)); }
  [[ $1 == low.b ]] || wait_for 5 through
  for machine in X Y; do
    counts lab.$machine >"$STAGE/counts.now"
    counted_since "$STAGE/counts.$machine" "$STAGE/counts.now"
  done
}
arrived_above() { echo $(($(grep -c '^upper\|^sibling\|^other' "$STAGE/seen" || true) - $(<"$STAGE/seen.before"))); }
read -r p_link r_link < <(link_addresses upper p-r)
read -r _ s_link < <(link_addresses upper direct)
p=$(identity upper.p) r=$(identity upper.r)
a=$(identity low.a) b=$(identity low.b) c=$(identity low.c) d=$(identity low.d)
for from in "a $p_link $r_link" "a $s_link $r_link" "a $c $r_link" "a $c $b" "a 192.0.2.1 $b" "a $X $Y" "d $p_link $r_link" "d $a $b" "d $p_link $b"; do
  read -r node source destination <<<"$from"
  expect_equal "root in low.$node, $source > $destination" "low $node-b $node source 10" "$(by_root low.$node b "$source" "$destination")"
  expect_equal "that arrived above" 0 "$(arrived_above)"
done
# Its own addresses it may use; but they are no key.
for from in "a $a" "d $d"; do
  read -r node source <<<"$from"
  expect_equal "root in low.$node as itself" "upper p-r r unknown_key 10" "$(by_root low.$node b "$source" "$r_link")"
  expect_equal "that arrived above" 0 "$(arrived_above)"
done
# A router is on the way of what it carries: copies of it are right, anything else is not.
expect_equal "root in low.b, wrong key" "upper p-r p unknown_key 10" "$(by_root low.b a "$s_link" "$p_link")"
expect_equal "root in low.b, an exact copy" "" "$(by_root low.b a "$r_link" "$p_link")"
came() { (($(grep -c '^upper.p other' "$STAGE/seen") >= 10)); }
wait_for 5 came
end_background "$witness"

# Frames of all kinds with the addresses of all layers, by root above and below: nobody else gets any.
addresses=("$X" "$Y" "$a" "$b" "$c" "$p_link" "$r_link" "$s_link" $(link_addresses low a-b) $(link_addresses other n1-n2)
  $(link_addresses sibling p-r) "$(identity upper.p)" "$(identity upper.r)" "$(identity upper.s)" "$(identity other.n2)" "$(identity upper.r 6)" "$(identity low.c 6)" "$(identity other.n2 6)" ff02::1)
# closed NODE DEVICE WATCHED...
closed() {
  local node files=()
  for node in "${@:3}"; do files+=("$ROOT/run/netns/$node"); done
  "$BUILD/witness" "${files[@]}" >"$STAGE/closed" &
  witness=$!
  wait_for 5 grep -q listening "$STAGE/closed"
  ns "$1" "$BUILD/assault" "$2" "$RANDOM" 3000 "$(mac_of "$1" "$2")" "${addresses[@]}" >"$STAGE/taken"
  expect_less "frames of $1" 1000 "$(<"$STAGE/taken")"
  run pings other.n1 "$(identity other.n2)"
  wait_for 5 grep -q '^other.n2 other 84' "$STAGE/closed"
  end_background "$witness"
  expect_equal "what others got of root in $1" "" "$(grep -vE '^listening|^other.n[12] other 84 4500' "$STAGE/closed" || true)"
}
closed upper.p r low.{a,c,d} sibling.{p,r,s} other.{n1,n2} lab.X@lo lab.Y@lo
closed low.a b {upper,sibling}.{p,r,s} other.{n1,n2} lab.X@lo lab.Y@lo
closed low.d b {upper,sibling}.{p,r,s} other.{n1,n2} lab.X@lo lab.Y@lo
all_reachable

# --- layer by layer -----------------------------------------------------------------------------------------------------
# The backside of upper lies in low.a itself, whose root may use his own; others' not.
write no
up "$STAGE/all.vinet"
all_reachable
"$BUILD/witness" "${watched[@]}" >"$STAGE/seen" &
witness=$!
wait_for 5 grep -q listening "$STAGE/seen"
read -r p_link r_link < <(link_addresses upper p-r)
read -r _ s_link < <(link_addresses upper direct)
for from in "a $s_link $r_link" "a $c $r_link" "a $c $b" "a $X $Y" "d $p_link $r_link" "d $a $b"; do
  read -r node source destination <<<"$from"
  expect_equal "not flattened: root in low.$node, $source > $destination" "low $node-b $node source 10" "$(by_root low.$node b "$source" "$destination")"
  expect_equal "that arrived above" 0 "$(arrived_above)"
done
end_background "$witness"

# --- nothing stands there any more ---------------------------------------------------------------------------------------
down upper
down sibling
"$BUILD/witness" "$ROOT/run/netns/low.b" >"$STAGE/seen" &
witness=$!
wait_for 5 grep -q listening "$STAGE/seen"
expect_equal "a host on which nothing stands sends what it likes" "" "$(by_root low.a b "$c" "$b")"
all_ten() { (($(grep -c '^low.b other 80 ' "$STAGE/seen") == 10)); }
wait_for 5 all_ten
end_background "$witness"
leave_nothing
