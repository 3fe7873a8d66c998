#!/usr/bin/env bash
# A name that a stranger has taken: `up` is refused, names it, makes nothing, and does not touch the stranger's.
#
#      A -- B -- D     line.B is a namespace of somebody else
source "$(dirname "$0")/lib.sh"

mkdir -p "$ROOT/run/netns"
touch "$ROOT/run/netns/line.B"
unshare --net="$ROOT/run/netns/line.B" ip link add stranger type veth peer name friend
inventory >"$STAGE/stranger"

expect_exit 5 vinet up "$EXAMPLES/figure7.vinet"
expect_match "message" "line\.B" "$(cat "$ERR")"
same_inventory "$STAGE/stranger" "after an up that was refused"
expect_exit 4 vinet down line
down --all
same_inventory "$STAGE/stranger" "after down"

# Without the stranger it goes.
umount "$ROOT/run/netns/line.B"
rm "$ROOT/run/netns/line.B"
up figure7.vinet
leave_nothing
