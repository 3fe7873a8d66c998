#!/usr/bin/env bash
# node_changes, twenty times as long.
export VINET_ESCAPE_LONG=1
source "$(dirname "$0")/node_changes.sh"
