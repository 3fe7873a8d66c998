#!/usr/bin/env bash
# What lists and shows is valid JSON with --json, and without is text without colours when not on a terminal.
source "$(dirname "$0")/lib.sh"

up figure11.vinet
while read -r command; do
  run vinet $command --json
  jq -e 'type == "object" or type == "array"' "$OUT" >/dev/null || fail "$command --json: neither object nor array"
  run vinet $command
  [[ -s $OUT ]] || fail "$command: no text"
  expect_no_match "colours of $command" $'\e' "$(cat "$OUT")"
done <<END
plan $EXAMPLES/figure11.vinet
ls
ls fig11
show lab
show lab.X
show lab.X-Y
show fig11
show fig11.A
show fig11.A-B
ping-all
trace fig11.A fig11.F
status
END
expect_exit 4 vinet show fig11.Q
expect_exit 4 vinet show fig12
run vinet show fig11.A --json
expect_equal "identity by show" "$(identity fig11.A)" "$(jq -r 'first(.. | .identity? | strings)' "$OUT")"
leave_nothing
