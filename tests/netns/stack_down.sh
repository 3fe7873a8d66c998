#!/usr/bin/env bash
# What others stand on does not go under them: `down lower` is refused with their names, and nothing is done; with
# --recursive they go first, the top first. An internet on a lower host that goes leaves no trace on that host.
#
#   top      u ------------ v
#   upper    p --- q ------ s      each node on the one below it
#   lower    a --- b ------ c
#   lab      X ~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"

describe lower <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet lower on lab { host a at X; router b at Y; host c at Z; a -- b -- c }
END
describe upper <<'END'
internet top on upper { host u at p; host v at s; u -- v }
internet upper on lower { host p at a; router q at b; host s at c; p -- q -- s }
END
for flatten in yes no; do
  sed "s/on lower {/on lower [flatten = $flatten] {/" "$STAGE/upper.vinet" >"$STAGE/stack.vinet"
  up "$STAGE/lower.vinet"
  inventory >"$STAGE/alone"
  up "$STAGE/stack.vinet"
  expect_equal "up" $'lab: unchanged\nlower: unchanged\nupper: up\ntop: up' "$(cat "$OUT")"
  all_reachable
  run vinet verify
  inventory >"$STAGE/whole"

  for what in lower upper "$STAGE/lower.vinet"; do
    expect_exit 5 vinet down "$what"
    expect_match "why" "is in use: on it stand .*top .*--recursive" "$(cat "$ERR")"
  done
  expect_exit 5 vinet down lower upper
  expect_exit 5 vinet down lab
  expect_match "why" "on it stand lower, upper, top" "$(cat "$ERR")"
  inventory >"$STAGE/now"
  diff "$STAGE/whole" "$STAGE/now" >&2 || fail "a refused down has done something"

  down --recursive upper
  expect_equal "down" $'top: down\nupper: down' "$(cat "$OUT")"
  inventory >"$STAGE/now"
  diff "$STAGE/alone" "$STAGE/now" >&2 || fail "lower is not as it was"
  all_reachable
  up "$STAGE/stack.vinet"
  down --recursive "$STAGE/lower.vinet"
  expect_equal "down" $'top: down\nupper: down\nlower: down\nlab: down' "$(cat "$OUT")"
  leave_nothing
done

# A lease that ends takes along what stands on it.
sed 's/on lab {/on lab [lease = 2s] {/' "$STAGE/lower.vinet" >"$STAGE/lease.vinet"
up "$STAGE/lease.vinet"
up "$STAGE/upper.vinet"
gone() { [[ -z $(ls "$ROOT/run/netns" 2>/dev/null) ]]; }
wait_for 20 gone
leave_nothing
