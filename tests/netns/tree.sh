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

# Names of parts and patterns, as `ls` takes them.
pairs() { vinet ping-all --json "$@" | jq '[.[].pairs] | add'; }
expect_equal "pairs of leaves" $((16 * 15 * 2)) "$(pairs 'campus.t.**.leaf')"
expect_equal "pairs in a part" $((11 * 10 * 2)) "$(pairs campus.t.child0.child0)"
expect_equal "pairs of two parts' leaves and a node" $((5 * 4 * 2)) \
  "$(pairs 'campus.t.child0.child0.child0.**.leaf' 'campus.t.child1.child0.child0.**.leaf' campus.admin)"
expect_equal "pairs of an internet by pattern, and a node of it" $((48 * 47 * 2)) "$(pairs 'camp*' campus.admin)"
expect_equal "pairs of a sample" 1 "$(vinet ping-all --json --sample 20 --seed 1 'campus.t.**.leaf' | jq '.[0].pairs >= 32 and .[0].pairs <= 50' | grep -c true)"
expect_exit 4 vinet ping-all campus.admin
expect_match "one node" "no pair" "$(cat "$ERR")"
expect_exit 4 vinet ping-all 'campus.nobody.**'
expect_exit 4 vinet ping-all lab.m0
expect_equal "shown by pattern" 16 "$(vinet show --json 'campus.t.**.leaf' | jq length)"
expect_equal "shown by name" campus.admin "$(vinet show --json campus.admin | jq -r .name)"
expect_equal "counted in a part" '["t.child0.child0.top"]' \
  "$(vinet stats --json 'campus.t.child0.child0.t?p' | jq -c '[.[].node] | unique')"
run vinet exec 'campus.adm*' hostname
expect_equal "exec in the only match" admin "$(cat "$OUT")"
expect_exit 4 vinet trace campus.admin 'campus.t.**.leaf'
expect_match "several match" "16 nodes" "$(cat "$ERR")"
run vinet trace 'campus.adm*' 'campus.t.child0.child1.child0.*1.leaf'
leave_nothing
