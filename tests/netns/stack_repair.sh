#!/usr/bin/env bash
# What dies takes with it what stood on it, and nothing else: a machine of the base, under all layers, or a node of the
# lower internet, where links above go through it (flatten = no). The daemon puts all of it back, from the bottom up.
#
#   upper    p --- q --- s        side   x --- y
#   lower    a --- b --- c               a --- b     both stand on lower
#   lab      X ~~~ Y ~~~ Z
source "$(dirname "$0")/lib.sh"

describe stack <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet lower on lab { host a at X; router b at Y; host c at Z; a -- b -- c }
internet upper on lower [flatten = FLATTEN] { host p at a; router q at b; host s at c; p -- q -- s }
internet side on lower { host x at a; host y at b; x -- y }
END
unnamed() { umount -l "$ROOT/run/netns/$1" && rm "$ROOT/run/netns/$1"; }
is_whole() { inventory >"$STAGE/now" && cmp -s "$STAGE/whole" "$STAGE/now"; }
cut() { ! ns "$1" ping -n -c 1 -W 0.3 "$2"; }

for flatten in yes no; do
  sed "s/FLATTEN/$flatten/" "$STAGE/stack.vinet" >"$STAGE/$flatten.vinet"
  # Nobody mends: what dies, and what does not.
  run vinet --no-daemon up "$STAGE/$flatten.vinet"
  p=$(identity upper.p) s=$(identity upper.s) y=$(identity side.y) b=$(identity lower.b)
  pings upper.p "$s" || fail "flatten = $flatten: it does not ping at first"
  dying=lab.Z
  [[ $flatten == yes ]] || dying="lower.c lab.Z"
  for node in $dying; do
    inventory >"$STAGE/whole"
    unnamed $node
    wait_for 5 cut upper.p "$s"
    pings upper.p "$(identity upper.q)" || fail "$node is gone, and p does not reach q"
    pings side.x "$y" || fail "$node is gone, and side suffers"
    pings lower.a "$b" || fail "$node is gone, and a does not reach b"
    run vinet --no-daemon up "$STAGE/$flatten.vinet"
    is_whole || { diff "$STAGE/whole" "$STAGE/now" >&2; fail "$node is not mended as it was"; }
    pings upper.p "$s" || fail "$node is mended, and p does not reach s"
  done
  run vinet --no-daemon down --all
  leave_nothing

  # A daemon mends by itself.
  up "$STAGE/$flatten.vinet"
  inventory >"$STAGE/whole"
  for node in lower.c lower.b lab.Y upper.q; do
    unnamed $node
    wait_for 20 is_whole
    wait_for 5 pings upper.p "$s"
    pings side.x "$y" || fail "$node is mended, and side is not"
  done
  all_reachable
  run vinet verify
  down --all
  leave_nothing
done
