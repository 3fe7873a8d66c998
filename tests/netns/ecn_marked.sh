#!/usr/bin/env bash
# RFC 6040 on a congested base: a mark that a router of the base sets on the outer header reaches the receiver if the packet
# inside is capable of it; if not, the packet is dropped and counted. What DSCP the base writes stays outside.
#
#      A ------------ B
#      X ~~~~ Y ~~~~~ Z      nft in Y marks what it forwards
source "$(dirname "$0")/lib.sh"
command -v nft >/dev/null || skip "no nft"

describe marked <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}
internet marked on lab {
  host A at X
  host B at Z
  A -- B
}
END
up "$STAGE/marked.vinet"
ns_background marked.B "$BUILD/sockcat" udp-listen 4000 >"$STAGE/heard"
wait_for 5 listens marked.B 4000
base_writes() {  # RULE of nft
  printf 'table ip base\ndelete table ip base\ntable ip base {\n chain way {\n type filter hook forward priority 0\n %s\n }\n}\n' "$1" |
    ns lab.Y nft -f -
}
bytes=100
expect_tos() {  # SENT GOT
  local destination
  for destination in "$(identity marked.B)" "$(identity marked.B 6)"; do
    bytes=$((bytes + 1))
    run ns marked.A "$BUILD/sockcat" udp-send "$destination" 4000 $bytes 1 0 "$1"
    wait_for 5 grep -q " $bytes " "$STAGE/heard"
    expect_equal "TOS of what was sent with $1" "$2" "$(awk -v n=$bytes '$2 == n { print $3 }' "$STAGE/heard")"
  done
}
base_writes "ip protocol 4 ip ecn set ce"
expect_tos 0x01 0x03
expect_tos 0x02 0x03
expect_tos 0x03 0x03
expect_tos 0xba 0xbb
base_writes "ip protocol 4 ip ecn set ect1"
expect_tos 0x02 0x01
expect_tos 0x01 0x01
expect_tos 0x00 0x00
base_writes "ip protocol 4 ip dscp set cs1"
expect_tos 0xb8 0xb8

# Not capable: the mark cannot be told, so the packet is what tells of congestion.
base_writes "ip protocol 4 ip ecn set ce"
dropped() { vinet stats marked.B --json | jq '[.[].drops.ecn // 0] | add'; }
before=$(dropped)
for destination in "$(identity marked.B)" "$(identity marked.B 6)"; do
  run ns marked.A "$BUILD/sockcat" udp-send "$destination" 4000 50 2 0 0x00
done
all_dropped() { (($(dropped) - before == 4)); }
wait_for 5 all_dropped
expect_equal "of these came" 0 "$(grep -c " 50 " "$STAGE/heard" || true)"
leave_nothing
