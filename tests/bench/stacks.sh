#!/usr/bin/env bash
# Internets on internets by depth, in one run, beside a plain veth pair and the kernel's VXLAN in VXLAN. `./test stacks`;
# JSON in build/stacks.json, the table as markdown on the terminal (for docs/dataplane.md).
#
#   plain       a --veth-- b
#   flattened   the top of a stack:  a ==link== b on a ==link== b on ... on X ~~ Y, all headers in one program run
#   layers      the same with `flatten = no`: one program run and one crossing of a veth pair a layer
#   vxlan       a VXLAN device on a VXLAN device on ... a veth pair, as deep as the kernel carries a ping
#
# All targets are up all the time and take turns within a round; ratios are taken to depth 1 (flattened) of the same round,
# and packets a second also to the plain pair; what is printed is their median. BENCH_ROUNDS (5), BENCH_SECONDS of each TCP
# run (2), BENCH_DEPTHS ("1 2 4 8 16 45"), BENCH_KINDS ("plain flattened layers vxlan"). BENCH_NO_BUILD=1: as built.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build}
[ -n "${BENCH_NO_BUILD:-}" ] || ninja -C "$build" vinet bench_load >/dev/null
rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-2} kinds=${BENCH_KINDS:-plain flattened layers vxlan}
read -ra depths <<<"${BENCH_DEPTHS:-1 2 4 8 16 45}"
deepest=${depths[-1]}
dir=$(mktemp -d) results=$dir/results children=()
vinet() { "$build/vinet" --root "$dir/root" "$@"; }
cleanup() {
  trap - EXIT INT TERM
  local n
  for n in "${children[@]:-}"; do [ -n "$n" ] && kill "$n" 2>/dev/null || true; done
  vinet down --all >/dev/null 2>&1 || true
  for n in a b; do ip netns del "$(plain $n)" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap cleanup EXIT; trap 'exit 130' INT TERM
mkdir "$dir/root"
now() { echo "$EPOCHREALTIME"; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'; }
put() { printf '{"round":%d,"kind":"%s","depth":%d,"metric":"%s","value":%s}\n' "$round" "$1" "$2" "$3" "$4" >>"$results"; }

# --- what is compared -------------------------------------------------------------------------------------------------
plain() { echo "vstacks-$$-$1"; }
describe() { # describe NAME DEPTH FLATTEN: NAME1 on NAME, NAME2 on NAME1, ...
  local name=$1 i
  echo "base $name { machine X, Y; X -- Y }"
  echo "internet ${name}1 on $name [ipv6 = off] { host a at X; host b at Y; a -- b }"
  for ((i = 2; i <= $2; i++)); do
    echo "internet $name$i on $name$((i - 1)) [ipv6 = off, flatten = $3] { host a at a; host b at b; a -- b }"
  done
}
make_plain() {
  local n
  for n in a b; do ip netns add "$(plain $n)"; ip -n "$(plain $n)" link set lo up; done
  ip link add name d0 mtu 1500 netns "$(plain a)" type veth peer name d0 netns "$(plain b)"
  address_plain 0
}
address_plain() { # of device d$1
  ip -n "$(plain a)" addr add "10.99.$1.1/30" dev "d$1"; ip -n "$(plain b)" addr add "10.99.$1.2/30" dev "d$1"
  ip -n "$(plain a)" link set dev "d$1" up; ip -n "$(plain b)" link set dev "d$1" up
}
add_vxlan() { # the N-th on the one below; fails where the kernel carries nothing any more
  local n=$1 below=$(($1 - 1))
  ip -n "$(plain a)" link add "d$n" type vxlan id "$n" local "10.99.$below.1" remote "10.99.$below.2" dev "d$below" dstport 4789 || return 1
  ip -n "$(plain b)" link add "d$n" type vxlan id "$n" local "10.99.$below.2" remote "10.99.$below.1" dev "d$below" dstport 4789 || return 1
  address_plain "$n" || return 1
  ip netns exec "$(plain a)" ping -n -c 2 -i 0.2 -W 1 "10.99.$n.2" >/dev/null
}
inside() { # inside KIND DEPTH END CMD...: `run=exec inside ... &`: the child is the program itself
  local kind=$1 depth=$2 end=$3; shift 3
  case $kind in
    plain | vxlan) ${run:-} ip netns exec "$(plain "$end")" "$@" ;;
    *) ${run:-} nsenter --net="$dir/root/run/netns/$kind$depth.$end" "$@" ;;
  esac
}

# --- what is measured -------------------------------------------------------------------------------------------------
udp_received() { inside "$1" "$2" b awk '/^Udp:/&&$2~/[0-9]/{print $2+$4}' /proc/net/snmp; }
wait_for() { # until somebody in b has that socket
  local i; for ((i = 0; i < 100; i++)); do inside "$1" "$2" b ss -Hln "$3" "sport = :$4" | grep -q . && return; sleep 0.02; done
  echo "bench: nobody listens on $4 in $1 $2" >&2; exit 1
}
measure() { # KIND DEPTH
  local kind=$1 depth=$2 to=${target[$1$2]} out server before
  run=exec inside "$kind" "$depth" b iperf3 -s -1 -p 5201 >/dev/null 2>&1 & server=$!; children+=($server)
  wait_for "$kind" "$depth" -t 5201
  out=$(inside "$kind" "$depth" a iperf3 -c "$to" -p 5201 -t "$seconds" -C cubic -J) || true; kill $server 2>/dev/null || true; wait $server || true
  put "$kind" "$depth" tcp_gbps "$(jq '(.end.sum_received.bits_per_second // 0)/1e9' <<<"$out")"

  run=exec inside "$kind" "$depth" b "$build/bench_load" sink "$to" 5300 & server=$!; children+=($server); wait_for "$kind" "$depth" -u 5300
  before=$(udp_received "$kind" "$depth")
  out=$(inside "$kind" "$depth" a taskset -c 0 "$build/bench_load" send "$to" 5300 1 18)
  put "$kind" "$depth" kpps "$(jq --argjson n $(($(udp_received "$kind" "$depth") - before)) '$n/.seconds/1000' <<<"$out")"
  kill $server; wait $server 2>/dev/null || true

  run=exec inside "$kind" "$depth" b taskset -c 0 "$build/bench_load" pong "$to" 5301 & server=$!; children+=($server); wait_for "$kind" "$depth" -u 5301
  out=$(inside "$kind" "$depth" a taskset -c 0 "$build/bench_load" ping "$to" 5301 10000 22); kill $server; wait $server 2>/dev/null || true
  put "$kind" "$depth" rtt_us "$(jq .p50_us <<<"$out")"
}

# How long a stack of that depth takes to come up and to go, three times.
for depth in "${depths[@]}"; do
  describe timed "$depth" yes >"$dir/timed.vinet"
  for round in 1 2 3; do
    start=$(now); vinet up "$dir/timed.vinet" >/dev/null 2>&1; put flattened "$depth" up_s "$(since "$start")"
    start=$(now); vinet down --all >/dev/null 2>&1; put flattened "$depth" down_s "$(since "$start")"
  done
done

declare -A target
targets=()
make_plain
for kind in $kinds; do
  case $kind in
    plain) targets+=("plain 0"); target[plain0]=10.99.0.2 ;;
    vxlan)
      for ((depth = 1; depth <= deepest; depth++)); do
        add_vxlan $depth || { echo "VXLAN in VXLAN: $((depth - 1)) carry a ping, $depth do not" >&2; break; }
        case " ${depths[*]} " in *" $depth "*) targets+=("vxlan $depth"); target[vxlan$depth]=10.99.$depth.2 ;; esac
      done
      vxlan_deepest=$((depth - 1)) ;;
    *)
      describe "$kind" "$deepest" "$([ "$kind" = flattened ] && echo yes || echo no)" >"$dir/$kind.vinet"
      vinet up "$dir/$kind.vinet" >/dev/null 2>&1
      for depth in "${depths[@]}"; do
        targets+=("$kind $depth")
        target[$kind$depth]=$(inside "$kind" "$depth" b ip -j addr show dev lo scope global | jq -r '[.[].addr_info[]?.local|strings][0]')
        inside "$kind" "$depth" a ping -n -c 1 -W 5 "${target[$kind$depth]}" >/dev/null || { echo "bench: $kind $depth does not answer" >&2; exit 1; }
      done ;;
  esac
done
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)" >&2
for ((round = 1; round <= rounds; round++)); do
  # Every other round goes the other way, so that a drift hits all alike.
  order=("${targets[@]}")
  if ((round % 2 == 0)); then order=(); for one in "${targets[@]}"; do order=("$one" "${order[@]}"); done; fi
  for one in "${order[@]}"; do measure ${one% *} "${one#* }"; done
  echo "round $round of $rounds; load $(cut -d' ' -f1 /proc/loadavg)" >&2
done

# --- the report -------------------------------------------------------------------------------------------------------
jq -s '
  def median: sort | if length % 2 == 1 then .[(length-1)/2] else (.[length/2-1] + .[length/2]) / 2 end;
  . as $all | [group_by([.kind, .depth, .metric])[] | . as $rows | $rows[0] as $one |
    def ratio($kind; $depth): [$rows[] | . as $row | $all[] |
      select(.kind == $kind and .depth == $depth and .metric == $row.metric and .round == $row.round and .value > 0) |
      $row.value / .value] | if length > 0 then median else null end;
    {kind: $one.kind, depth: $one.depth, metric: $one.metric, median: ([$rows[].value] | median), min: ([$rows[].value] | min),
     max: ([$rows[].value] | max), to_depth_1: ratio("flattened"; 1), to_plain: ratio("plain"; 0)}]' "$results" >"$build/stacks.json"
jq -r --argjson vxlan "${vxlan_deepest:-0}" '
  def f($by): if . == null then "-" else . * $by | round / $by | tostring end;
  . as $all | def of($kind; $depth; $metric): first($all[] | select(.kind == $kind and .depth == $depth and .metric == $metric)) // {};
  "| | depth | TCP Gb/s | to depth 1 | rtt µs | to depth 1 | kpps | to depth 1 | to plain | up s | down s | TCP payload of 1,500 bytes |",
  "|---|---|---|---|---|---|---|---|---|---|---|---|",
  ([$all[] | [.kind, .depth]] | unique | sort_by([({plain: 0, flattened: 1, layers: 2, vxlan: 3}[.[0]]), .[1]])[] | . as [$kind, $depth] |
    of($kind; $depth; "tcp_gbps") as $tcp | of($kind; $depth; "rtt_us") as $rtt | of($kind; $depth; "kpps") as $pps |
    ((if $kind == "vxlan" then 50 * $depth elif $kind == "plain" then 0 else 20 * ($depth + 1) end) as $overhead |
      (1500 - $overhead - 40) / 1500) as $share |
    "| \($kind) | \($depth) | \($tcp.median | f(100)) | \($tcp.to_depth_1 | f(100)) | \($rtt.median | f(10)) | \($rtt.to_depth_1 | f(100)) | \($pps.median | f(1)) | \($pps.to_depth_1 | f(100)) | \($pps.to_plain | f(100)) | \(of($kind; $depth; "up_s").median | f(100)) | \(of($kind; $depth; "down_s").median | f(100)) | \($share * 100 | f(10)) % |"),
  (if $vxlan > 0 then "\nVXLAN in VXLAN: no deeper than \($vxlan) on this kernel." else empty end)' "$build/stacks.json"
echo "(medians of $rounds rounds; load $(cut -d' ' -f1-3 /proc/loadavg); JSON: $build/stacks.json)"
