#!/usr/bin/env bash
# Rings of N routers on three machines: up, down and memory, beside a bare netlink program that makes as many namespaces,
# veth pairs and addresses in the same run (bare.cc), and changes of one link: added between near routers, an attribute of
# it changed, and added across the ring, which alters most routes of most routers. `./test rings`; a table on the
# terminal, JSON in build/rings.json. BENCH_SIZES ("10 100 1000 3000").
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build}
ninja -C "$build" vinet bench_bare >/dev/null
dir=$(mktemp -d) results=$dir/results
vinet() { "$build/vinet" --root "$dir/root" "$@"; }
cleanup() {
  trap - EXIT INT TERM
  vinet down --all >/dev/null 2>&1 || true
  find "$dir/bare" -type f -exec umount -l {} \; 2>/dev/null || true
  rm -rf "$dir"
}
trap cleanup EXIT; trap 'exit 130' INT TERM
mkdir "$dir/root"

seconds() { local begin=$EPOCHREALTIME; "$@" >/dev/null; awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'; }
available_kib() { awk '/^MemAvailable/ { print $2 }' /proc/meminfo; }
describe() { # describe N [LINK]
  printf 'base lab { machine m[3]; ring(m) }\ninternet ring on lab { router r[%s]; ring(r)\n%s\n}\n' "$1" "${2:-}"
}
put() { printf '{"routers":%d,"kind":"%s","metric":"%s","value":%s}\n' "$size" "$1" "$2" "$3" >>"$results"; }

for size in ${BENCH_SIZES:-10 100 1000 3000}; do
  before=$(available_kib)
  put bare up_s "$("$build/bench_bare" up "$size" "$dir/bare")"
  put bare memory_kib "$((before - $(available_kib)))"
  put bare down_s "$("$build/bench_bare" down "$size" "$dir/bare")"

  describe "$size" >"$dir/ring.vinet"
  describe "$size" 'extra: r[0] -- r[2] [cost = 3]' >"$dir/added.vinet"
  describe "$size" 'extra: r[0] -- r[2] [cost = 3, loss = 0.1%]' >"$dir/lossy.vinet"
  describe "$size" "across: r[0] -- r[$((size / 2))]" >"$dir/across.vinet"
  put vinet plan_s "$(seconds vinet plan --json --no-inventory "$dir/ring.vinet")"
  before=$(available_kib)
  put vinet up_s "$(seconds vinet up "$dir/ring.vinet")"
  daemon=$(vinet status --json | jq .daemon.pid)
  rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status")
  put vinet memory_kib "$((before - $(available_kib) - rss))"
  put vinet daemon_kib "$rss"
  put vinet link_added_s "$(seconds vinet up "$dir/added.vinet")"
  put vinet link_changed_s "$(seconds vinet up "$dir/lossy.vinet")"
  put vinet link_across_s "$(seconds vinet up "$dir/across.vinet")"
  put vinet down_s "$(seconds vinet down --all)"
  echo "ring of $size: measured" >&2
done
jq -s . "$results" >"$build/rings.json"
jq -rs 'group_by([.routers, .metric]) | (["routers", "metric", "bare", "vinet", "ratio"] | @tsv),
  (.[] | (map({(.kind): .value}) | add) as $v | [.[0].routers, .[0].metric, $v.bare // "-", $v.vinet,
    (if $v.bare and $v.bare > 0 then ($v.vinet / $v.bare * 100 | round / 100) else "-" end)] | @tsv)' "$results" |
  column -t -s $'\t'
