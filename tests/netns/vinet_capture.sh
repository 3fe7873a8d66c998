# Captures by `vinet capture`, for the tests of it (capture.sh: those of tcpdump, which other tests use).
#
#   begin_vinet_capture NAME ARGS...          begins one into $STAGE/NAME.pcapng; what it says is in $STAGE/NAME.said
#   end_vinet_capture NAME                    Ctrl-C, and its exit code is 0
#   decoded NAME DISPLAY-FILTER FIELD...      packets, one a line: fields apart by |, the values of one field by commas
#   interfaces NAME                           the interfaces that the file has
#   is_clean NAME                             tshark reads it without a warning, every packet whole
declare -A VINET_CAPTURES=()

begin_vinet_capture() {
  "$BUILD/vinet" --root "$ROOT" capture -w "$STAGE/$1.pcapng" "${@:2}" 2>"$STAGE/$1.said" &
  VINET_CAPTURES[$1]=$!
  wait_for 10 grep -q "^capturing " "$STAGE/$1.said"
}

end_vinet_capture() {
  local code=0
  kill -INT "${VINET_CAPTURES[$1]}"
  wait "${VINET_CAPTURES[$1]}" || code=$?
  cat "$STAGE/$1.said" >>"$LOG"
  [[ $code == 0 ]] || fail "capture $1 ended with exit code $code: $(cat "$STAGE/$1.said")"
}

decoded() {
  local file=$STAGE/$1.pcapng filter=$2 args=()
  for field in "${@:3}"; do args+=(-e "$field"); done
  tshark -n -r "$file" -Y "$filter" -T fields -E separator='|' -E occurrence=a -E aggregator=, "${args[@]}" 2>/dev/null
}

interfaces() { capinfos "$STAGE/$1.pcapng" 2>/dev/null | sed -n 's/^ *Name = //p'; }

is_clean() {
  tshark -n -r "$STAGE/$1.pcapng" 2>&1 >"$STAGE/$1.text" | grep -v '^Running as user' >"$STAGE/$1.warnings" || true
  expect_equal "warnings of tshark about $1" "" "$(cat "$STAGE/$1.warnings")"
  expect_equal "packets of $1 that are not whole" "" \
    "$(decoded "$1" "_ws.malformed || frame.cap_len != frame.len" frame.number)"
}
