#!/usr/bin/env bash
# Bad input files: faults.md F-100, F-101, F-103. Exit code 3 with a place, soon and in little memory, before anything is
# touched; and no name reaches a shell or leaves its directory.
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/invariants.sh"
remember

# refused WHAT [REGEX]: $STAGE/bad.vinet, by `check` and `up`; in 20 s of CPU (one in a release build) and 400 MB
# of addresses, which a sanitizer needs for itself.
memory=400000
! nm -D "$BUILD/vinet" 2>/dev/null | grep -q __asan_init || memory=unlimited
refused() {
  local verb
  for verb in check up; do
    expect_exit 3 bash -c "ulimit -t 20 -v $memory; exec \"\$@\"" - "$BUILD/vinet" --root "$ROOT" "$verb" "$STAGE/bad.vinet"
    expect_match "$1: what $verb says" "${2:-bad.vinet:[0-9]+:[0-9]+: error}" "$(head -c 2000 "$ERR")"
  done
}
bad() { cat >"$STAGE/bad.vinet"; }
repeat() { printf "%$2s" '' | tr ' ' "$1"; }

# F-100: what is no description.
: | bad
run vinet up "$STAGE/bad.vinet"  # it describes nothing: nothing is to be done
printf 'base b {\0}\n' | bad
refused "a NUL"
head -c 100000 /dev/urandom | bad
refused "binary"
printf 'base b { machine X' | bad
refused "no newline, no end"
truncate -s 1G "$STAGE/bad.vinet"
refused "1 GB" 'bad.vinet: larger than 8MiB'
{ printf 'let x = '; repeat '(' 100000; } | bad
refused "nested deep"
{ echo 'base b { machine X }'; echo 'internet i on b { router r[1000000000] at X }'; } | bad
refused "a bomb of an array"
{
  echo 'base b { machine X }'
  echo 'part p0() { router a at X; router b at X; a -- b }'
  for i in {1..40}; do echo "part p$i() { part l = p$((i - 1))(); part r = p$((i - 1))() }"; done
  echo 'internet i on b { part all = p40() }'
} | bad
refused "a bomb of parts"

# F-101: the grammar is right, the meaning wrong.
wrong() {  # WHAT STATEMENTS
  bad <<<"base lab { machine X, Y; X -- Y }
internet i on lab { $2 }"
  refused "$1"
}
wrong "an unknown node" 'host a at X; a -- b'
wrong "an unknown machine" 'host a at Q'
wrong "a double name" 'host a at X; host a at Y'
wrong "an MTU that is too small" 'host a at X; host b at Y; a -- b [mtu = 67]'
bad <<<'base lab { machine X, Y; X -- Y }
internet i on lab [addresses = 10.0.0.0/30] { host a at X; host b at Y; host c at Y; a -- b; b -- c }'
refused "a pool that is too small"

# F-103: names, in a description and on the command line.
for name in '../x' '$(touch '"$STAGE"'/shell)' 'a b' "$(repeat n 256)" '.' '..' 'a/b' '`id`' '-x' "'"; do
  wrong "a node called $name" "host $name at X"
  for verb in down show ls logs renew trace "exec --"; do
    code=0
    # shellcheck disable=SC2086
    vinet $verb "$name" x >"$OUT" 2>"$ERR" || code=$?
    [[ $code =~ ^[1-7]$ && -s $ERR ]] || fail "F-103: $verb of '$name': exit code $code"
  done
done
[[ ! -e $STAGE/shell ]] || fail "F-103: a name reached a shell"
invariants "after bad input"
nothing_left "after bad input"
