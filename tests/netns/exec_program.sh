#!/usr/bin/env bash
# `exec`: exit codes, signals, standard input and output, the terminal and arguments are the program's own.
#
#      A -- B -- D
source "$(dirname "$0")/lib.sh"

up figure7.vinet
expect_exit 0 vinet exec line.A true
expect_exit 37 vinet exec line.A sh -c 'exit 37'
expect_exit 127 vinet exec line.A no-such-program
expect_exit 126 vinet exec line.A /etc/passwd
expect_exit 4 vinet exec line.Q true
expect_exit 2 vinet exec line.A
expect_exit 143 vinet exec line.A sh -c 'kill -TERM $$'

run vinet exec line.A printf '%s|' "two words" '' '$HOME' --json -h
expect_equal "arguments" "two words||\$HOME|--json|-h|" "$(cat "$OUT")"
run vinet exec line.A -- cat <<<"through stdin"
expect_equal "input" "through stdin" "$(cat "$OUT")"

# A signal to the process that was started is a signal to the program: it is the same process.
vinet exec line.A sh -c 'trap "exit 55" USR1; echo $$ >'"$STAGE"'/pid; while :; do read -rt 0.05 x <>'"$STAGE/tick"'; done' &
wait_for 5 test -s "$STAGE/pid"
expect_equal "pid" "$(cat "$STAGE/pid")" "$(pgrep -f 'trap .exit 55' | tail -1)"
kill -USR1 "$(cat "$STAGE/pid")"
code=0
wait $! || code=$?
expect_equal "exit code after a signal" 55 "$code"

# A terminal is passed on as it is, with its size.
script -qec "stty rows 33 cols 99; $BUILD/vinet --root $ROOT exec line.A sh -c 'tty; stty size'" /dev/null >"$OUT" </dev/null
expect_match "terminal" "/dev/pts/.*33 99" "$(tr -d '\r' <"$OUT" | xargs)"
# Ctrl-C on it ends the program, not before, and the terminal's settings are what they were.
expect_exit 0 script -qec "before=\$(stty -g); $BUILD/vinet --root $ROOT exec line.A true; test \"\$before\" = \"\$(stty -g)\"" /dev/null
SHELL=/bin/sh script -qec "$BUILD/vinet --root $ROOT shell line.A" /dev/null <<<'ip -o link; exit 9' >"$OUT" || code=$?
expect_equal "exit code of shell" 9 "$code"
expect_match "links seen in the shell" "B@" "$(cat "$OUT")"
leave_nothing
