#!/usr/bin/env bash
# The leader is killed, or paused for three times its lease, at moments spread over an `up`, a change and a `down`. Another takes
# the internet over: all of the command or nothing of it is there then, and what the paused one does when it goes on has no
# effect: machines refuse it (their counters say so), the etcd takes no write of it. faults.md F-02 to F-05, F-08, F-84.
#
#      m1, m2: controllers, one store in etcd 1, 2, 3        m3, m4: machines of the fleet, with stores of their own
#      witness v (M3) -- w (M4): loses no packet in all of it        chain r1 -- r2 -- ... -- r40, half of it on each
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
source "$NETNS_DIR/etcds.sh"
# Of the time that the command takes; `prepare`: while it sends its orders over a slow link, before it has decided.
MOMENTS=${MOMENTS:-"prepare 0.1 0.3 0.6"}

fleet_net 4
fleet_pki
fleet_etcds
for i in 1 2; do fleet_start $i --store "$STORE"; done
for i in 3 4; do fleet_start $i; done
machines() { fleet_description | grep -v -e M1 -e M2; }
chain() {  # NODES
  local i
  machines
  echo 'internet big on fleet {'
  for ((i = 1; i <= $1; i++)); do echo "  router r$i at M$((3 + (i > $1 / 2)))"; done
  for ((i = 2; i <= $1; i++)); do echo "  r$((i - 1)) -- r$i"; done
  echo '}'
}
chain 40 >"$STAGE/big.vinet"
chain 50 >"$STAGE/bigger.vinet"
{ machines && echo 'internet witness on fleet { host v at M3; host w at M4; v -- w }'; } >"$STAGE/witness.vinet"
wait_for 5 fleet_leads 1
leader=1
run vinet_at 1 up "$STAGE/witness.vinet"
fleet_watch 3 witness.v 4 witness.w

# Not by the unix socket: who finds no daemon there starts one.
ask() { fleet_net_at 3 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$(fleet_endpoint "$leader")" --identity "$STAGE/op" "$@"; }

# What there shall be before and after each command, and how long it takes.
declare -A SECONDS_OF
timed() {  # NAME WORD...
  local begin=$EPOCHREALTIME
  run ask "${@:2}"
  SECONDS_OF[$1]=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')
}
fleet_all >"$STAGE/none"
timed up up "$STAGE/big.vinet"
fleet_all >"$STAGE/small"
timed change up "$STAGE/bigger.vinet"
fleet_all >"$STAGE/large"
timed down down big
fleet_same "$STAGE/none" "a round without faults"
declare -A WORDS=([up]="up $STAGE/big.vinet" [change]="up $STAGE/bigger.vinet" [down]="down big")
declare -A BEFORE=([up]=none [change]=small [down]=large) AFTER=([up]=small [change]=large [down]=none)

begin_with() {  # NAME: of what there shall be
  case $1 in
    none) ask down big >>"$LOG" 2>&1 || true ;;
    small) run ask up "$STAGE/big.vinet" ;;
    large) run ask up "$STAGE/bigger.vinet" ;;
  esac
  fleet_same "$STAGE/$1" "the beginning of a round"
}
refused() { vinet_at "$leader" base ls --json | jq '[.[].refused_old] | add'; }
# Who leads may write down a new generation at any time, but nobody writes objects.
written() { keys get /test/state --print-value-only | sed 's/^[^{]*//' | jq -c .objects; }
lease_over() { ((SECONDS - stopped >= 15)); }
either() { fleet_is "$STAGE/$1" || cmp -s "$STAGE/$2" "$STAGE/fleet-now"; }
settled() { fleet_leads "$other" && [[ $(vinet_at "$other" status --json | jq -r .operation) == none ]]; }
follows() { [[ $(fleet_trouble "$1") == "the controller is at 10.99.$2.2:7411" ]]; }

slow() { fleet_net_at "$1" tc qdisc add dev eth0 root tbf rate 400kbit burst 4kb latency 20s; }
fast() { fleet_net_at "$1" tc qdisc del dev eth0 root; }
sends() { fleet_net_at "$leader" ss -Htn "dport = :7411" | awk '$3 > 20000 { found = 1 } END { exit !found }'; }

ends=""
for how in KILL STOP; do
  for verb in up change down; do
    for moment in $MOMENTS; do
      [[ $moment != prepare || $verb != down ]] || continue  # to remove is not prepared
      what="$how at $moment of $verb"
      begin_with "${BEFORE[$verb]}"
      other=$((3 - leader))
      [[ $moment != prepare ]] || slow "$leader"
      # shellcheck disable=SC2086  # words
      ask ${WORDS[$verb]} >"$STAGE/command" 2>&1 &
      command=$!
      [[ $moment != prepare ]] || wait_for 10 sends
      [[ $moment == prepare ]] || read -rt "$(awk -v a="${SECONDS_OF[$verb]}" -v b="$moment" 'BEGIN { print a * b }')" tick <>"$STAGE/tick" || true
      kill -"$how" "${FLEET_PID[$leader]}"
      stopped=$SECONDS
      [[ $moment != prepare ]] || fast "$leader"
      fleet_takes_over "$other"
      took=$((SECONDS - stopped))
      wait_for 30 settled
      wait_for 30 either "${BEFORE[$verb]}" "${AFTER[$verb]}"
      end=$(cmp -s "$STAGE/${BEFORE[$verb]}" "$STAGE/fleet-now" && echo "${BEFORE[$verb]}" || echo "${AFTER[$verb]}")
      ends+="$what: another leads after $took s; $([[ $end == "${AFTER[$verb]}" ]] && echo all || echo nothing)"$'\n'
      old=$leader leader=$other
      if [[ $how == KILL ]]; then
        wait "$command" || true
        fleet_kill "$old"
        fleet_start "$old" --store "$STORE"
      else
        written=$(written)
        wait_for 16 lease_over
        kill -CONT "${FLEET_PID[$old]}"
        code=0
        wait "$command" || code=$?
        [[ $code != 0 || $end == "${AFTER[$verb]}" ]] || fail "$what: it says that it has done what is not there"
        wait_for 10 follows "$old" "$leader"
        expect_equal "$what: writes of the one that was paused" "$written" "$(written)"
      fi
      wait_for 10 follows "$old" "$leader"
      fleet_same "$STAGE/$end" "$what, when the old one is back"
    done
  done
done
cat <<<"$ends"
# Their daemons have run all the time, so they have counted all of them.
was_refused() { (($(refused) > 0)); }
wait_for 5 was_refused
echo "$(refused) calls of paused leaders refused by machines"
fleet_watched "takeovers"
run vinet_at "$leader" down --all
etcds_end
fleet_clean
leave_nothing
