#!/usr/bin/env bash
# `--root` may be any directory: a relative one, one of a strange name, one behind a symbolic link, which is the same root
# as the directory itself. What is none is refused, and nothing is made.
#
#      A -- B   on X ~~ Y
source "$(dirname "$0")/lib.sh"

describe pair <<'END'
base lab { machine X, Y; X -- Y }
internet pair on lab { host A at X; host B at Y; A -- B }
END
in_root() { "$BUILD/vinet" --root "$1" "${@:2}"; }
cd "$STAGE"
mkdir real away && ln -s real link && ln -s away/deep below && mkdir away/deep
mkdir -p elsewhere moved/run && ln -s ../../elsewhere moved/run/vinet
for root in relative ./dotted/ "two words" $'two\nlines' '$(id)"'\' ../"${STAGE##*/}"/up link below moved "$STAGE/$(printf 'long%.0s' {1..50})"; do
  run in_root "$root" up "$STAGE/pair.vinet"
  run in_root "$root" exec pair.A ping -nqc 1 -W 2 B
  run in_root "$root" ls pair.A
  run in_root "$root" down --all
  [[ -z $(find "$root"/run/netns "$root"/run/vinet/ -mindepth 1 2>/dev/null) ]] || fail "left in $root: $(find "$root")"
done
# A link and what it leads to are one root.
run in_root link up "$STAGE/pair.vinet"
expect_equal "up by the other name" $'lab: unchanged\npair: unchanged' "$(in_root real up "$STAGE/pair.vinet")"
run in_root real down --all
expect_equal "down by the first name" "nothing to do" "$(in_root link down --all)"

# No directory, none that can be made, and files that somebody has put in the place of vinet's.
touch file && ln -s nowhere dangling
mkdir -p aside/run/vinet && ln -s "$STAGE/stolen" aside/run/vinet/vinet.db
mkdir -p locked/run/vinet && ln -s "$STAGE/stolen" locked/run/vinet/lock
mkdir read-only && mount -t tmpfs -o ro none read-only
for root in file/below dangling aside locked read-only /proc; do
  code=0
  in_root "$root" up "$STAGE/pair.vinet" >"$OUT" 2>"$ERR" || code=$?
  cat "$ERR" >>"$LOG"
  ((code > 0 && code < 8)) || fail "up in $root: exit code $code"
  expect_match "what up says in $root" "$root" "$(cat "$ERR")"
  [[ ! -e $STAGE/stolen ]] || fail "up in $root followed a link"
  [[ ! -e $root/run/netns ]] || fail "up in $root left names"
done
umount read-only
rm -r aside locked
expect_equal "network namespaces that are left" 1 "$(lsns -nt net -o NS | wc -l)"
