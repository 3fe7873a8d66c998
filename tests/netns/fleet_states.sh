# For tests that interrupt `up`, a change and `down` of an internet `line` again and again. What the computers of a fleet hold
# in each state lies in $STAGE/is-none, is-one (after one.vinet) and is-two (after two.vinet, when one was there).

to() {  # STATE, always by the same way: what is changed keeps its addresses
  if fleet_is "$STAGE/is-$1"; then return; fi
  vinet_at 1 down line >>"$LOG" 2>&1 || true
  [[ $1 == none ]] || run vinet_at 1 up "$STAGE/one.vinet"
  [[ $1 != two ]] || run vinet_at 1 up "$STAGE/two.vinet"
  fleet_same "$STAGE/is-$1" "the way back to '$1' after ${what:-the start}"
}
is_either() { fleet_all >"$STAGE/fleet-now" && { cmp -s "$STAGE/is-$1" "$STAGE/fleet-now" || cmp -s "$STAGE/is-$2" "$STAGE/fleet-now"; }; }
