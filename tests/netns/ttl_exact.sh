#!/usr/bin/env bash
# The TTL is lowered once by each router and never by a link: TTL n reaches exactly the n-th node, and its ICMP says so.
#
#      A -- B -- C -- D -- E -- F
source "$(dirname "$0")/lib.sh"

up figure11.vinet
F=$(identity fig11.F) F6=$(identity fig11.F 6)
nodes=(A B C D E)
for ttl in 1 2 3 4; do
  router=${nodes[ttl]} before=${nodes[ttl - 1]}
  expect_exit 1 ns fig11.A ping -n -c 1 -W 2 -t $ttl "$F"
  expect_match "TTL $ttl" "From $(address fig11.$router $before) .*Time to live exceeded" "$(cat "$OUT")"
  expect_exit 1 ns fig11.A ping -n -c 1 -W 2 -t $ttl "$F6"
  expect_match "hop limit $ttl" "From $(address fig11.$router $before 6) .*Time exceeded" "$(cat "$OUT")"
done
run ns fig11.A ping -n -c 1 -W 2 -t 5 "$F"
expect_match "TTL of the reply, sent with 64" "ttl=60" "$(cat "$OUT")"
run ns fig11.A ping -n -c 1 -W 2 -t 5 "$F6"
leave_nothing
