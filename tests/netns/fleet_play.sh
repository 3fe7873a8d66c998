#!/usr/bin/env bash
# fleet_play.sh SCHEDULE DIR: plays a schedule (fleet_schedule.sh) on the real kernel. After each step the fault is healed and
# the invariants of faults.md §2 must hold; a witness on the same machines loses none of 1,000 packets a second in all of it.
# If it fails, DIR has the schedule, the step, what did not hold, inventories, events and what was said.
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/schedule.sh"
source "$NETNS_DIR/fleet_schedule.sh"
SCHEDULE=$1 DIR=$2 INVARIANT='it can be set up' STEP=0 HITS=0
mkdir -p "$DIR" && : >"$DIR/log"
LOG=$DIR/log
fleet_arm_all

at_failure() {
  set +e
  trap - ERR
  echo "$INVARIANT" >"$DIR/invariant"
  [[ $SCHEDULE -ef $DIR/schedule ]] || cp "$SCHEDULE" "$DIR/schedule"
  for file in fleet-before fleet-after fleet-now; do [[ ! -e $STAGE/$file ]] || cp "$STAGE/$file" "$DIR/$file"; done
  for ((i = 1; i <= FLEET; i++)); do
    kill -CONT "${FLEET_PID[$i]:-0}"
    timeout 10 nsenter --net="$STAGE/net/m$i" -- "$BUILD/vinet" --root "$STAGE/m$i" events --json >"$DIR/events-m$i"
  done
  echo "step $STEP (${step:-}): $INVARIANT ${CULPRIT:+(${CULPRIT})}" | tee "$DIR/failed"
} >&2 2>>"$LOG"

# --- what the schedule is about -------------------------------------------------------------------------------------------
fleet_net "$(setting "$SCHEDULE" machines)"
fleet_pki
for ((i = 1; i <= FLEET; i++)); do fleet_start "$i"; done
fleet_empty
{ fleet_description && echo "internet witness on fleet { host v at M1; host w at M$FLEET; v -- w }"; } >"$STAGE/witness.vinet"
for form in one two; do describe_line "$SCHEDULE" $form >"$STAGE/$form.vinet"; done
describe_upper "$SCHEDULE" >"$STAGE/upper.vinet"
run vinet_at 1 up "$STAGE/witness.vinet"
fleet_watch 1 witness.v "$FLEET" witness.w

# --- faults ---------------------------------------------------------------------------------------------------------------
pause_ms() { local tick; read -rt "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" tick <>"$STAGE/tick" || true; }
at_end() { [[ ! -d /proc/$CLIENT ]] || [[ $(sed 's/.*) //' "/proc/$CLIENT/stat" 2>/dev/null | cut -c1) == Z ]]; }
# The moment has come for m<I>, or the verb has ended before: moment I SIGNAL
moment() {
  local pid=${FLEET_PID[$1]}
  if [[ $WHEN == ms ]]; then
    pause_ms "$COUNT"
    kill "-$2" "$pid" 2>/dev/null || true
    return
  fi
  while (($(fleet_armed "$1") > 0)) && ! at_end; do pause_ms 5; done
  (($(fleet_armed "$1") > 0)) || return 0
  MISSED=1
  fleet_arm "$1" 0
  kill "-$2" "$pid" 2>/dev/null || true
}
core() { nsenter --net="$STAGE/net/core" -- "$@"; }
heal_cut() { core nft delete table ip cut; }
restart() {  # I AGAIN
  local i=$1 deadline=$((SECONDS + 4)) other
  wait "${FLEET_PID[$i]}" 2>/dev/null || true
  # A verb that found none has started one of its own.
  for other in $(pgrep -f "vinet --root $STAGE/m$i .*daemon"); do
    kill -9 "$other" 2>/dev/null || true
    while [[ -d /proc/$other ]]; do pause_ms 10; done
  done
  if (($2 > 0)); then
    fleet_arm "$i" "$2" KILL
    fleet_launch "$i"
    while (($(fleet_armed "$i") > 0 && SECONDS < deadline)); do pause_ms 20; done
    kill -9 "${FLEET_PID[$i]}" 2>/dev/null || true
    wait "${FLEET_PID[$i]}" 2>/dev/null || true
    fleet_arm "$i" 0
  fi
  fleet_start "$i"
}
# strike FAULT...: at its moment, and healed. $CLIENT is the verb.
strike() {
  local victim=${2:-1} again=0
  case $1 in
    none) ;;
    kill) moment "$victim" KILL; [[ ${3:-} != again ]] || again=$4; restart "$victim" "$again" ;;
    stop) moment "$victim" STOP; pause_ms "$3"; kill -CONT "${FLEET_PID[$victim]}" ;;
    cut) moment 1 STOP; cut_calls "$victim"; kill -CONT "${FLEET_PID[1]}"; pause_ms "$3"; heal_cut ;;
    client) moment 1 STOP; kill "-$2" "$CLIENT" 2>/dev/null || true; kill -CONT "${FLEET_PID[1]}" ;;
    # For tests of this test: what no repair sees.
    spoil) mkdir -p "$STAGE/m$victim/run/netns" && touch "$STAGE/m$victim/run/netns/stray.left" ;;
  esac
}
cut_calls() { core nft "add table ip cut; add chain ip cut f { type filter hook forward priority 0; }; add rule ip cut f ip daddr 10.99.$1.2 tcp dport 7411 drop"; }

# --- what shall be --------------------------------------------------------------------------------------------------------
now=none upper=0 drained=-
words_of() {  # VERB [K]: of the command line
  case $1 in
    one | two | upper) WORDS=(up "$STAGE/$1.vinet") ;;
    lower) WORDS=(down upper) ;;
    down) WORDS=(down --recursive line) ;;
    drain) WORDS=(base drain fleet "M$2") ;;
    undrain) WORDS=(base drain fleet "M$2" --undo) ;;
  esac
}
target_of() {  # VERB [K]: what is so after it, as `now upper drained`
  case $1 in
    one | two) echo "$1 $upper $drained" ;;
    upper) if [[ $now == none ]]; then echo "$now $upper $drained"; else echo "$now 1 $drained"; fi ;;
    lower) echo "$now 0 $drained" ;;
    down) echo "none 0 $drained" ;;
    drain) echo "$now $upper M$2" ;;
    undrain) echo "$now $upper -" ;;
  esac
}
has() { [[ -n $(vinet_at 1 ls --json 2>/dev/null | jq -r ".[] | select(.name == \"$1\") | .name") ]]; }
described() { [[ $(vinet_at 1 plan --diff "$STAGE/$1.vinet" 2>/dev/null) == "no changes" ]]; }
is_now() {  # FORM UPPER DRAINED
  if [[ $1 == none ]]; then ! has line || return 1; else has line && described "$1" || return 1; fi
  if (($2)); then has upper && described upper || return 1; else ! has upper || return 1; fi
  [[ $(vinet_at 1 base ls --json | jq -r '[.[] | select(.drained) | .machine | sub("fleet[.]"; "")] | join(" ")') == "${3#-}" ]]
}
settled() {
  [[ $(vinet_at 1 status --json 2>/dev/null | jq -r .operation) == none ]] &&
    [[ $(vinet_at 1 base ls --json | jq '[.[] | select(.away or .leaving or .trouble != "")] | length') == 0 ]]
}
repairs() { for ((i = 1; i <= FLEET; i++)); do fleet_events "$i" repaired; done | wc -l; }
again_unchanged() {
  local files=("$STAGE/witness.vinet") file
  [[ $now == none ]] || files+=("$STAGE/$now.vinet")
  ((!upper)) || files+=("$STAGE/upper.vinet")
  for file in "${files[@]}"; do
    vinet_at 1 up "$file" >"$OUT" 2>>"$LOG" || return 1
    ! grep -v ': unchanged$' "$OUT" >>"$LOG" || return 1
  done
}
# `up` of all that is there says that it changes nothing, nothing is changed, and nothing is mended meanwhile.
at_rest() {
  local repaired
  fleet_all >"$STAGE/fleet-after"
  repaired=$(repairs)
  again_unchanged && fleet_is "$STAGE/fleet-after" && [[ $repaired == "$(repairs)" ]] && pause_ms 300 && fleet_is "$STAGE/fleet-after"
}
# Whose each name is, on all machines, and each but once; and no namespace without a name.
orphans() {
  local names="fleet|witness" i
  [[ $now == none ]] || names+="|line"
  ((!upper)) || names+="|upper"
  for ((i = 1; i <= FLEET; i++)); do
    find "$STAGE/m$i/run/netns" -mindepth 1 -printf "m$i %f\n" | grep -vE "^m$i ($names)[.]" || true
    vinet_at "$i" status --json | jq -r '.leftovers[]'
  done
  find "$STAGE"/m*/run/netns -mindepth 1 -printf '%f twice\n' | sort | uniq -d
  { lsns -nt net -o NS; } | sort -u >"$STAGE/seen"
  { stat -Lc %i /proc/self/ns/net "$STAGE"/net/*; stat -c %i "$STAGE"/m*/run/netns/* 2>/dev/null; } | sort -u | comm -23 "$STAGE/seen" - | sed 's/^/nameless /'
}
must_hold() {  # SECONDS INVARIANT COMMAND...
  local deadline=$((SECONDS + $1))
  INVARIANT=$2
  until "${@:3}" >"$STAGE/said" 2>&1; do
    ((SECONDS <= deadline)) || { cat "$STAGE/said" >>"$LOG" && fail "$INVARIANT"; }
    pause_ms 100
  done
}
no_reservations() {
  local i
  for ((i = 1; i <= FLEET; i++)); do ! "$BUILD/hold" "$STAGE/m$i/run/vinet/vinet.sock" report | grep -E '^reserved|^trouble .' || return 1; done
}
no_orphans() { orphans >"$STAGE/orphans"; [[ ! -s $STAGE/orphans ]] || { cat "$STAGE/orphans" && return 1; }; }
none_lost() { vinet_at 1 ping-all --json >"$OUT" && [[ $(jq '[.. | .lost? | numbers] | add // 0' "$OUT") == 0 ]]; }
inventory_is_before() { fleet_is "$STAGE/fleet-before"; }
either() { is_now $BEFORE || is_now $AFTER; }

mapfile -t steps < <(sed -n 's/^step //p' "$SCHEDULE")
for step in "${steps[@]}"; do
  read -r verb rest <<<"$step"
  MISSED=0
  ((++STEP))
  read -ra words <<<"$rest"
  [[ $verb != *drain ]] || verb="$verb ${words[0]}" words=("${words[@]:1}")
  set -- "${words[@]:-none}"
  WHEN=none COUNT=0
  (($# < 3)) || { WHEN=${*: -2:1} COUNT=${*: -1}; set -- "${@:1:$#-2}"; }
  # What a verb is about is there, also where an earlier step was undone or dropped.
  INVARIANT='up without a fault'
  if [[ $now == none && $verb =~ ^(two|upper|lower|down)$ ]]; then
    # It may name the machine that takes no nodes just now.
    if [[ $drained != - ]]; then run vinet_at 1 base drain fleet "$drained" --undo && drained=-; fi
    run vinet_at 1 up "$STAGE/one.vinet" && now=one
  fi
  if [[ $upper == 0 && $verb == lower ]]; then run vinet_at 1 up "$STAGE/upper.vinet" && upper=1; fi
  # shellcheck disable=SC2086
  words_of $verb && BEFORE="$now $upper $drained" AFTER=$(target_of $verb)
  INVARIANT='the verb can be begun'
  must_hold 20 'the computers are at rest' fleet_at_rest "$STAGE/fleet-before"
  echo "=== step $STEP: $step ($BEFORE -> $AFTER)" >>"$LOG"
  counted=$([[ $1 == kill || $1 == stop ]] && echo "$2" || echo 1)
  [[ $WHEN != calls ]] || fleet_arm "$counted" "$COUNT" "$([[ $1 == kill ]] && echo KILL || echo STOP)"
  SECONDS_BEGIN=$SECONDS
  nsenter --net="$STAGE/net/m1" -- "$BUILD/vinet" --root "$STAGE/m1" "${WORDS[@]}" >>"$LOG" 2>&1 &
  CLIENT=$!
  INVARIANT='a fault can be made and healed'
  strike "$@"
  must_hold $((60 - (SECONDS - SECONDS_BEGIN))) 'T: a verb ends in 60 s' at_end
  code=0
  wait "$CLIENT" || code=$?
  ((MISSED)) || ((++HITS))
  echo "--- exit code $code, $([[ $MISSED == 1 ]] && echo 'after the end' || echo 'in time')" >>"$LOG"
  must_hold 40 'I9: nothing is at work, all machines are there' settled
  must_hold 20 'I2: all or nothing: neither as before nor as after' either
  # shellcheck disable=SC2086
  if is_now $AFTER; then is=$AFTER; else is=$BEFORE; fi
  if [[ $1 != client ]] && ! [[ $1 == kill && $2 == 1 ]]; then
    INVARIANT="I2: exit code $code, and it is as $([[ $is == "$AFTER" ]] && echo after || echo before)"
    ((code != 0)) || [[ $is == "$AFTER" ]] || fail "$INVARIANT"
    ((code == 0)) || [[ $is == "$BEFORE" ]] || fail "$INVARIANT"
  fi
  read -r now upper drained <<<"$is"
  if [[ $BEFORE == "$is" ]]; then must_hold 30 'I2: the computers hold what they held before' inventory_is_before; fi
  must_hold 20 'verify' vinet_at 1 verify
  must_hold 15 'I4: no orphan' no_orphans
  must_hold 35 'I9: no reservation is left' no_reservations
  must_hold 10 'all nodes reach each other' none_lost
  must_hold 20 'I3, I10: up again and a second reconciliation change nothing' at_rest
  echo "step $STEP ($step): as $([[ $is == "$AFTER" ]] && echo after || echo before), exit code $code, $([[ $MISSED == 1 ]] && echo late || echo 'in time')"
done
INVARIANT='I1: the witness loses nothing'
fleet_watched "$INVARIANT"
INVARIANT='down leaves nothing'
run vinet_at 1 down --all
fleet_left_nothing "$INVARIANT"
fleet_clean
leave_nothing
echo "$HITS of $STEP in time"
