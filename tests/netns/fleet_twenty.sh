#!/usr/bin/env bash
# Twenty computers, an internet of 200 nodes over them, and an internet of 20 on that: up, looked at, changed, its daemons
# killed, taken down.
#
#      big: on each machine a ring of ten routers, the first of them in a ring over all machines; top: a ring of 20 on those
#
#        (r1_1 ... r1_10)   ---   (r2_1 ... r2_10)   ---  ...  (r20_1 ... r20_10)  ---  back to r1_1
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
MACHINES=20 EACH=10

next() { echo $(($1 % $2 + 1)); }
big() {  # [LINE]...: more of it
  fleet_description
  echo "internet big on fleet {"
  local i k
  for ((i = 1; i <= MACHINES; i++)); do
    for ((k = 1; k <= EACH; k++)); do echo "  router r${i}_$k at M$i"; done
    for ((k = 1; k <= EACH; k++)); do echo "  r${i}_$k -- r${i}_$(next $k $EACH)"; done
  done
  for ((i = 1; i <= MACHINES; i++)); do echo "  r${i}_1 -- r$(next $i $MACHINES)_1"; done
  printf '  %s\n' "$@" "}"
}
top() {
  echo "internet top on big {"
  local i
  for ((i = 1; i <= MACHINES; i++)); do echo "  router t$i at r${i}_1"; done
  for ((i = 1; i <= MACHINES; i++)); do echo "  t$i -- t$(next $i $MACHINES)"; done
  echo "}"
}

fleet_net $MACHINES
fleet_pki
for ((i = 1; i <= MACHINES; i++)); do fleet_start $i; done
fleet_empty
big >"$STAGE/big.vinet"
top >"$STAGE/top.vinet"
run vinet_at 1 up "$STAGE/big.vinet"
run vinet_at 1 up "$STAGE/top.vinet"
run fleet_pings 1 big.r1_5 11 big.r11_6
run fleet_pings 1 top.t1 11 top.t11
expect_equal "hops around half of the upper ring" 10 \
  "$(at_node 1 top.t1 traceroute -n -q 1 -m 40 "$(fleet_identity 11 top.t11)" | grep -c 'ms$')"
run vinet_at 1 verify
fleet_remember
run vinet_at 1 up "$STAGE/big.vinet"
expect_equal "up again" $'fleet: unchanged\nbig: unchanged' "$(cat "$OUT")"

# Nothing in the kernels ends with the daemons; which come back in any order, the controller among them.
fleet_watch 3 top.t3 13 top.t13
for i in 1 5 9 13 17; do fleet_kill $i; done
for i in 17 1 9 5 13; do fleet_start $i; done
fleet_holds "F-14: a quarter of the daemons killed, and started again"
fleet_watched "daemons killed"
run vinet_at 1 verify

big "host far at M20" "far -- r20_5" >"$STAGE/more.vinet"
run vinet_at 1 up "$STAGE/more.vinet"
run fleet_pings 20 big.far 10 big.r10_10
run vinet_at 1 up "$STAGE/big.vinet"
fleet_holds "a host made and taken away"

run vinet_at 1 down --all
fleet_left_nothing "after down"
fleet_clean
leave_nothing
