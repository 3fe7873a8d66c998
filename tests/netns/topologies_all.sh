#!/usr/bin/env bash
# Every network of the folder, up to some hundreds of nodes each. In the long suite: it takes minutes.
export VINET_ALL_TOPOLOGIES=1
source "$(dirname "$0")/topologies.sh"
