#!/usr/bin/env bash
# run.sh VINET FILE.golden...: runs the command of each file and compares what it prints and its exit code.
#
#   $ vinet plan --no-inventory in.vinet      the command, run by bash in an empty directory
#   --- input [NAME]                          a file there; in.vinet where there is no NAME
#   ...
#   --- output                                stdout and stderr, as they come
#   ...
#   --- exit 0                                the last line
#
# VINET_REBASE=1 writes what came out into the files instead; the diff is to be reviewed.
set -uo pipefail
vinet=$(realpath "$1"); shift
bad=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/vinet-golden.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$vinet" "$scratch/bin/vinet"

for golden in "$@"; do
  golden=$(realpath "$golden")
  room=$scratch/room
  rm -rf "$room" && mkdir "$room"
  # Sections to files: inputs into the room, the expected output beside it.
  awk -v room="$room" -v expected="$scratch/expected" '
    BEGIN { printf "" > expected }
    NR == 1 { next }
    /^--- input/ { file = room "/" ($3 == "" ? "in.vinet" : $3); printf "" > file; next }
    /^--- output$/ { file = expected; next }
    /^--- exit / { print > expected; file = ""; next }
    file != "" { print > file }' "$golden"
  command=$(head -n 1 "$golden")
  [[ $command == '$ '* ]] || { echo "$golden: does not begin with '\$ '"; bad=1; continue; }
  (cd "$room" && env -u NO_COLOR TERM=dumb COLUMNS=80 LC_ALL=C VINET_ROOT="$room/root" PATH="$scratch/bin:$PATH" \
    timeout 60 bash -c "${command#\$ }" </dev/null) >"$scratch/raw" 2>&1
  code=$?
  sed "s|$room/||g" "$scratch/raw" >"$scratch/actual"
  echo "--- exit $code" >>"$scratch/actual"
  if [[ -e $room/root ]]; then
    echo "$golden: left something under the root: $(find "$room/root" | tr '\n' ' ')"; bad=1
  fi
  if [[ -n ${VINET_REBASE:-} ]]; then
    awk '/^--- output$/ { exit } /^--- exit / { exit } { print }' "$golden" >"$scratch/new"
    { cat "$scratch/new"; echo "--- output"; cat "$scratch/actual"; } >"$golden"
  elif ! diff -u --label "$(basename "$golden")" --label "what came out" "$scratch/expected" "$scratch/actual"; then
    echo "FAILED: $golden  (VINET_REBASE=1 $0 ... takes the new output)"
    bad=1
  fi
done
exit $bad
