#!/usr/bin/env bash
# examples/links.vinet, with every attribute in it: it deploys, what is asked for is there, and `up` again changes nothing.
source "$(dirname "$0")/lib.sh"

up links.vinet
expect_equal "identity of web" 10.40.1.80 "$(identity demo.web)"
expect_equal "address of user" 10.40.9.1 "$(address demo.user gate)"
expect_match "pool6" '^fd40:' "$(identity demo.gate 6)"
expect_equal "mtu towards user" 1400 "$(ns demo.gate cat /proc/sys/net/ipv6/conf/user/mtu)"
expect_match "share" "rate 500Mbit ceil 1Gbit" "$(ns lab.X tc class show dev Y)"
run vinet plan --json "$(description links.vinet)"
expect_equal "lease, share, run" '[28800,500000000,"python3 -m http.server --bind 10.40.1.80 80"]' \
  "$(jq -c '.internets[0] | [.lease_s, .share_bps, (.nodes[] | select(.name == "web") | .run)]' "$OUT")"
wait_for 5 pings demo.web 10.40.9.1  # one in a thousand packets is lost
up links.vinet
expect_equal "up again" $'lab: unchanged\ndemo: unchanged' "$(cat "$OUT")"
leave_nothing
