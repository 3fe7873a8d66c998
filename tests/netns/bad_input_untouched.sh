#!/usr/bin/env bash
# A wrong description is refused with file, line and caret before anything is touched; so is what is not built yet.
source "$(dirname "$0")/lib.sh"

describe wrong <<'END'
base lab {
  machine X, Y
  X -- Y
}

internet one on lab {
  host a at X
  host b at Q
  a -- c
}
END
expect_exit 3 vinet up "$STAGE/wrong.vinet"
expect_match "message" "wrong.vinet:8:[0-9]+" "$(cat "$ERR")"
expect_match "caret" "\^" "$(cat "$ERR")"
expect_match "the second error in the same run" "wrong.vinet:9:[0-9]+" "$(cat "$ERR")"
nothing_left "after a wrong file"

expect_exit 3 vinet up "$EXAMPLES/as-router.vinet"
expect_match "message for what is not built yet" "not supported yet" "$(cat "$ERR")"
expect_exit 7 vinet up "$EXAMPLES/fleet.vinet"
expect_match "message where there is no identity to ask machines with" "cannot speak to machines of fleets" "$(cat "$ERR")"
nothing_left "after files that are not supported yet"

head -c 20000 /dev/urandom >"$STAGE/noise.vinet"
expect_exit 3 vinet up "$STAGE/noise.vinet"
expect_exit 4 vinet up "$STAGE/absent.vinet"
expect_exit 2 vinet up
expect_exit 2 vinet upp
nothing_left "after noise"
