#!/usr/bin/env bash
# `vinet capture` of links above the first layer: one interface at each end, on routers below in transit, and on base
# interfaces; tshark reads all headers there; siblings and other layers are apart; not flattened, lower hosts see them too.
#
#      upper    p ------------- s        beside   p ----- s   the same nodes, another internet
#      lower    a ---- b ------ c
#               X ~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"
source "$(dirname "$0")/vinet_capture.sh"
command -v capinfos >/dev/null || skip "no capinfos"
export VINET_NO_DAEMON=1

describe_stack() {  # FLATTEN
  describe stack <<END
$(lower_of_three)
internet upper on lower [flatten = $1] {
  host p at a
  host s at c
  p -- s
}
internet beside on lower [flatten = $1, ipv6 = off] {
  host p at a
  host s at c
  p -- s
}
END
}
sources() { decoded "$1" "frame.interface_name == \"$2\" && icmp.type == 8" ip.src | sort -u; }
count() { decoded "$1" "frame.interface_name == \"$2\" && ($3)" frame.number | wc -l; }

describe_stack yes
up "$STAGE/stack.vinet"
begin_vinet_capture one upper.p-s
run pings upper.p "$(identity upper.s)"
run pings upper.p "$(identity upper.s 6)"
run pings beside.p "$(identity beside.s)"
end_vinet_capture one
is_clean one
expect_equal "interfaces" "upper.p-s at p
upper.p-s at s
upper.p-s on lower.b:a
upper.p-s on lower.b:c
upper.p-s on lab.X:Y
upper.p-s on lab.Y:X
upper.p-s on lab.Y:Z
upper.p-s on lab.Z:Y" "$(interfaces one)"
read -r own _ < <(vinet show upper.p-s --json | jq -r '.plan.a.link_address + " " + .plan.b.link_address')
p=$(address upper.p s) X=$(identity lab.X) Y=$(identity lab.Y)
link() { vinet show lower.a-b --json | jq -r ".plan.$1.link_address"; }
expect_equal "at p" "$p" "$(sources one "upper.p-s at p")"
expect_equal "in transit at b" "$own,$p" "$(sources one "upper.p-s on lower.b:a")"
expect_equal "on the base" "$X,$(link a),$own,$p" "$(sources one "upper.p-s on lab.X:Y")"
for at in "at p" "at s" "on lower.b:a" "on lower.b:c" "on lab.X:Y" "on lab.Y:X" "on lab.Y:Z" "on lab.Z:Y"; do
  expect_equal "IPv4 $at" 2 "$(count one "upper.p-s $at" icmp)"
  expect_equal "IPv6 $at" 2 "$(count one "upper.p-s $at" "icmpv6.type == 128 || icmpv6.type == 129")"
done
expect_equal "names" "upper.p-s@p" "$(tshark -r "$STAGE/one.pcapng" -Nn -Y 'frame.interface_name == "upper.p-s on lower.b:a" && icmp.type == 8' \
  -T fields -e ip.src_host 2>/dev/null | cut -d, -f1)"

# With the lower link beside it: each packet once, the uppermost has it.
begin_vinet_capture both beside lower.a-b lab.X
run pings upper.p "$(identity upper.s)"
run pings beside.p "$(identity beside.s)"
run pings lower.a "$(identity lower.b)"
end_vinet_capture both
is_clean both
expect_equal "of the internet beside" 2 "$(count both "beside.p-s on lab.X:Y" icmp)"
expect_equal "of the lower link, with what stands on it and was not asked for" 4 "$(count both "lower.a-b on lab.X:Y" icmp)"
expect_equal "of the rest" 0 "$(count both "lab.X:Y" icmp)"
run vinet down --all

describe_stack no
up "$STAGE/stack.vinet"
begin_vinet_capture apart upper.p-s
run pings upper.p "$(identity upper.s)"
end_vinet_capture apart
for at in "at p" "on lower.a:b" "on lower.b:a" "on lower.c:b" "on lab.X:Y" "on lab.Z:Y" "at s"; do
  expect_equal "not flattened, $at" 2 "$(count apart "upper.p-s $at" icmp)"
done
p=$(address upper.p s)
expect_equal "on the base" "4" "$(sources apart "upper.p-s on lab.X:Y" | tr ',' '\n' | wc -l)"
run vinet down --all
leave_nothing
