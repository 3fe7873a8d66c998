# For tests that do something to vinet at its n-th call that can change the kernel or a file (tests/support/failcalls.cc).
LIBRARY=$BUILD/libfailcalls.so
[[ -e $LIBRARY ]] || skip "no $LIBRARY"
! nm -D "$BUILD/vinet" 2>/dev/null | grep -q __asan_init || skip "a sanitizer's build cannot be preloaded"
FILE=$EXAMPLES/figure7.vinet
export VINET_NO_DAEMON=1  # the calls counted are those of the verb itself

# count_calls VERB...: how many there are, in $CALLS.
count_calls() {
  rm -f "$STAGE/calls"
  FAILCALLS_LOG=$STAGE/calls LD_PRELOAD=$LIBRARY run vinet "$@"
  CALLS=$(wc -l <"$STAGE/calls")
  echo "${CALLS} calls in vinet $*"
  ((CALLS > 30)) || fail "only $CALLS calls counted: the library does not see them"
}
# at CALL ACTION VERB...: vinet, with that done at that call; its exit code in $CODE.
at() {
  local call=$1 action=$2
  shift 2
  CODE=0
  echo "\$ FAILCALLS_AT=$call FAILCALLS_DO=$action vinet $*" >>"$LOG"
  FAILCALLS_AT=$call FAILCALLS_DO=$action LD_PRELOAD=$LIBRARY vinet "$@" >"$OUT" 2>"$ERR" || CODE=$?
  cat "$OUT" "$ERR" >>"$LOG"
}
# Every call in the long suite, about so many spread over all of them in the quick one.
sample() {
  local step=$(((CALLS + $1 - 1) / $1))
  [[ -z ${VINET_EVERY:-} ]] || step=1
  seq 1 "$step" "$CALLS"
}
