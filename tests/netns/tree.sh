#!/usr/bin/env bash
# Control recursion: a part that uses itself, four deep. Nodes go by qualified names, in every verb.
source "$(dirname "$0")/lib.sh"

up tree.vinet
all_reachable
run vinet ping-all --json
expect_equal "pairs" $((48 * 47 * 2)) "$(jq '[.. | .pairs? | numbers] | add' "$OUT")"

deep=t.child0.child1.child0.child1
[[ -e $ROOT/run/netns/campus.$deep.leaf ]] || fail "no namespace of that name"
run vinet exec campus.$deep.leaf ping -c 1 -W 2 t.child1.child1.child1.child1.leaf
run vinet exec campus.$deep.leaf cat /proc/sys/kernel/hostname
expect_equal "host name" $deep.leaf "$(cat "$OUT")"
run vinet show campus.$deep.leaf
run vinet trace campus.admin campus.$deep.leaf
expect_match "the way" "t.child0.child1.child0.top" "$(cat "$OUT")"
# Seen from a node, its neighbours go by short names.
run ns campus.$deep.top ip -o link show
expect_match "device to the leaf" " leaf@| leaf:" "$(cat "$OUT")"
expect_match "device to the parent" " top@| top:" "$(cat "$OUT")"

run vinet ls --json 'campus.t.**.leaf'
expect_equal "leaves" 16 "$(jq length "$OUT")"
run vinet ls --json 'campus.t.*.top'
expect_equal "children of the root" "campus.t.child0.top campus.t.child1.top" "$(jq -r '[.[].name] | join(" ")' "$OUT")"
run vinet ls --json campus.t.child0.child0
expect_equal "all in a part" 21 "$(jq length "$OUT")" # 7 routers, 4 hosts, 10 links
leave_nothing
