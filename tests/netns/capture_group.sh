#!/usr/bin/env bash
# `vinet capture` of a member of the daemon's group, who is not root: by the daemon, into the member's own file, pipe or
# Wireshark. It ends with its caller and with the daemon. faults.md F-123.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/vinet_capture.sh"
group=$(getent group users | cut -d: -f1) gid=$(getent group users | cut -d: -f3)
[[ -n $group ]] || skip "no group 'users'"
cp "$BUILD/vinet" "$STAGE/vinet"
chmod 755 "$STAGE" "$STAGE/vinet" "$ROOT"
mkdir "$STAGE/mine" && chmod 777 "$STAGE/mine"

"$BUILD/vinet" --root "$ROOT" daemon --group "$group" 2>>"$LOG" &
daemon=$!
answers() { [[ $(vinet status --json | jq -r .daemon.pid) == "$daemon" ]]; }
wait_for 10 answers
up figure7.vinet
D=$(identity line.D)
member() { setpriv --reuid 65534 --regid "$gid" --clear-groups "$STAGE/vinet" --root "$ROOT" "$@"; }
# What a shell starts in the background ignores Ctrl-C, unless it is told not to.
member_background() { env --default-signal=INT setpriv --reuid 65534 --regid "$gid" --clear-groups "$STAGE/vinet" --root "$ROOT" "$@" & CALLER=$!; }
capturers() { pgrep -cf -- "capture --write -" || true; }
no_capturer() { [[ $(capturers) == 0 ]]; }

# Ctrl-C: the file is complete, the summary is there, the file is the member's.
member_background capture line.A-B -w "$STAGE/mine/file.pcapng" 2>"$STAGE/said"
wait_for 10 grep -q "^capturing line.A-B at A, " "$STAGE/said"
run ns line.A ping -n -c 1 "$D"
kill -INT "$CALLER"
wait "$CALLER" || fail "exit code $?"
mv "$STAGE/mine/file.pcapng" "$STAGE/file.pcapng"
is_clean file
expect_equal "echoes" 4 "$(decoded file "icmp.type == 8 && ip.dst == $D" frame.number | wc -l)"
expect_match "summary" "packets on 4 interfaces" "$(cat "$STAGE/said")"
expect_equal "whose file" 65534 "$(stat -c %u "$STAGE/file.pcapng")"
expect_equal "statistics at its end" 4 "$(capinfos "$STAGE/file.pcapng" 2>/dev/null | grep -c 'Number of stat entries = 1')"

# A count; a pipe; a pattern; options reach the daemon.
ns_background line.A ping -n -q -i 0.05 "$D" >/dev/null
run member capture 'line.?-B' -c 6 --snaplen 60 -w "$STAGE/mine/six.pcapng"
cp "$STAGE/mine/six.pcapng" "$STAGE/six.pcapng"
expect_equal "six packets" "6 60" "$(decoded six frame frame.cap_len | sort | uniq -c | xargs)"
run member capture line --duration 300ms -w "$STAGE/mine/time.pcapng"
expect_equal "lines that tshark prints" 5 "$(member capture line 2>/dev/null | tshark -n -r - -c 5 2>/dev/null | wc -l)"
wait_for 5 no_capturer
end_background "$BACKGROUND"
# A reader that goes ends it, also while no packet comes.
timeout 30 setpriv --reuid 65534 --regid "$gid" --clear-groups "$STAGE/vinet" --root "$ROOT" capture line 2>"$STAGE/said" | head -c 1 >/dev/null
expect_match "what is said then" "packets? on 8 interfaces" "$(cat "$STAGE/said")"

# What is wrong is told as to root; a stranger is refused.
expect_exit 4 member capture line.Q -w "$STAGE/mine/none"
expect_match "suggestion" "there is no 'line.Q'" "$(cat "$ERR")"
expect_exit 4 member capture line.A-B -w /no/such/file
expect_exit 7 setpriv --reuid 65534 --regid 65534 --clear-groups "$STAGE/vinet" --root "$ROOT" capture line.A-B -w "$STAGE/mine/none"

# A caller that is killed takes its capture with it; so does the daemon.
member_background capture line -w "$STAGE/mine/killed.pcapng" 2>"$STAGE/said"
wait_for 10 grep -q "^capturing " "$STAGE/said"
kill -KILL "$CALLER"
wait "$CALLER" || true
wait_for 5 no_capturer
member_background capture line -w "$STAGE/mine/cut.pcapng" 2>"$STAGE/said"
wait_for 10 grep -q "^capturing " "$STAGE/said"
kill -KILL "$daemon"
wait "$CALLER" && fail "a capture whose daemon was killed ended well"
wait_for 5 no_capturer
leave_nothing
