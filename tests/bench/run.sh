#!/usr/bin/env bash
# The data plane beside the plain kernel, in one run. `./test bench`; JSON in build/bench.json, a table on the terminal.
#
#   link      plain  a --veth-- b                         vi  a ==link== b           on two machines, one base link
#   chain K   plain  a -- r1 -- .. -- rK -- b             vi  the same, every node on a machine of its own
#             (kernel forwarding, one veth pair a hop)
#
# Targets take turns within a round, so that a drift of the machine's speed hits both sides. Ratios are taken within a
# round; what is printed is their median, minimum and maximum. BENCH_ROUNDS (5), BENCH_SECONDS of each TCP run (2),
# BENCH_HOPS ("1 2 4 8").
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build}
ninja -C "$build" vinet bench_load >/dev/null
rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_SECONDS:-2} hops=${BENCH_HOPS:-1 2 4 8}
dir=$(mktemp -d) results=$dir/results
vinet() { "$build/vinet" --root "$dir/root" "$@"; }
children=()
cleanup() {
  trap - EXIT INT TERM
  for p in "${children[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null || true; done
  vinet down --all >/dev/null 2>&1 || true
  for n in $(ip netns list | awk '/^vbench-'$$'-/{print $1}'); do ip netns del "$n"; done
  rm -rf "$dir"
}
trap cleanup EXIT; trap 'exit 130' INT TERM

# --- the two kinds of network -----------------------------------------------------------------------------------------
plain_name() { echo "vbench-$$-$1"; }
make_plain() { # make_plain TAG K: a, K forwarding namespaces, b; 10.99.i.1 -- 10.99.i.2 on hop i
  local tag=$1 k=$2 i n last=$(($2 + 1))
  for ((i = 0; i <= last; i++)); do
    n=$(plain_name "$tag$i"); ip netns add "$n"; ip -n "$n" link set lo up
    # What the host switches on is inherited: compare plain forwarding, without filters of reverse paths.
    ip netns exec "$n" sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 1 >/proc/sys/net/ipv4/ip_forward'
  done
  for ((i = 0; i < last; i++)); do
    ip link add name vr mtu 1500 netns "$(plain_name "$tag$i")" type veth peer name vl netns "$(plain_name "$tag$((i + 1))")"
    ip -n "$(plain_name "$tag$i")" addr add "10.99.$i.1/30" dev vr
    ip -n "$(plain_name "$tag$((i + 1))")" addr add "10.99.$i.2/30" dev vl
    ip -n "$(plain_name "$tag$i")" link set dev vr up; ip -n "$(plain_name "$tag$((i + 1))")" link set dev vl up
  done
  for ((i = 0; i <= last; i++)); do
    [ $i -lt $last ] && ip -n "$(plain_name "$tag$i")" route add 10.99.$((last - 1)).0/30 via "10.99.$i.2" 2>/dev/null || true
    [ $i -gt 0 ] && ip -n "$(plain_name "$tag$i")" route add 10.99.0.0/30 via "10.99.$((i - 1)).1" 2>/dev/null || true
  done
}
make_vi() { # make_vi TAG K
  local tag=$1 k=$2
  {
    echo "base lab$tag { machine m[$((k + 2))]; chain(m) }"
    echo "internet $tag on lab$tag {"
    if [ "$k" = 0 ]; then echo "  host a at m[0]; host b at m[1]; a -- b"; else
      echo "  host a at m[0]; host b at m[$((k + 1))]"
      for ((i = 1; i <= k; i++)); do echo "  router r$i at m[$i]"; done
      printf '  a'; for ((i = 1; i <= k; i++)); do printf ' -- r%d' "$i"; done; echo ' -- b'
    fi
    echo "}"
  } >"$dir/$tag.vinet"
  vinet up "$dir/$tag.vinet" >/dev/null
}
inside() { # inside KIND TAG END CMD...: END is a or b. `run=exec inside ... &`: the child is the program itself
  local kind=$1 tag=$2 end=$3; shift 3
  case $kind$end in
    plaina) ${run:-} ip netns exec "$(plain_name "${tag}0")" "$@" ;;
    plainb) ${run:-} ip netns exec "$(plain_name "$tag$((${tag#k} + 1))")" "$@" ;;
    vi*) ${run:-} nsenter --net="$dir/root/run/netns/$tag.$end" "$@" ;;
  esac
}
address_of_b() { # KIND TAG
  case $1 in plain) echo "10.99.${2#k}.2" ;; vi) vinet plan "$dir/$2.vinet" --json |
    jq -r '.internets[0].nodes[]|select(.name=="b").identity' ;; esac
}

# --- what is measured -------------------------------------------------------------------------------------------------
cpu_ticks() { awk '/^cpu /{print $2+$3+$4+$7+$8}' /proc/stat; }
put() { printf '{"round":%d,"hops":%d,"kind":"%s","metric":"%s","value":%s}\n' "$round" "${tag#k}" "$kind" "$1" "$2" >>"$results"; }
udp_received() { inside "$kind" "$tag" b awk '/^Udp:/&&$2~/[0-9]/{print $2+$4}' /proc/net/snmp; }
wait_bound() { # until somebody in b listens on udp port $1
  local i; for ((i = 0; i < 100; i++)); do inside "$kind" "$tag" b ss -Hlun "sport = :$1" | grep -q . && return; sleep 0.02; done
  echo "bench: nobody listens on $1" >&2; exit 1
}
measure() { # measure KIND TAG
  kind=$1 tag=$2; local to=${target[$1$2]} out server before after ticks
  run=exec inside "$kind" "$tag" b iperf3 -s -1 -p 5201 >/dev/null 2>&1 & server=$!; children+=($server)
  for ((i = 0; i < 100; i++)); do inside "$kind" "$tag" b ss -Hltn 'sport = :5201' | grep -q . && break; sleep 0.02; done
  out=$(inside "$kind" "$tag" a iperf3 -c "$to" -p 5201 -t "$seconds" -C cubic -J); wait $server || true
  put tcp_gbps "$(jq '.end.sum_received.bits_per_second/1e9' <<<"$out")"

  run=exec inside "$kind" "$tag" b "$build/bench_load" sink "$to" 5300 & server=$!; children+=($server); wait_bound 5300
  before=$(udp_received) ticks=$(cpu_ticks)
  out=$(inside "$kind" "$tag" a taskset -c 0 "$build/bench_load" send "$to" 5300 1 18)
  ticks=$(($(cpu_ticks) - ticks)) after=$(udp_received); kill $server; wait $server 2>/dev/null || true
  put kpps "$(jq --argjson n $((after - before)) '$n/.seconds/1000' <<<"$out")"
  put cpu_us_per_packet "$(awk -v t=$ticks -v n=$((after - before)) 'BEGIN{print t*10000/n}')"

  run=exec inside "$kind" "$tag" b taskset -c 0 "$build/bench_load" pong "$to" 5301 & server=$!; children+=($server); wait_bound 5301
  out=$(inside "$kind" "$tag" a taskset -c 0 "$build/bench_load" ping "$to" 5301 10000 22); kill $server; wait $server 2>/dev/null || true
  put rtt_us "$(jq .p50_us <<<"$out")"
}

declare -A target
tags=(k0); for h in $hops; do tags+=("k$h"); done
for tag in "${tags[@]}"; do
  make_plain "$tag" "${tag#k}"; make_vi "$tag" "${tag#k}"
  for kind in plain vi; do
    target[$kind$tag]=$(address_of_b $kind "$tag")
    inside $kind "$tag" a ping -c 1 -W 5 "${target[$kind$tag]}" >/dev/null || { echo "bench: $kind $tag does not answer" >&2; exit 1; }
  done
done
echo "offloads that differ (plain veth | vl of a node):"
diff <(inside plain k0 a ethtool -k vr | sort) <(inside vi k0 a ethtool -k b | sort) | grep '^[<>]' || echo "  none"
for ((round = 1; round <= rounds; round++)); do
  for tag in "${tags[@]}"; do
    # The first of a round changes from round to round.
    if ((round % 2)); then order=(plain vi); else order=(vi plain); fi
    for kind in "${order[@]}"; do measure "$kind" "$tag"; done
  done
  echo "round $round of $rounds" >&2
done

# --- the report -------------------------------------------------------------------------------------------------------
jq -s '
  def median: sort | if length % 2 == 1 then .[(length-1)/2] else (.[length/2-1] + .[length/2]) / 2 end;
  def spread: {median: median, min: min, max: max};
  [group_by([.hops, .metric])[] | . as $rows |
    ([$rows[] | select(.kind == "plain")] | sort_by(.round) | map(.value)) as $plain |
    ([$rows[] | select(.kind == "vi")] | sort_by(.round) | map(.value)) as $vi |
    {routers: $rows[0].hops, metric: $rows[0].metric, plain: ($plain | spread), vi: ($vi | spread),
     ratio: ([range($plain | length) as $i | $vi[$i] / $plain[$i]] | spread),
     difference: ([range($plain | length) as $i | $vi[$i] - $plain[$i]] | spread)}]' "$results" >"$build/bench.json"
jq -r '
  def f: . * 1000 | round / 1000 | tostring;
  def s: "\(.median | f) [\(.min | f)-\(.max | f)]";
  (["routers", "metric", "plain kernel", "vinet", "ratio", "difference"] | @tsv),
  (.[] | [.routers, .metric, (.plain | s), (.vi | s), (.ratio | s), (.difference.median | f)] | @tsv)' "$build/bench.json" |
  column -t -s $'\t'
echo "(medians of $rounds alternating rounds [min-max]; TCP is cubic on both; JSON: $build/bench.json)"
