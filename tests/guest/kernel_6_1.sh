#!/usr/bin/env bash
# The kernel of Debian 12 as that of the computer which vinet runs on: the programs load without what newer kernels have
# (TCX, flags of bpf_skb_adjust_room), internets work, and `down` leaves nothing.
#
#      star and ring of VI Figure 1 on six machines; then A -- B -- D of Figure 7; all in the guest
source "$(dirname "$0")/guest.sh"

program guest "$BUILD/vinet" "$BUILD/sockcat" ip ping traceroute
for example in figure1 figure7; do guest_script guest /$example.vinet <"$EXAMPLES/$example.vinet"; done
# address NODE DEVICE FAMILY
guest_script guest /bin/address <<'END'
#!/bin/sh
vinet exec "$1" -- /bin/ip "-$3" -o addr show dev "$2" scope global | awk '{ sub("/.*", "", $4); print $4 }'
END
# carry FAMILY: 4,000,000 bytes by TCP from A to D
guest_script guest /bin/carry <<'END'
#!/bin/sh
to=$(address line.D lo "$1")
sockcat pattern 4000000 >/tmp/file
vinet exec line.D -- sockcat listen 9 >/tmp/got &
until vinet exec line.D -- netstat -ltn | grep -q ':9 '; do usleep 100000; done
begin=$(cut -d ' ' -f 1 /proc/uptime)
vinet exec line.A -- sockcat connect "$to" 9 </tmp/file
wait
cmp /tmp/file /tmp/got && echo "IPv$1: from $begin to $(cut -d ' ' -f 1 /proc/uptime) s"
END
start_guest guest none none 768 veth macvlan sch_ingress cls_bpf
in_guest guest 200 "mount -t tmpfs run /run; mount -t cgroup2 cgroup2 /sys/fs/cgroup; echo 127.0.0.1 localhost >/etc/hosts; uname -r"
expect_match "the guest's kernel" "$RELEASE" "$(cat "$OUT")"
here="find /run -type f; find /sys/fs/cgroup -type d; ip -o link | cut -d: -f 2; sort /proc/mounts"
in_guest guest 200 "$here"
cp "$OUT" "$STAGE/empty"

in_guest guest 300 "vinet up /figure1.vinet; vinet ping-all; vinet status"
expect_match "pings of all pairs" "ring: 24 pairs, 0 lost.*star: 40 pairs, 0 lost" "$(sort "$OUT" | tr '\n' ' ')"
in_guest guest 200 "address star.hub leaf0 4; address star.leaf3 lo 4"
way=$(xargs <"$OUT")
in_guest guest 200 "vinet exec star.leaf0 -- traceroute -n -q 1 -w 5 leaf3"
expect_equal "the way over the hub" "$way" "$(awk 'NR > 1 { print $2 }' "$OUT" | xargs)"

# Through a router: TCP, whose large packets the kernel cuts late, a ping of just what a link holds, and fragments.
in_guest guest 300 "vinet down --all; vinet up /figure7.vinet; carry 4; carry 6"
in_guest guest 200 "for how in '-M do -s 1432' '-s 65507'; do vinet exec line.A -- ping -n -c 1 -W 9 \$how D; done"
in_guest guest 200 "vinet stats --json"
expect_equal "packets dropped by the programs" "{}" "$(jq -c '.[].drops' "$OUT" | sort -u)"
in_guest guest 200 "vinet down --all >/dev/null 2>&1; $here"
expect_equal "what is left" "$(cat "$STAGE/empty")" "$(cat "$OUT")"
in_guest guest 200 "dmesg"
expect_no_match "the kernel" "WARNING:|BUG:|Oops" "$(cat "$OUT")"
end_guest guest
