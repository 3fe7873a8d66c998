#!/usr/bin/env bash
# stack_depth.sh, each shape flattened and layer by layer.
export DEPTH=8
export WORLDS="row flatten = yes;row flatten = no;over flatten = yes;over flatten = no"
source "$(dirname "$0")/stack_depth.sh"
