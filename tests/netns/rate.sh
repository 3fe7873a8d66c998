#!/usr/bin/env bash
# `rate` of a link and of a base link: TCP gets at least 80 % and never more than it.
#
#      A ----- B       C ----- D       A -- B [rate = 20mbit], C -- D on a base link of 40mbit
#      X ~~~~~ Y       Y ~~~~~ Z
source "$(dirname "$0")/lib.sh"

describe slow <<'END'
base lab {
  machine X, Y, Z
  X -- Y
  Y -- Z [rate = 40mbit]
}

internet slow on lab {
  host A at X
  host B, C at Y
  host D at Z
  A -- B [rate = 20mbit]
  C -- D
}
END
up "$STAGE/slow.vinet"
# goodput FROM TO MBIT: a second's worth of data, timed
goodput() {
  local from=$1 to=$2 mbit=$3 start
  ns_background slow."$to" "$BUILD/sockcat" listen 5000 >/dev/null
  wait_for 5 listens slow."$to" 5000
  start=$(date +%s%N)
  "$BUILD/sockcat" pattern $((mbit * 125000 * 2)) |
    ns slow."$from" "$BUILD/sockcat" connect "$(identity slow."$to")" 5000
  wait "$BACKGROUND"
  awk -v ns=$(($(date +%s%N) - start)) -v mbit="$mbit" 'BEGIN { printf "%.1f\n", mbit * 2 * 1e9 / ns }'
}
for case in "A B 20" "B A 20" "C D 40" "D C 40"; do
  read -r from to mbit <<<"$case"
  got=$(goodput "$from" "$to" "$mbit")
  echo "$from to $to: $got of $mbit Mbit/s"
  expect_less "goodput $from to $to, at least" "$((mbit * 8 / 10))" "$got"
  expect_less "goodput $from to $to, at most" "$got" "$((mbit * 105 / 100))"  # a burst is let through at once
done
leave_nothing
