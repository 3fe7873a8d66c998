#!/usr/bin/env bash
# `vinet capture` of nodes and machines, into files, pipes and Wireshark, until a count, a time, Ctrl-C or a reader ends it;
# large packets are whole; what is wrong is said.
#
#      A ------------ B ------------ D      end layer
#      X ~~~~~~~~~~~~ Y ~~~~~~~~~~~~ Z      base layer
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/vinet_capture.sh"

up figure7.vinet
D=$(identity line.D) D6=$(identity line.D 6) X=$(identity lab.X) Y=$(identity lab.Y)

# A node: its ends of its links, and their wires. A machine: all on its base interfaces, each packet once.
begin_vinet_capture node line.B
begin_vinet_capture machine lab.Y line.A-B
run ns line.A ping -n -c 2 -i 0.2 "$D"
run ns line.A ping -n -c 1 "$D6"
run ns lab.X ping -n -c 1 "$Y"
end_vinet_capture node
end_vinet_capture machine
is_clean node
is_clean machine
expect_equal "interfaces of a node" "line.A-B at B
line.B-D at B
line.A-B on lab.X:Y
line.A-B on lab.Y:X
line.B-D on lab.Y:Z
line.B-D on lab.Z:Y" "$(interfaces node | awk '{ print ($2 == "at" ? 0 : 1), $0 }' | sort -s -k1,1 | cut -d' ' -f2-)"
expect_equal "echoes at a router" "line.A-B at B line.B-D at B" \
  "$(decoded node "icmp.type == 8 && ip.dst == $D && frame.interface_name contains \" at \"" frame.interface_name | sort -u | paste -sd' ')"
expect_equal "each packet once" "2 line.A-B on lab.X:Y
2 line.A-B on lab.Y:X
2 lab.Y:Z" "$(decoded machine "icmp.type == 8 && ip.dst == $D && ip.proto == 4" frame.interface_name | sort | uniq -c | sed 's/^ *//' | sort -k1,1r -k2,2r)"
expect_equal "the machines' own echo" "lab.Y:X" "$(decoded machine "icmp.type == 8 && ip.src == $X && !(ip.proto == 4)" frame.interface_name)"
expect_match "who lives there" "links that end here: line.A-B, line.B-D" "$(strings "$STAGE/machine.pcapng")"

# A pipe shows packets while the capture goes on.
vinet capture line.A-B 2>"$STAGE/live.said" | tshark -n -l -r - -T fields -e frame.interface_name 2>/dev/null >"$STAGE/live" &
wait_for 10 grep -q "^capturing " "$STAGE/live.said"
run ns line.A ping -n -c 1 "$D"
live() { (($(grep -c . "$STAGE/live") >= 8)); }
wait_for 20 live
capturer() { pgrep -f "$BUILD/vinet --root $ROOT capture line.A-B"; }
kill -INT "$(capturer)"
wait

# A count, a time, a reader that has seen enough.
ping_on() { ns_background line.A ping -n -q -i 0.05 "$D" >/dev/null; }
ping_on
run vinet capture line.A-B -c 5 -w "$STAGE/five.pcapng"
expect_equal "packets" 5 "$(decoded five frame frame.number | wc -l)"
run vinet capture 'line.?-B' --duration 300ms --snaplen 40 -w "$STAGE/short.pcapng"
expect_equal "stored of each packet" 40 "$(decoded short frame frame.cap_len | sort -u)"
expect_match "length of each" "^98 138( |\$)" "$(decoded short frame frame.len | sort -n | uniq | paste -sd' ')"
vinet capture line 2>"$STAGE/enough.said" | tshark -n -r - -c 3 >"$OUT" 2>/dev/null
expect_equal "lines" 3 "$(wc -l <"$OUT")"
expect_match "summary after the reader went" "packets on 8 interfaces" "$(cat "$STAGE/enough.said")"

timeout 30 "$BUILD/vinet" --root "$ROOT" capture lab.Z 2>"$STAGE/enough.said" | head -c 1 >/dev/null
expect_match "summary without packets" "packets? on 1 interface " "$(cat "$STAGE/enough.said")"

# Wireshark, played by a program that keeps what it gets.
mkdir "$STAGE/bin"
cat >"$STAGE/bin/wireshark" <<END
#!/bin/sh
echo "\$*" >$STAGE/arguments
exec cat >$STAGE/shown.pcapng
END
chmod 755 "$STAGE/bin/wireshark"
PATH=$STAGE/bin:$PATH run vinet capture line.A-B --wireshark -c 3
expect_equal "how Wireshark was started" "-k -i -" "$(cat "$STAGE/arguments")"
shown() { (($(decoded shown frame frame.number | wc -l) == 3)); }
wait_for 20 shown
is_clean shown
mkdir "$STAGE/empty"
expect_exit 7 env PATH="$STAGE/empty" "$BUILD/vinet" --root "$ROOT" capture line.A-B --wireshark
expect_match "without Wireshark" "no program 'wireshark' in PATH.*-w FILE" "$(cat "$ERR")"
end_background "$BACKGROUND"

# Super-packets are whole: what was sent is what the file says.
begin_vinet_capture tcp line.A-B
ns_background line.D "$BUILD/sockcat" listen 4000 >"$STAGE/heard"
wait_for 5 listens line.D 4000
"$BUILD/sockcat" pattern 3000000 >"$STAGE/sent"
run ns line.A "$BUILD/sockcat" connect "$D" 4000 <"$STAGE/sent"
wait "$BACKGROUND"
cmp "$STAGE/sent" "$STAGE/heard"
end_vinet_capture tcp
is_clean tcp
# Bytes of the stream, those that were sent again once.
covered() { sort -n | awk -F'|' '{ from = $1 > end ? $1 : end; if ($1 + $2 > from) { sum += $1 + $2 - from; end = $1 + $2 } } END { print sum }'; }
for at in "line.A-B at A" "line.A-B on lab.X:Y" "line.A-B on lab.Y:X" "line.A-B at B"; do
  expect_equal "bytes of TCP in $at" 3000000 \
    "$(decoded tcp "frame.interface_name == \"$at\" && tcp.dstport == 4000 && tcp.len > 0" tcp.seq tcp.len | covered)"
done
expect_less "largest packet" 9000 "$(decoded tcp "tcp.dstport == 4000" frame.len | sort -n | tail -1)"

# What is wrong.
expect_exit 4 vinet capture line.A-C -w "$STAGE/none"
expect_match "suggestion" "there is no 'line.A-C'; did you mean 'line.A-B'?" "$(cat "$ERR")"
[[ ! -e $STAGE/none ]] || fail "a file was made for nothing"
expect_exit 2 vinet capture
expect_exit 2 script -qec "$BUILD/vinet --root $ROOT capture line.A-B" /dev/null
expect_match "what is said at a terminal" "no text for a terminal: -w FILE" "$(cat "$OUT")"
expect_exit 2 vinet capture line.A-B --duration soon -w "$STAGE/none"
expect_exit 7 setpriv --reuid 65534 --regid 65534 --clear-groups "$BUILD/vinet" --root "$ROOT" capture line.A-B -w "$STAGE/none"
leave_nothing
