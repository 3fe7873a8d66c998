#!/usr/bin/env bash
# fleet_random_kills.sh with at least a hundred kills; first the seeds that failed once.
SEEDS="$(sed 's/#.*//' "$(dirname "$0")/fleet_seeds.txt" | xargs) $(od -An -N8 -td8 /dev/urandom)" \
  STEPS=${STEPS:-10} MOST=${MOST:-6} KILLS=${KILLS:-100} exec bash "$(dirname "$0")/fleet_random_kills.sh"
