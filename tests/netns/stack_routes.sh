#!/usr/bin/env bash
# Links that stand on an internet follow its routes: a route changed in a lower host moves the upper traffic, at once
# with flatten = no, within 2 s when flattened. A host without a way says so, and nothing else suffers.
#
#   top      u -------------- v
#   upper    p -------------- s
#   lower    a --- b --- c        and  a --- d --- c: two ways
#   lab      X     Y     Z
source "$(dirname "$0")/lib.sh"

describe lower <<'END'
base lab { machine X, Y, Z; X -- Y -- Z }
internet lower on lab {
  host a at X
  host c at Z
  router b, d at Y
  a -- b -- c
  a -- d -- c
}
END
describe upper <<'END'
internet upper on lower { host p at a; host s at c; p -- s }
internet top on upper { host u at p; host v at s; u -- v }
END
up "$STAGE/lower.vinet"

both_ping() { pings upper.p "$(identity upper.s)" && pings top.u "$(identity top.v)"; }
sent_to_c() { ns "lower.$1" ip -s -j link show dev c | jq '.[0].stats64.tx.packets'; }
goes_over() {  # ROUTER
  local before
  before=$(sent_to_c "$1")
  both_ping && (($(sent_to_c "$1") >= before + 2))
}
first=$(identity lower.c)  # of its block of 16 addresses, from whose end link addresses are taken
first=${first##*.}
far="10.0.0.$first/29 10.0.0.$((first + 8))/29"

for flatten in yes no; do
  sed "s/on lower {/on lower [flatten = $flatten] {/" "$STAGE/upper.vinet" >"$STAGE/stack.vinet"
  up "$STAGE/stack.vinet"
  both_ping || fail "flatten = $flatten: it does not ping at first"
  route() {  # via d | via b | unreachable: the halves of c's block, of which no route of ours speaks
    local half
    for half in $far; do
      case $1 in
        via) ns lower.a ip route replace "$half" via "$(address "lower.$2" a)" dev "$2" ;;
        *) ns lower.a ip route replace unreachable "$half" ;;
      esac
    done
  }
  patience=2
  [[ $flatten == yes ]] || patience=0
  for router in d b d; do
    route via $router
    wait_for $patience goes_over $router
  done
  # No way at all: nothing arrives, lower itself is well; a way again opens it.
  route unreachable
  no_way() { ! ns upper.p ping -n -c 1 -W 0.3 "$(identity upper.s)"; }
  wait_for $patience no_way
  pings lower.a "$(identity lower.b)" || fail "lower suffers"
  route via b
  wait_for $patience goes_over b
  for half in $far; do ns lower.a ip route del "$half"; done
  wait_for 2 both_ping
  all_reachable
  wait_for 2 vinet verify
  down --recursive upper
done
down --all
leave_nothing
