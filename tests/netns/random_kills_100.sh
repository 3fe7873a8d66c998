#!/usr/bin/env bash
# random_kills.sh, a hundred times.
KILLS=${KILLS:-100} exec bash "$(dirname "$0")/random_kills.sh"
