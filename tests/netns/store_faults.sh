#!/usr/bin/env bash
# Faults of storage (research/faults.md F-60, F-62, F-63, F-64, F-67) under an internet that runs: what is running is
# never touched, what is wrong is named with its file, and there is a way back.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # each verb opens the store anew, as a daemon does that starts
state=$ROOT/run/vinet
untouched() { run pings line.A "$(identity line.D)"; }
refused() {  # CODE REGEX COMMAND...
  expect_exit "$1" "${@:3}"
  expect_match "what ${*:3} says" "$2" "$(cat "$ERR")"
}

# F-60: no space before `up`: it fails before any kernel change, and works once there is space.
mkdir -p "$state"
mount -t tmpfs -o size=64k tmpfs "$state"
dd if=/dev/zero of="$state/fill" bs=4k >/dev/null 2>&1 || true
expect_exit 1 vinet up "$EXAMPLES/figure7.vinet"
expect_match "F-60" "$state.*[Nn]o space" "$(cat "$ERR")"
expect_equal "F-60: namespaces" "" "$(ls "$ROOT/run/netns" 2>/dev/null)"
umount "$state"
up figure7.vinet
untouched

# F-62: a store that cannot be written: watching goes on, nothing is removed.
cp -a "$state" "$STAGE/saved"
mount --bind "$state" "$state"
mount -o remount,ro,bind "$state"
expect_exit 1 vinet down --all
expect_match "F-62" "$state.*[Rr]ead-only" "$(cat "$ERR")"
untouched
umount "$state"

# F-63: lost or emptied.
for how in 'rm "$state"/*.db*' ': >"$state/vinet.db"; rm -f "$state"/vinet.db-*'; do
  eval "$how"
  refused 5 'lost or emptied while lab, line run' vinet up "$EXAMPLES/figure7.vinet"
  untouched
  run vinet recover
  expect_match "F-63" "line: known again" "$(cat "$OUT")"
  run vinet up "$EXAMPLES/figure7.vinet"
  expect_equal "F-63: up after recover" $'lab: unchanged\nline: unchanged' "$(cat "$OUT")"
done

# F-64: damaged.
dd if=/dev/urandom of="$state/vinet.db" bs=1 seek=100 count=3000 conv=notrunc 2>/dev/null
for verb in "up $EXAMPLES/figure7.vinet" "down --all"; do
  # shellcheck disable=SC2086
  refused 5 "$state/vinet.db.*vinet recover" vinet $verb
done
untouched
run vinet recover
expect_match "F-64" "put aside as $state/vinet.db.damaged-1" "$(cat "$OUT")"
[[ -s $state/vinet.db.damaged-1 ]] || fail "F-64: what was damaged is not there"
run vinet up "$EXAMPLES/figure7.vinet"
rm "$state"/vinet.db.damaged-*

# A copy that the user kept; what is no copy is refused.
cp "$state/backup/state.db" "$STAGE/kept.db"
down --all
untouched_state() { run vinet ls; expect_equal "state after a refusal" "" "$(cat "$OUT")"; }
refused 5 'not a database' vinet recover "$EXAMPLES/figure7.vinet"
refused 4 'nowhere' vinet recover "$STAGE/nowhere"
untouched_state
(cd "$STAGE" && run vinet recover kept.db)
expect_match "a copy of the user's" "line: known, but not there" "$(cat "$OUT")"
run vinet up "$EXAMPLES/figure7.vinet"
untouched
rm -f "$state"/vinet.db.before-*

# F-67: locked by another program.
if command -v sqlite3 >/dev/null; then
  mkfifo "$STAGE/hold"
  sqlite3 "$state/vinet.db" <"$STAGE/hold" >"$STAGE/held" 2>&1 &
  holder=$!
  exec 7>"$STAGE/hold"
  echo 'begin exclusive; select "held";' >&7
  wait_for 5 grep -q held "$STAGE/held"
  refused 5 'another program has locked it' vinet down --all
  untouched
  exec 7>&-
  wait "$holder" || true
fi
down --all
leave_nothing
