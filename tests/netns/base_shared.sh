#!/usr/bin/env bash
# Two files that name the same base stand on one base; they may go in either order, and the last takes the base along.
#
#      line:  A -- B -- D      fig11:  A -- B -- C -- D -- E -- F
#      X ~~~~~~~~~~~~~~~~~~~~~ Y ~~~~~~~~~~~~~~~~~~~~~ Z
source "$(dirname "$0")/lib.sh"

for order in "line fig11" "fig11 line"; do
  read -r first second <<<"$order"
  up figure7.vinet
  machines=$(ns lab.X ip -o link show dev Y)
  up figure11.vinet
  expect_equal "base link after the second internet" "$machines" "$(ns lab.X ip -o link show dev Y)"
  all_reachable

  down "$first"
  [[ ! -e $ROOT/run/netns/$first.A ]] || fail "$first.A is still there"
  all_reachable
  run vinet ls --json
  expect_equal "internets that run" "$second" "$(jq -r '.[] | select(.kind == "internet") | .name' "$OUT")"

  down "$second"
  nothing_left "after $order"
done
