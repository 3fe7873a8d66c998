#!/usr/bin/env bash
# Without root: a clear message that names what is missing, exit code 7, nothing touched. What needs no kernel works.
source "$(dirname "$0")/lib.sh"

cp "$BUILD/vinet" "$STAGE/vinet"
chmod 755 "$STAGE" "$STAGE/vinet"
cp "$EXAMPLES/figure7.vinet" "$STAGE/"
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups -- "$STAGE/vinet" --root "$ROOT" "$@"; }

for verb in "up $STAGE/figure7.vinet" "down --all" "ls" "exec line.A true" "ping-all" "trace line.A line.D"; do
  expect_exit 7 as_nobody $verb
  expect_match "message of $verb" "root" "$(cat "$ERR")"
done
run as_nobody check "$STAGE/figure7.vinet"
run as_nobody fmt --check "$STAGE/figure7.vinet"
run as_nobody version
nothing_left
