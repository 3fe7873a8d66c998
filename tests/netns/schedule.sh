# Schedules: what a random test does, as text, so that it can be kept, played again and made shorter. faults.md §3.
#
#   machines 4          settings: a word and what it is
#   step one kill 2 calls 41
#                       steps, one a line; each can stand alone
#
#   seed_random SEED; draw N      numbers of 64 bits from a seed (splitmix64): $DRAWN is 0 ... N-1. No other source of chance.
#   pick WORD...                  one of these, in $DRAWN
#   setting FILE NAME             what a schedule says
#   shrink FILE DIR PLAY...       makes a schedule that fails shorter while it fails of the same: DIR/shrunk
#
# PLAY SCHEDULE DIR plays one; if it fails it exits with 1, and DIR/invariant says in a line what did not hold.
seed_random() { RANDOM_STATE=$(($1)); }
draw() {
  local z
  RANDOM_STATE=$((RANDOM_STATE + 0x9e3779b97f4a7c15)) z=$RANDOM_STATE
  z=$(((z ^ (z >> 30 & 0x3ffffffff)) * 0xbf58476d1ce4e5b9))
  z=$(((z ^ (z >> 27 & 0x1fffffffff)) * 0x94d049bb133111eb))
  DRAWN=$((((z ^ (z >> 31 & 0x1ffffffff)) & 0x7fffffffffffffff) % $1))
}
pick() {
  draw $#
  shift "$DRAWN"
  DRAWN=$1
}
setting() { sed -n "s/^$2 //p" "$1"; }
# A seed of 64 bits, where none is given.
new_seed() { od -An -N8 -td8 /dev/urandom | tr -d ' '; }

# Does it fail as the whole one did? Then it is the shortest so far.
still_fails() {  # CANDIDATE DIR PLAY...
  local candidate=$1 dir=$2
  shift 2
  ((++SHRINK_TRIES <= ${SHRINK_MOST:-40})) || return 1
  rm -rf "$dir/try"
  mkdir -p "$dir/try"
  ! "$@" "$candidate" "$dir/try" >"$dir/try/said" 2>&1 || return 1
  cmp -s "$dir/try/invariant" "$dir/invariant" || return 1
  cp "$candidate" "$dir/shrunk"
}
# Halves of the steps, quarters, ..., single steps; then fewer machines; then earlier moments.
shrink() {
  local dir=$2 part steps at count value
  cp "$1" "$dir/shrunk"
  SHRINK_TRIES=0
  steps=$(grep -c '^step ' "$dir/shrunk")
  for ((part = (steps + 1) / 2; part >= 1; part /= 2)); do
    at=1
    while steps=$(grep -c '^step ' "$dir/shrunk"); ((steps > 1 && at <= steps)); do
      awk -v from="$at" -v to="$((at + part))" '/^step / { ++n; if (n >= from && n < to) next } { print }' "$dir/shrunk" >"$dir/shorter"
      grep -q '^step ' "$dir/shorter" && still_fails "$dir/shorter" "${@:2}" || at=$((at + part))
    done
  done
  value=$(setting "$dir/shrunk" machines)
  for ((count = 2; count < ${value:-0}; ++count)); do
    sed "s/^machines .*/machines $count/" "$dir/shrunk" >"$dir/shorter"
    ! still_fails "$dir/shorter" "${@:2}" || break
  done
  while value=$(sed -nE 's/^step .* calls ([0-9]+).*/\1/p' "$dir/shrunk" | sort -n | tail -1); ((${value:-0} > 1)); do
    sed -E "s/^(step .* calls )$value\b/\1$((value / 2))/" "$dir/shrunk" >"$dir/shorter"
    still_fails "$dir/shorter" "${@:2}" || break
  done
  rm -rf "$dir/try" "$dir/shorter"
}
