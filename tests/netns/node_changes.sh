#!/usr/bin/env bash
# While root in three nodes floods forged frames without a pause, the internets on their machines are changed: links get
# other properties, come and go, whole internets with all their programs and namespaces come up and go down under the
# flood. In no moment a machine's own stack, another internet or the base gets anything of it, and a promiscuous listener in
# the node sees nothing of what others send. faults.md F-114.
#
#      red:  a ---- b ---- c             root floods in red.a
#      blue: a ---- b ---- c
#      lone:        o ---------- n       and in both of lone, whenever they are there
#            X ~~~~ Y ~~~~ X     W       W joined to Y
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/watch.sh"

export VINET_NO_DAEMON=1
# Slowly: after each of its calls to the maps of a machine it rests for 2 ms, so that what is open between two is seen.
slowly() { run strace -f -qq -o /dev/null -e trace=bpf -e inject=bpf:delay_exit=2000 "$BUILD/vinet" --root "$ROOT" "$@"; }

write() {  # STATEMENTS of red
  describe changing <<END
base lab { machine X, Y, W; X -- Y -- W }
internet red on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at X; $1 }
internet blue on lab [pool = 10.77.0.0/24] { host a at X; router b at Y; host c at X; a -- b -- c }
END
}
write 'a -- b -- c'
up "$STAGE/changing.vinet"
describe lone <<END
base lab { machine X, Y, W; X -- Y -- W }
internet lone on lab { host n at W; host o at Y; n -- o }
END
rounds=1
[[ -z ${VINET_ESCAPE_LONG:-} ]] || rounds=20
X=$(identity lab.X) Y=$(identity lab.Y) W=$(identity lab.W)
all_reachable

# --- it sees nothing ----------------------------------------------------------------------------------------------------
ns red.a ip link set dev b promisc on allmulticast on
"$BUILD/witness" "$ROOT"/run/netns/red.{a,b,c} >"$STAGE/overheard" &
listener=$!
wait_for 5 grep -q listening "$STAGE/overheard"
for node in a b c; do
  device=$(ns blue.$node ip -j link show up type veth | jq -r '.[0].ifname')
  run ns blue.$node "$BUILD/assault" "$device" 1 500 02:00:00:00:00:01 "$(identity red.a)" "$(identity red.b)" "$X" "$Y" ::1 ff02::1 "$(identity red.a 6)"
done
pattern=$(printf %s "$mark" | od -An -tx1 | tr -d ' \n')
run ns lab.X ping -n -c 3 -i 0.01 -W 2 -p "$pattern" "$Y"
run ns lab.Y ping -n -c 3 -i 0.01 -W 2 -p "$pattern" "$X"
run pings red.a "$(identity red.c)"
wait_for 5 grep -q "^red.c other 84 " "$STAGE/overheard"
end_background "$listener"
expect_equal "what red saw beside its own echo" "" "$(grep -vE '^red.* other 84 4500|listening' "$STAGE/overheard" || true)"

# --- it reaches nothing -------------------------------------------------------------------------------------------------
flood() {  # NODE DEVICE: as often as the node is there
  while :; do
    nice -n 5 nsenter --net="$ROOT/run/netns/$1" -- "$BUILD/assault" "$2" "$RANDOM" 2000 02:00:00:00:00:01 "$X" "$Y" "$W" 127.0.0.1 \
      255.255.255.255 224.0.0.1 10.77.0.0 10.77.0.16 10.77.0.32 172.16.0.0 172.16.0.1 ::1 ff02::1 fe80::1 >>"$STAGE/taken" ||
      read -rt 0.005 tick <>"$STAGE/tick" || true
  done 2>/dev/null
}
machines=(X Y W)
# What is on the way when its link goes, or waits for it to come, is red's and lone's own loss.
dropped_by_Y() { vinet show lab.Y --json | jq -c '[.counters[] | select(.internet == "blue" or .internet == "lab") | [.internet, .link, .node, (.drops | del(.no_link))]]'; }

watch "$STAGE/changing.vinet"
capture lone lab.W Y "ip and not (src $W and dst $Y and ip[9] = 4) and not (src $Y and dst $W and ip[9] = 4)"
floods=()
for node in "red.a b" "lone.n o" "lone.o n"; do
  flood $node &
  floods+=($!)
done
for ((round = 0; round < rounds; ++round)); do
  for red in 'a -- b [mtu = 1300]; b -- c' 'a -- b [rate = 50mbit]; b -- c' 'a -- b [loss = 1%]; b -- c' \
    'a -- b [ipv6 = off]; b -- c' 'host d at X; host e at Y; a -- b -- c; a -- d; b -- e' 'a -- b -- c'; do
    write "$red"
    slowly up "$STAGE/changing.vinet"
    if ((RANDOM % 2)); then slowly up "$STAGE/lone.vinet"; slowly down lone; fi
  done
  slowly up "$STAGE/lone.vinet"
  unharmed "round $round"
  slowly down lone
  unharmed "round $round, lone gone"
done
for pid in "${floods[@]}"; do
  pkill -P "$pid" || true
  end_background "$pid"
done
end_capture lone
expect_equal "what left W and was no link's" "" "$(tcpdump -n -r "$STAGE/lone.pcap" 2>/dev/null)"
expect_less "frames that the flood sent" 2000 "$(awk '{ n += $1 } END { print n }' "$STAGE/taken")"
end_watch
all_reachable
leave_nothing
