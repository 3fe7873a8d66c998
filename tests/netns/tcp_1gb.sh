#!/usr/bin/env bash
# A whole gigabyte of TCP through figure11, five links and four routers, arrives as it was sent.
#
#      A -- B -- C -- D -- E -- F    on X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
SIZE=${SIZE:-1073741824}

up figure11.vinet
transfer() {  # FAMILY BYTES
  ns_background fig11.F "$BUILD/sockcat" listen 5000 > >(sha256sum >"$STAGE/arrived")
  wait_for 5 listens fig11.F 5000
  "$BUILD/sockcat" pattern "$2" | tee >(sha256sum >"$STAGE/sent") |
    ns fig11.A "$BUILD/sockcat" connect "$(identity fig11.F "$1")" 5000
  wait "$BACKGROUND"
  wait_for 20 test -s "$STAGE/arrived" -a -s "$STAGE/sent"
  expect_equal "sha256 of $2 bytes, IPv$1" "$(cat "$STAGE/sent")" "$(cat "$STAGE/arrived")"
  rm "$STAGE/arrived" "$STAGE/sent"
}
transfer 4 "$SIZE"
transfer 6 $((SIZE / 8))
leave_nothing
