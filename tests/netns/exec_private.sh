#!/usr/bin/env bash
# A program in a node has a /run, hostname and /etc/hosts of its own, so that two of a kind do not collide (VI §III,
# "network reentrancy"); names of nodes resolve to identities; all other files are the computer's.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"

up figure7.vinet
run vinet exec line.A sh -c 'echo mine >/run/pid; cat /run/pid'
run vinet exec line.B sh -c '! test -e /run/pid && echo theirs >/run/pid'
run vinet exec line.A cat /run/pid
expect_equal "/run/pid of A, later" "mine" "$(cat "$OUT")"
[[ ! -e /run/pid ]] || fail "/run of the computer was written to"

run vinet exec line.A hostname
expect_equal "hostname" "A" "$(cat "$OUT")"
for node in A B D; do
  run vinet exec line.A getent ahostsv4 $node
  expect_match "address of $node" "^$(identity line.$node) " "$(cat "$OUT")"
  run vinet exec line.A getent ahostsv6 $node
  expect_match "IPv6 address of $node" "^$(identity line.$node 6) " "$(cat "$OUT")"
done
run vinet exec line.A ping -c 1 -W 2 D
run vinet exec line.A sh -c 'cat /etc/passwd | cmp - /etc/passwd && ip -o link | wc -l'
expect_equal "interfaces in A" 2 "$(cat "$OUT")"

# The same server on the same port in two nodes, and in the computer itself.
for node in A D; do
  vinet exec line.$node "$BUILD/sockcat" listen 22 >"$STAGE/$node" &
  wait_for 5 listens line.$node 22
done
run vinet exec line.B sh -c "echo for D | $BUILD/sockcat connect D 22; echo for A | $BUILD/sockcat connect A 22"
wait
expect_equal "heard by D" "for D" "$(cat "$STAGE/D")"
expect_equal "heard by A" "for A" "$(cat "$STAGE/A")"
leave_nothing
