#!/usr/bin/env bash
# `up` reads a description once and whole, and what it applies is what it read, whatever happens to the file while it is
# read or applied: faults.md F-102.
#
#      r0 -- r1 -- .. r7     one.vinet, which includes base.vinet
source "$(dirname "$0")/lib.sh"

describe base <<<'base lab { machine X, Y; X -- Y }'
describe one <<<'include "base.vinet"; internet line on lab { router r[8] at X; chain(r) }'
file=$STAGE/file.vinet
one_runs() { expect_equal "what differs from one.vinet" "no changes" "$(vinet plan --diff "$STAGE/one.vinet")"; }

# Once: a pipe has nothing to read a second time.
mkfifo "$STAGE/pipe.vinet"
cat "$STAGE/one.vinet" >"$STAGE/pipe.vinet" &
up "$STAGE/pipe.vinet"
one_runs
down --all

# Another text comes into the file, and into what it includes, while the work is done.
begun() { compgen -G "$ROOT/run/netns/line.*"; }
cp "$STAGE/one.vinet" "$file"
cp "$STAGE/base.vinet" "$STAGE/saved"
"$BUILD/vinet" --root "$ROOT" up "$file" >>"$LOG" 2>&1 & client=$!
wait_for 20 begun
echo 'internet line on lab { host A at Y }' >"$file"
echo 'no description' >"$STAGE/base.vinet"
wait "$client"
cp "$STAGE/saved" "$STAGE/base.vinet"
one_runs

# Somebody writes into it all the time: nothing is applied, and why is said.
{ cat "$STAGE/one.vinet" && head -c 4000000 /dev/zero | tr '\0' '\n'; } >"$file"
while true; do echo >>"$file"; done & writer=$!
refused() {  # on a busy computer the writer may sleep while the file is read
  CODE=0
  timeout 30 "$BUILD/vinet" --root "$ROOT" up "$file" >"$OUT" 2>"$ERR" || CODE=$?
  cat "$OUT" "$ERR" >>"$LOG"
  ((CODE == 5))
}
wait_for 40 refused
end_background "$writer"
expect_match "what up says" "file.vinet: somebody writes into it while it is read" "$(cat "$ERR")"
run vinet up "$file"
expect_equal "up when nobody writes" $'lab: unchanged\nline: unchanged' "$(cat "$OUT")"
leave_nothing
