#!/usr/bin/env bash
# The base shrinks and grows under a stack of three: links of all layers follow, each 20 bytes less than the one below,
# in both families. What IPv6 at the top needs is not taken from any layer: larger packets are then fragmented on the
# base.
#
#   dual3, four3     u ---------- v      1,420; with IPv6, without
#   dual2, four2     p ---------- s      1,440
#   dual1, four1     a --- b ---- c      1,460
#   lab              X ~~~ Y ~~~~ Z      1,500
source "$(dirname "$0")/lib.sh"

{
  echo 'base lab { machine X, Y, Z; X -- Y -- Z }'
  for i in dual four; do
    attributes='ipv6 = on'
    [[ $i == dual ]] || attributes='ipv6 = off'
    echo "internet ${i}1 on lab [$attributes] { host a at X; router b at Y; host c at Z; a -- b -- c }"
    echo "internet ${i}2 on ${i}1 [$attributes] { host p at a; host s at c; p -- s }"
    echo "internet ${i}3 on ${i}2 [$attributes] { host u at p; host v at s; u -- v }"
  done
} | describe stack
up "$STAGE/stack.vinet"

mtu() { ns "$1" ip -j link show dev "$2" | jq '.[0].mtu'; }
are() {  # INTERNET MTUS: of the links over the changed base link, bottom up, at both ends
  local now
  now="$(mtu "${1}1.b" c) $(mtu "${1}2.p" s) $(mtu "${1}3.u" v)"
  [[ $now == "$2" && $now == "$(mtu "${1}1.c" b) $(mtu "${1}2.s" p) $(mtu "${1}3.v" u)" ]]
}
base_mtu() {
  ns lab.Y ip link set Z mtu "$1"
  ns lab.Z ip link set Y mtu "$1"
}
keep_sending() {  # what makes a base say that packets are too big
  for i in dual four; do ns ${i}3.u ping -n -q -c 1 -W 0.5 -s 1380 "$(identity ${i}3.v)" || true; done
  are dual "$1" && are four "$2"
}
carries() {  # INTERNET FAMILY MTU
  local v size
  v=$(identity "$1.v" "$2")
  size=$(($3 - ($2 == 4 ? 28 : 48)))
  run ns "$1.u" ping -n -c 2 -i 0.1 -W 2 -M do -s $size "$v"
  expect_exit 1 ns "$1.u" ping -n -c 1 -W 2 -M do -s $((size + 1)) "$v"
  expect_match "the error, IPv$2" "mtu[ :=]+$3" "$(cat "$OUT" "$ERR")"
  ns_background "$1.v" "$BUILD/sockcat" listen 5000 >"$STAGE/arrived"
  wait_for 5 listens "$1.v" 5000
  ns "$1.u" "$BUILD/sockcat" connect "$v" 5000 <"$STAGE/sent"
  wait "$BACKGROUND"
  cmp "$STAGE/sent" "$STAGE/arrived" || fail "IPv$2: TCP arrived damaged"
}
all_carry() {  # DUAL FOUR
  carries dual3 4 "$1"
  carries dual3 6 "$1"
  carries four3 4 "$2"
  code=0
  vinet verify >"$OUT" || code=$?  # of the base it tells that somebody else altered it
  expect_no_match "verify" "(dual|four|late)[^ ]*: [^:]*compared: [0-9]+ fault" "$(cat "$OUT")"
}
"$BUILD/sockcat" pattern 1000000 >"$STAGE/sent"
wait_for 2 keep_sending "1460 1440 1420" "1460 1440 1420"
all_carry 1420 1420
base_mtu 1400
wait_for 20 keep_sending "1360 1340 1320" "1360 1340 1320"
all_carry 1320 1320
base_mtu 1300
wait_for 20 keep_sending "1320 1300 1280" "1260 1240 1220"
all_carry 1280 1220
# What comes up now is as small as what is there.
echo 'internet late on dual2 [ipv6 = off] { host x at p; host y at s; x -- y }' | describe late
up "$STAGE/late.vinet"
expect_equal "an internet that comes late" "1220 1220" "$(mtu late.x y) $(mtu late.y x)"
base_mtu 1500
wait_for 20 keep_sending "1460 1440 1420" "1460 1440 1420"
all_carry 1420 1420
expect_equal "an internet that came late" "1420 1420" "$(mtu late.x y) $(mtu late.y x)"
down --all
leave_nothing
