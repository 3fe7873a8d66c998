#!/usr/bin/env bash
# Deployment over fleets: how it grows with nodes and with machines. `./test fleets`; JSON in build/fleets.json, the table as
# markdown on the terminal (for docs/operations.md). All machines are namespaces of this computer, so they share its cores:
# ratios are taken to one machine of the same run, and say what the distribution costs, not what it gains.
#
#      controller m1 ~ core ~ m1 ... mM      a chain of N nodes, spread evenly
#
# BENCH_NODES ("100 1000"), BENCH_MACHINES ("1 3 20"). BENCH_NO_BUILD=1: as built. Takeovers: takeover.sh.
set -euo pipefail
if [[ -z ${BENCH_INSIDE:-} ]]; then
  cd "$(dirname "$0")/../.."
  [ -n "${BENCH_NO_BUILD:-}" ] || ninja -C build vinet >/dev/null
  BENCH_INSIDE=1 RESULT=$PWD/build/fleets.json exec bash "$0" "$@"
fi
source "$(dirname "$0")/../netns/lib.sh"
source "$NETNS_DIR/fleet.sh"
read -ra sizes <<<"${BENCH_NODES:-100 1000}"
read -ra counts <<<"${BENCH_MACHINES:-1 3 20}"

since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'; }
# Control packets and bytes through core, both ways, and messages of TLS about as many as segments with data.
count_begin() {
  nsenter --net="$STAGE/net/core" -- nft 'add table ip count; add chain ip count f { type filter hook forward priority 0; };
    add rule ip count f tcp dport 7411 counter; add rule ip count f tcp sport 7411 counter'
}
count_end() {
  nsenter --net="$STAGE/net/core" -- nft -j list table ip count |
    jq -r '[.. | .counter? | objects] | "\(map(.packets) | add) \(map(.bytes) | add)"'
  nsenter --net="$STAGE/net/core" -- nft delete table ip count
}
memory_kb() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }

fleet_net "$(printf '%s\n' "${counts[@]}" | sort -n | tail -1)"
fleet_pki
echo "| machines | nodes | up s | to 1 machine | again s | down s | control packets a node | control bytes a node | daemon kB a node |"
echo "|---|---|---|---|---|---|---|---|---|"
: >"$RESULT"
declare -A one
for machines in "${counts[@]}"; do
  for ((i = 1; i <= machines; i++)); do fleet_start "$i"; done
  for nodes in "${sizes[@]}"; do
    { echo "base fleet {"
      for ((i = 1; i <= machines; i++)); do echo "  machine M$i [daemon = \"$(fleet_endpoint "$i")\"]"; done
      printf '}\ninternet big on fleet [ipv6 = off] {\n'
      for ((i = 1; i <= nodes; i++)); do echo "  router r$i at M$(((i - 1) * machines / nodes + 1))"; done
      for ((i = 2; i <= nodes; i++)); do echo "  r$((i - 1)) -- r$i"; done
      echo "}"; } >"$STAGE/big.vinet"
    last=${FLEET_PID[$machines]} before_kb=$(memory_kb "${FLEET_PID[$machines]}")
    count_begin
    begin=$EPOCHREALTIME; vinet_at 1 up "$STAGE/big.vinet" >/dev/null; up=$(since "$begin")
    read -r packets bytes < <(count_end)
    begin=$EPOCHREALTIME; vinet_at 1 up "$STAGE/big.vinet" >/dev/null; again=$(since "$begin")
    kb=$(($(memory_kb "$last") - before_kb))
    begin=$EPOCHREALTIME; vinet_at 1 down --all >/dev/null; down=$(since "$begin")
    one[$nodes]=${one[$nodes]:-$up}
    jq -nc --argjson m "$machines" --argjson n "$nodes" --argjson u "$up" --argjson a "$again" --argjson d "$down" --argjson p "$packets" \
      --argjson b "$bytes" --argjson k "$kb" '{machines: $m, nodes: $n, up_s: $u, again_s: $a, down_s: $d, packets: $p, bytes: $b, kb: $k}' >>"$RESULT"
    awk -v m="$machines" -v n="$nodes" -v u="$up" -v o="${one[$nodes]}" -v a="$again" -v d="$down" -v p="$packets" -v b="$bytes" -v k="$kb" \
      'BEGIN { printf "| %d | %d | %.2f | %.2f | %.2f | %.2f | %.1f | %.0f | %.1f |\n", m, n, u, u / o, a, d, p / n, b / n, k * m / n }'
  done
  for ((i = 1; i <= machines; i++)); do fleet_kill "$i" TERM; done
done
