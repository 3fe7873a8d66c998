#!/usr/bin/env bash
# A machine with several base interfaces has one base address: the outer source is that address whatever way a packet
# takes, and the way follows the machine's routes. An established TCP connection outlives every change.
#
#      X ~~~ Y     A at X, B at Y, D at Z
#       ~   ~      A -- B -- D
#         Z
source "$(dirname "$0")/lib.sh"

describe ring <<'END'
base lab {
  machine X, Y, Z
  ring(X, Y, Z)
}

internet line on lab {
  host A at X
  router B at Y
  host D at Z
  A -- B -- D
}
END
up "$STAGE/ring.vinet"
X=$(identity lab.X) Y=$(identity lab.Y) Z=$(identity lab.Z) B=$(identity line.B)

# A conversation between A and B that lasts as long as the test: say WORDS is answered by its echo.
ns_background line.B "$BUILD/sockcat" echo 6000
wait_for 5 listens line.B 6000
mkfifo "$STAGE/mouth"
exec {mouth}<>"$STAGE/mouth"
ns_background line.A "$BUILD/sockcat" connect "$B" 6000 <"$STAGE/mouth" >"$STAGE/ear"
talk=$BACKGROUND
say() { echo "$*" >&$mouth; wait_for 10 grep -qx "$*" "$STAGE/ear"; }

# goes_out DEVICE WORDS: what A says leaves X by this device, from the machine's base address. (Linux notices within a
# second that a link has come up.)
heard_on_way() { say "$*" && captured way 1 tcp; }
route_leads() { ns lab.X ip route get "$Y" | grep -q "dev $1 "; }
goes_out() {
  local device=$1
  shift
  wait_for 5 route_leads "$device"
  capture way lab.X "$device" "ip[9] == 4 and src host $X"
  wait_for 15 heard_on_way "$*"
  end_capture way
  expect_equal "outer source and destination by $device" "$X $Y" \
    "$(fields way tcp ip.src ip.dst | sed -E 's/,[0-9.,]+//g' | sort -u)"
}

goes_out Y "straight on"
ns lab.X ip link set Y down
goes_out Z "our end of the base link is down"
ns lab.X ip link set Y up
up "$STAGE/ring.vinet"  # Linux deletes the routes of an interface that is set down
goes_out Y "up again"
ns lab.Y ip link set X down
goes_out Z "their end of the base link is down"
ns lab.Y ip link set X up
up "$STAGE/ring.vinet"
goes_out Y "up again too"
gateway=$(ns lab.X ip route get "$Z" | sed -nE 's/.*via (inet )?([0-9.]+).*/\2/p')
ns lab.X ip route add "$Y/32" ${gateway:+via "$gateway"} dev Z src "$X" metric 0
goes_out Z "by a route changed by hand"
ns lab.X ip route del "$Y/32" dev Z metric 0
goes_out Y "and back"

kill -0 "$talk" || fail "the connection did not live to the end"
for pid in $(jobs -p); do end_background "$pid"; done
leave_nothing
