#!/usr/bin/env bash
# Random kills over machines of a fleet: faults.md F-02 to F-07, F-14, F-21 by chance, §3. A 64-bit SEED (printed) gives
# everything: machines, topology, placement, verbs, faults, victims, moments (fleet_schedule.sh); fleet_play.sh plays it and
# judges after each step. What fails is kept in a folder, shrunk there, and played again by
#     tests/netns/fleet_play.sh FOLDER/shrunk OTHER-FOLDER
# STEPS (3) and MOST machines (3) of a schedule, KILLS (0): so many at least, SEEDS: these first, instead of one drawn.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/schedule.sh"
source "$here/fleet_schedule.sh"
export BUILD=${BUILD:-$here/../../build}
STEPS=${STEPS:-3} SEEDS=${SEEDS:-$(new_seed)} KILLS=${KILLS:-0} MOST=${MOST:-3}
version="git=$(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo none) kernel=$(uname -r)"
kills=0 hits=0 played=0
while [[ -n $SEEDS ]]; do
  for seed in $SEEDS; do
    dir=$BUILD/failed/fleet-$seed
    rm -rf "$dir" && mkdir -p "$dir"
    seed_random "$seed"
    { echo "seed $seed" && draw_schedule "$STEPS" "$MOST"; } >"$dir/schedule"
    echo "seed=$seed $version"
    cat "$dir/schedule"
    code=0
    bash "$here/fleet_play.sh" "$dir/schedule" "$dir" | tee "$dir/said" || code=$?
    ((code != 77)) || exit 77
    if ((code != 0)); then
      echo "seed=$seed $version failed: $(cat "$dir/failed"); shrinking"
      shrink "$dir/schedule" "$dir" bash "$here/fleet_play.sh"
      echo "shrunk:" && cat "$dir/shrunk"
      exit 1
    fi
    kills=$((kills + $(grep -cE '^step .* (kill|client) ' "$dir/schedule" || true)))
    hits=$((hits + $(sed -n 's/^\([0-9]*\) of .* in time$/\1/p' "$dir/said")))
    played=$((played + 1))
    rm -rf "$dir"
  done
  SEEDS=
  ((kills >= KILLS)) || SEEDS=$(new_seed)
done
echo "$played schedules, $kills kills, $hits faults in time; the last: seed=$seed $version"
