# BIRD as it is, in each node of figure7.vinet. A announces what only its loopback has (203.0.113.1, 2001:db8:a::1); a routing
# protocol works when D has learned it from B over the virtual links, and D's ping comes back.
#
#      A -- B -- D
#
#   bird_everywhere <PROTOCOL         starts BIRD with that protocol; NODE's own addresses and those of its neighbours stand for
#                                     @A@B, @B@A ... (A's address towards B), and @A@B@6; lines that start with "X:" hold for X
#   birdc NODE COMMAND...             asks it
#   learned [4|6]                     has D's kernel the route? (for wait_for)
#   expect_learned [4|6]              waits for it, and sends a ping there
command -v bird >/dev/null || skip "no bird"

bird_everywhere() {
  local node from to pair
  cat >"$STAGE/protocol"
  for pair in A-B B-A B-D D-B; do
    from=${pair%-*} to=${pair#*-}
    sed -i "s/@$from@$to@6/$(address line.$from $to 6)/g; s/@$from@$to/$(address line.$from $to)/g" "$STAGE/protocol"
  done
  ns line.A ip addr add 203.0.113.1/32 dev lo
  ns line.A ip addr add 2001:db8:a::1/128 dev lo
  for node in A B D; do
    {
      echo "router id $(identity line.$node);"
      cat <<'END'
filter announced {
  if net.type = NET_IP4 then { if net ~ [203.0.113.0/24+] then accept; }
  else { if net ~ [2001:db8::/32+] then accept; }
  reject;
}
protocol device { scan time 1; }
protocol direct { interface "lo"; ipv4 { import filter announced; }; ipv6 { import filter announced; }; }
protocol kernel { ipv4 { import none; export where source != RTS_DEVICE; }; }
protocol kernel { ipv6 { import none; export where source != RTS_DEVICE; }; }
END
      sed -n "s/^$node: //p; /^[A-Z]: /!p" "$STAGE/protocol"
    } >"$STAGE/$node.conf"
    vinet exec line.$node bird -f -c "$STAGE/$node.conf" -s /run/bird.ctl >>"$LOG" 2>&1 &
  done
}
birdc() { vinet exec "line.$1" birdc -s /run/bird.ctl "${@:2}"; }

learned() {
  if [[ ${1:-4} == 6 ]]; then
    ns line.D ip -6 route show 2001:db8:a::1 proto bird | grep -q "via .* dev B"
  else
    ns line.D ip route show 203.0.113.1 proto bird | grep -q "via .* dev B"
  fi
}
expect_learned() {
  wait_for 40 learned "${1:-4}"
  # D may have learned it before B has told its kernel.
  if [[ ${1:-4} == 6 ]]; then wait_for 10 pings line.D 2001:db8:a::1; else wait_for 10 pings line.D 203.0.113.1; fi
}
