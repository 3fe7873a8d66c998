#!/usr/bin/env bash
# stack_random.sh with 24 internets on internets of depth 5 to 8.
export DEPTH=${DEPTH:-5-8} SEEDS=${SEEDS:-24}
source "$(dirname "$0")/stack_random.sh"
