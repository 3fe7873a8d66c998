#!/usr/bin/env bash
# node_escape with 100 times as many frames, and mended by the daemon too.
export VINET_ESCAPE_LONG=1
source "$(dirname "$0")/node_escape.sh"
