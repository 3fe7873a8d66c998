# Captures: started when tcpdump really listens, ended when what the test waits for is in the file.
#
#   capture NAME NODE DEVICE [FILTER...]     begins a capture
#   captured NAME COUNT [DISPLAY-FILTER]     are at least COUNT packets there? (for wait_for)
#   seen NAME COUNT FILTER...                the same by a filter of tcpdump's: quicker
#   end_capture NAME                         ends it
#   fields NAME DISPLAY-FILTER FIELD...      its packets, one a line, by tshark's decoder: fields apart by blanks, the
#                                            values of one field (outermost header first) by commas
declare -A CAPTURE_PIDS=()

capture() {
  local name=$1 node=$2 device=$3
  shift 3
  # Immediate mode: a packet is in the file when the next command runs, not when a buffer is full.
  nsenter --net="$ROOT/run/netns/$node" tcpdump -i "$device" -n -U --immediate-mode -s 0 -B 65536 -w "$STAGE/$name.pcap" "$@" \
    2>"$STAGE/$name.tcpdump" &
  CAPTURE_PIDS[$name]=$!
  wait_for 10 grep -q "listening on" "$STAGE/$name.tcpdump"
}

end_capture() {
  kill "${CAPTURE_PIDS[$1]}" 2>/dev/null || true  # it may have ended by itself (-c)
  wait "${CAPTURE_PIDS[$1]}" || true
  unset "CAPTURE_PIDS[$1]"
}

decode() { tshark -n -r "$STAGE/$1.pcap" -o ip.check_checksum:TRUE "${@:2}" 2>/dev/null; }

fields() {
  local name=$1 filter=$2 args=()
  for field in "${@:3}"; do args+=(-e "$field"); done
  decode "$name" -Y "$filter" -T fields -E separator=/s -E occurrence=a -E aggregator=, "${args[@]}"
}

seen() { (($(tcpdump -n -r "$STAGE/$1.pcap" "${@:3}" 2>/dev/null | wc -l) >= $2)); }

# A capture in progress may end in half a packet: tshark then reads what is whole.
captured() { (($(decode "$1" -Y "${3:-frame}" -T fields -e frame.number | wc -l) >= $2)); }
