#!/usr/bin/env bash
# Real networks on three machines, from GraphML to ping-all: every node of the file is up, and no packet is lost. Three
# of them here; topologies_all.sh takes every file there is.
#
#      $TOPOLOGIES  a folder with GraphML files of the Internet Topology Zoo (default: shared/topologies beside the
#                   repository); without it this test is skipped
source "$(dirname "$0")/lib.sh"

TOPOLOGIES=${TOPOLOGIES:-$SOURCE/../shared/topologies}
[[ -d $TOPOLOGIES ]] || skip "no folder $TOPOLOGIES"
if [[ -n ${VINET_ALL_TOPOLOGIES:-} ]]; then
  files=("$TOPOLOGIES"/*.graphml)
else
  files=("$TOPOLOGIES"/{Abilene,Geant2012,Cesnet200706}.graphml)
fi

for file in "${files[@]}"; do
  name=$(basename "$file" .graphml)
  start=$EPOCHREALTIME
  run vinet import "$file" -o "$STAGE/$name.vinet"
  run vinet fmt --check "$STAGE/$name.vinet"
  up "$STAGE/$name.vinet"
  brought_up=$EPOCHREALTIME
  internet=$(vinet ls --json | jq -r '.[] | select(.kind == "internet").name')
  expect_equal "nodes of $name" "$(grep -c '<node ' "$file")" \
    "$(vinet ls --json "$internet" | jq '[.[] | select(.kind == "node")] | length')"
  expect_equal "machines under $name" 3 "$(vinet ls --json | jq '[.[] | select(.kind == "machine")] | length')"
  run vinet ping-all --json --seed 4 "$internet"
  expect_equal "lost in $name" "[]" "$(jq -c '.[0].lost_pairs[:5]' "$OUT")"
  pairs=$(jq '.[0].pairs' "$OUT")
  run vinet export graphml "$internet"
  cp "$OUT" "$STAGE/$name.graphml"
  run vinet import --machines 0 "$STAGE/$name.graphml"
  expect_equal "what came back of $name" "$(tail -n +7 "$STAGE/$name.vinet" | grep -cE ' -- |router')" \
    "$(grep -cE ' -- |router' "$OUT")"
  run vinet map "$internet"
  down "$STAGE/$name.vinet"
  awk -v n="$name" -v p="$pairs" -v a="$start" -v b="$brought_up" -v c="$EPOCHREALTIME" \
    'BEGIN { printf "%s: up after %.1f s, %d pairs and down after %.1f s\n", n, b - a, p, c - a }'
done
leave_nothing
