#!/usr/bin/env bash
# How long a fleet is without a controller after `kill -9` of the one that led, and how that grows with nodes. `./test fleets`;
# JSON in build/takeover.json, the table as markdown on the terminal (for docs/fleets.md).
#
#      m1, m2: controllers, one store in etcd 1, 2, 3        m3, m4: machines, with a chain of N nodes
#
# "leads": from the kill until the other says that it controls; "change": until it has done the first `up` that adds a node;
# "without a kill": what that `up` takes else. BENCH_NODES ("10 100 1000"), BENCH_KILLS (7). BENCH_NO_BUILD=1: as built.
set -euo pipefail
if [[ -z ${BENCH_INSIDE:-} ]]; then
  cd "$(dirname "$0")/../.."
  [ -n "${BENCH_NO_BUILD:-}" ] || ninja -C build vinet >/dev/null
  BENCH_INSIDE=1 RESULT=$PWD/build/takeover.json exec bash "$0" "$@"
fi
source "$(dirname "$0")/../netns/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/etcds.sh"
read -ra sizes <<<"${BENCH_NODES:-10 100 1000}"
kills=${BENCH_KILLS:-7}

since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'; }
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
worst() { printf '%s\n' "$@" | sort -n | tail -1; }
chain() {  # NODES
  local i
  fleet_description | grep -v -e M1 -e M2
  echo 'internet big on fleet [ipv6 = off] {'
  for ((i = 1; i <= $1; i++)); do echo "  router r$i at M$((3 + (i > $1 / 2)))"; done
  for ((i = 2; i <= $1; i++)); do echo "  r$((i - 1)) -- r$i"; done
  echo '}'
}
change() {  # I: the other of two descriptions
  if [[ $NOW == big ]]; then NOW=bigger; else NOW=big; fi
  vinet_at "$1" up "$STAGE/$NOW.vinet" >>"$LOG" 2>&1
}

fleet_net 4
fleet_pki
fleet_etcds
for i in 1 2; do fleet_start "$i" --store "$STORE"; done
for i in 3 4; do fleet_start "$i"; done
wait_for 5 fleet_leads 1
leader=1
echo "| nodes | kills | leads s, median | worst | change s, median | worst | without a kill s |"
echo "|---|---|---|---|---|---|---|"
: >"$RESULT"
for nodes in "${sizes[@]}"; do
  chain "$nodes" >"$STAGE/big.vinet"
  chain $((nodes + 1)) >"$STAGE/bigger.vinet"
  NOW=bigger
  change "$leader"
  calm=() leads=() changes=()
  for ((k = 0; k < kills; k++)); do
    begin=$EPOCHREALTIME
    change "$leader"
    calm+=("$(since "$begin")")
    # Not in step with the lease, which is renewed every second.
    read -rt "0.$((k * 7 % 10))" tick <>"$STAGE/tick" || true
    other=$((3 - leader))
    begin=$EPOCHREALTIME
    fleet_kill "$leader"
    wait_for 60 fleet_leads "$other"
    leads+=("$(since "$begin")")
    change "$other"
    changes+=("$(since "$begin")")
    fleet_start "$leader" --store "$STORE"
    leader=$other
  done
  jq -nc --argjson n "$nodes" --argjson k "$kills" --argjson lm "$(median "${leads[@]}")" --argjson lw "$(worst "${leads[@]}")" \
    --argjson cm "$(median "${changes[@]}")" --argjson cw "$(worst "${changes[@]}")" --argjson wm "$(median "${calm[@]}")" \
    '{nodes: $n, kills: $k, leads_median_s: $lm, leads_worst_s: $lw, change_median_s: $cm, change_worst_s: $cw, without_kill_s: $wm}' >>"$RESULT"
  printf '| %d | %d | %.1f | %.1f | %.1f | %.1f | %.2f |\n' "$nodes" "$kills" "$(median "${leads[@]}")" "$(worst "${leads[@]}")" \
    "$(median "${changes[@]}")" "$(worst "${changes[@]}")" "$(median "${calm[@]}")"
  vinet_at "$leader" down --all >>"$LOG" 2>&1
done
etcds_end
fleet_clean
