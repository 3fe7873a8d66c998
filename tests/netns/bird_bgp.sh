#!/usr/bin/env bash
# BGP (RFC 4271) over TCP with TTL security (RFC 5082), watched by BFD (RFC 5880) on each link, by an unmodified BIRD. When the
# link between B and D goes, BFD says so within a second, long before BGP's hold time.
#
#      A -- B -- D      AS 65001, 65002, 65003
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/bird.sh"

up figure7.vinet
bird_everywhere <<'END'
template bgp neighbour {
  direct; bfd; ttl security on; connect delay time 1; connect retry time 1;
  ipv4 { next hop self; import all; export filter announced; };
  ipv6 { next hop self; import all; export filter announced; };
}
protocol bfd { interface "*" { interval 100 ms; multiplier 4; }; }
A: protocol bgp from neighbour { local @A@B as 65001; neighbor @B@A as 65002; }
A: protocol bgp from neighbour { local @A@B@6 as 65001; neighbor @B@A@6 as 65002; }
B: protocol bgp from neighbour { local @B@A as 65002; neighbor @A@B as 65001; }
B: protocol bgp from neighbour { local @B@A@6 as 65002; neighbor @A@B@6 as 65001; }
B: protocol bgp from neighbour { local @B@D as 65002; neighbor @D@B as 65003; }
B: protocol bgp from neighbour { local @B@D@6 as 65002; neighbor @D@B@6 as 65003; }
D: protocol bgp from neighbour { local @D@B as 65003; neighbor @B@D as 65002; }
D: protocol bgp from neighbour { local @D@B@6 as 65003; neighbor @B@D@6 as 65002; }
END
expect_learned 4
expect_learned 6
bfd_up() { (($(birdc B show bfd sessions | grep -c " Up ") == 4)); }
wait_for 10 bfd_up
# What comes over the link is dropped, no interface goes down: only BFD can see it.
printf 'table inet cut {\n chain in {\n type filter hook input priority 0\n iifname "B" drop\n }\n}\n' | ns line.D nft -f -
gone() { ! learned 4; }
wait_for 5 gone
expect_match "why" "BFD" "$(birdc D show protocols all | grep -i 'last error')"
leave_nothing
wait || true
