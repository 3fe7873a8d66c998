#!/usr/bin/env bash
# `vinet verify` of stacks: nothing is found where all is as planned, flattened or not; what is altered by hand in any layer
# is named with the node it is about; canaries try every layer; `up` mends it.
#
#      third    u ------------- v        not flattened: its backsides lie in upper.p and upper.s
#      upper    p ------------- s        flattened
#      lower    a ---- b ------ c        hosts a, c and d; b a router
#               X ~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1

describe stack <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}
internet lower on lab {
  host a at X
  router b at Y
  host c at Z
  host d at Z
  a -- b -- c
  b -- d
}
internet upper on lower {
  host p at a
  host s at c
  p -- s
}
internet third on upper [flatten = no] {
  host u at p
  host v at s
  u -- v
}
END
up "$STAGE/stack.vinet"
run vinet verify
for name in lab lower upper third; do expect_match "$name" "$name: .* as planned" "$(cat "$OUT")"; done
run vinet verify third --json
expect_equal "with all that it stands on" '[true,["lab","lower","upper","third"]]' "$(jq -c '[.as_planned, [.objects[].name]]' "$OUT")"
begin=$SECONDS
run vinet verify --canary
((SECONDS - begin < 20)) || fail "it took $((SECONDS - begin)) s"
text=$(cat "$OUT")
expect_match "the canary" "canary: 8 of 8 nodes listen: isolated" "$text"
expect_match "own links" "over own links +[0-9]+ sent, all arrived" "$text"
expect_match "exact copies" "on the base, exact copies +[0-9]+ sent, all arrived" "$text"
for kind in "one field of the key wrong" "to foreign end addresses" "from lower nodes, keys of upper links"; do
  expect_match "$kind" "$kind +[0-9]+ sent, none arrived" "$text"
done

maps() {  # ANCHOR MAP
  local program id
  program=$(ns "$1" tc filter show block 30313 | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | head -1)
  for id in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
    [[ $(bpftool -j map show id "$id" | jq -r .name) != "$2" ]] || echo "$id"
  done
}
first() { bpftool -j map dump id "$(maps "$1" "$2")" | jq -r ".[0].$3 | join(\" \")"; }
breaks() {  # REGEX COMMAND
  eval "$2" >>"$LOG" 2>&1 || fail "cannot break: $2"
  REGEXES+=("$1")
}
see() {
  local regex
  expect_exit 1 vinet verify -v
  for regex in "${REGEXES[@]}"; do expect_match "what is broken" "$regex" "$(cat "$OUT")"; done
  run vinet up "$STAGE/stack.vinet"
  run vinet verify
  REGEXES=()
}
REGEXES=()

# Entries of the flattened layer: a key lost, a stranger's key, another's source.
key=$(first lab.X vi_uppers key) value=$(first lab.X vi_uppers value)
breaks "lab.X: vi_uppers entry of upper.p-s at p: planned link [0-9.]+ -> [0-9.]+ on lower.a, found nothing" \
  "bpftool map delete id \$(maps lab.X vi_uppers) key $key"
read -ra bytes <<<"$key"
breaks "lab.X: vi_uppers entry of a stranger into upper.p-s at p: planned nothing, found link 1.2.3.4 -> [0-9.]+ on lower.a leads there" \
  "bpftool map update id \$(maps lab.X vi_uppers) key ${bytes[*]:0:8} 1 2 3 4 ${bytes[*]:12:4} value $value"
breaks "lab.X: vi_sources entry of a stranger: planned nothing, found may send from 9.9.9.9 on lower.a" \
  "bpftool map update id \$(maps lab.X vi_sources) key ${bytes[*]:0:8} 9 9 9 9 0 0 0 0 value 1"
see

# The lower host's route moves: the template does not fit it any more.
route=$(ns lower.a ip -j route show proto 76 | jq -r '[.[] | select(.dev == "b")][0].dst')
breaks "lower.a: route to $route: planned" "ns lower.a ip route del $route proto 76"
breaks "lab.X: vi_links entry of upper.p-s at p: way: planned no way, found 192.168.0.[0-9]+ -> 192.168.0.[0-9]+ \| 172.16" \
  "for r in \$(ns lower.a ip -j route show proto 76 | jq -r '.[] | select(.dev == \"b\") | .dst'); do ns lower.a ip route del \$r; done"
see

# What is not flattened: programs and backsides in upper.p.
backside=$(ns upper.p ip -j link show | jq -r '.[] | select(.ifalias == "vinet:third:u-v@u") | .ifname')
breaks "upper.p: backside of third.u-v at u: planned its packets go through vi_backside, found no filter" \
  "ns upper.p tc qdisc del dev $backside clsact"
breaks "upper.s: vi_uppers entry of third.u-v at v: planned link [0-9.]+ -> [0-9.]+ on upper.s, found nothing" \
  "bpftool map delete id \$(maps upper.s vi_uppers) key \$(first upper.s vi_uppers key)"
see
run vinet verify --canary
run vinet down --all
leave_nothing
