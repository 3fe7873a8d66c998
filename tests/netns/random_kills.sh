#!/usr/bin/env bash
# Daemon and command line are killed at random moments of up, change and down: afterwards everything is as before the verb
# or as after it, never between, and a second internet on the same machines loses no packet. faults.md F-02, F-03, F-04,
# F-06, F-14; §3. KILLS (10; 100 in the long suite) and SEED (printed) repeat a run.
#
#      A -- B -- D      line, killed at         X ~~ Y ~~ Z   lab, under both
#      wa ------ wd     witness: 1,000 numbered packets a second, none of which may be lost
source "$(dirname "$0")/lib.sh"
KILLS=${KILLS:-10} SEED=${SEED:-$(date +%s)}
echo "seed=$SEED kills=$KILLS"
RANDOM=$SEED

describe base <<<'base lab { machine X, Y, Z; X -- Y -- Z }'
describe witness <<<'internet witness on lab { host wa at X; host wd at Z; wa -- wd }'
describe one <<<'internet line on lab { host A at X; router B at Y; host D at Z; A -- B -- D }'
describe two <<'EOF'
internet line on lab { host A at X; router B at Z; host D at Z; router C at Y; A -- B -- D; B -- C [mtu = 1300]; A -- C }
EOF
up "$STAGE/base.vinet"
up "$STAGE/witness.vinet"
ns_background witness.wd "$BUILD/stream" receive 7000 >"$STAGE/received" 2>>"$LOG"
receiver=$BACKGROUND
wait_for 5 listens witness.wd 7000
ns_background witness.wa "$BUILD/stream" send "$(identity witness.wd)" 7000 1000 >"$STAGE/sent" 2>>"$LOG"
sender=$BACKGROUND

daemon_pid() { pgrep -f "vinet --root $ROOT daemon" | head -1; }
settled() { [[ $(vinet status --json 2>/dev/null | jq -r .operation) == none ]]; }
has_line() { [[ -n $(vinet ls --json 2>/dev/null | jq -r '.[] | select(.name == "line") | .state') ]]; }
whole() { ! vinet ls --json 2>/dev/null | jq -e '.[] | select(.state? == "damaged")' >/dev/null; }
# is_now TARGET: does what runs equal the description? none: nothing of line is there.
is_now() {
  if [[ $1 == none ]]; then ! has_line; else
    has_line && [[ $(vinet plan --diff "$STAGE/$1.vinet" 2>/dev/null) == "no changes" ]]
  fi
}
now=none before_kill=0 after_kill=0
for ((kill = 1; kill <= KILLS; kill++)); do
  case $now in
    none) target=one verb=(up "$STAGE/one.vinet") ;;
    one) if ((RANDOM % 2)); then target=two verb=(up "$STAGE/two.vinet"); else target=none verb=(down line); fi ;;
    two) if ((RANDOM % 2)); then target=one verb=(up "$STAGE/one.vinet"); else target=none verb=(down line); fi ;;
  esac
  victim=$((RANDOM % 3)) pause_ms=$((RANDOM % 300))
  echo "kill $kill: $now -> $target, victim $victim after $pause_ms ms" >>"$LOG"
  "$BUILD/vinet" --root "$ROOT" "${verb[@]}" >>"$LOG" 2>&1 &
  client=$!
  read -rt "0.$(printf %03d $pause_ms)" tick <>"$STAGE/tick" || true
  daemon=$(daemon_pid)
  if ((victim != 1)) && [[ -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null || true; fi
  if ((victim != 0)); then kill -9 "$client" 2>/dev/null || true; fi
  wait "$client" 2>/dev/null || true
  wait_for 30 settled
  wait_for 10 whole
  if is_now "$target"; then now=$target && ((++after_kill)); elif is_now "$now"; then ((++before_kill)); else
    fail "kill $kill (seed $SEED): neither as before ($now) nor as after ($target)"
  fi
  all_reachable
done
kill "$sender" && wait "$sender" || true
arrived() { [[ $(ns witness.wd ss -Hlunm 'sport = :7000' | awk '{print $2}') == 0 ]]; }
wait_for 5 arrived
kill "$receiver" && wait "$receiver" || true
expect_match "the witness's stream" "^received $(awk '{print $2}' "$STAGE/sent") doubled 0 " "$(cat "$STAGE/received")"
echo "$before_kill as before, $after_kill as after"
leave_nothing
