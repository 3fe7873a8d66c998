#!/usr/bin/env bash
# The inventory, by which other tests judge, can fail: it sees each kind of thing that an internet could leave, one at a
# time, and nothing where nothing is.
source "$(dirname "$0")/lib.sh"

mkdir -p "$ROOT/run/netns" "$ROOT/run/vinet"
sees() {  # WHAT, COMMAND that makes it, COMMAND that removes it
  nothing_left "before: $1"
  eval "$2"
  if (nothing_left) 2>/dev/null; then fail "the inventory does not see $1"; fi
  eval "$3"
  wait_for 5 eval nothing_left
}
NAME=$ROOT/run/netns/x.A
sees "a file" 'touch $ROOT/run/vinet/state' 'rm $ROOT/run/vinet/state'
sees "a directory of state" 'mkdir $ROOT/run/vinet/bases' 'rmdir $ROOT/run/vinet/bases'
sees "an empty name" 'touch $NAME' 'rm $NAME'
sees "a namespace" 'touch $NAME; unshare --net=$NAME true' 'umount $NAME; rm $NAME'
sees "a mount" 'mount -t tmpfs x $ROOT/run/vinet' 'umount $ROOT/run/vinet'
sees "a device" 'ip link add name left type veth peer name right' 'ip link del left'
sees "an address" 'ip addr add 10.1.2.3/32 dev lo' 'ip addr del 10.1.2.3/32 dev lo'
sees "a route" 'ip route add unreachable 10.1.2.0/24' 'ip route del unreachable 10.1.2.0/24'
sees "an IPv6 route" 'ip -6 route add unreachable 2001:db8::/32' 'ip -6 route del unreachable 2001:db8::/32'
sees "a rule" 'ip rule add to 10.1.2.0/24 lookup 76' 'ip rule del to 10.1.2.0/24 lookup 76'
sees "a qdisc" 'tc qdisc add dev lo clsact' 'tc qdisc del dev lo clsact'
sees "a process" 'sleep 99 & PID=$!' 'kill $PID; wait $PID || true'
sees "a nameless namespace" 'unshare --net sleep 98 & PID=$!; wait_for 5 eval "[[ \$(lsns -nt net -o NS | wc -l) == 2 ]]"' \
  'kill $PID; wait $PID || true'
if [[ -n $CGROUP ]]; then sees "a cgroup" 'mkdir $CGROUP/vinet' 'rmdir $CGROUP/vinet'; fi

# Programs and maps, which no name ties to this test.
up figure7.vinet
note_programs
expect_equal "kinds of what is noted" "map prog" "$(cut -d' ' -f1 "$STAGE/programs" | sort -u | xargs)"
if (programs_gone "now") 2>/dev/null; then fail "programs that live are not seen"; fi
grep map "$STAGE/programs" >"$STAGE/maps"
cp "$STAGE/maps" "$STAGE/programs"
if (programs_gone "now") 2>/dev/null; then fail "maps that live are not seen"; fi
leave_nothing
