#!/usr/bin/env bash
# ping-all of a sample: as many pairs as asked for, the same for the same seed, every node source and target.
source "$(dirname "$0")/lib.sh"
export VINET_NO_DAEMON=1  # a daemon would mend what is broken here

describe ring <<'EOF'
base lab {
  machine m[2]
  chain(m)
}
internet net on lab {
  router r[12]
  ring(r)
}
EOF
up "$STAGE/ring.vinet"
run vinet ping-all net --sample 40 --seed 7 --json -4
expect_equal "pairs" 40 "$(jq '.[0].pairs' "$OUT")"
expect_equal "of" 132 "$(jq '.[0].sampled_of' "$OUT")"
expect_equal "seed" 7 "$(jq '.[0].seed' "$OUT")"
run vinet ping-all net --sample 40 -4
expect_match "the seed is said" 'a sample of 132, --seed [0-9]+' "$(cat "$OUT")"
run vinet ping-all net --sample 1 -4 --json
expect_equal "pairs that reach every node" 12 "$(jq '.[0].pairs' "$OUT")"
run vinet ping-all net --sample 0 -4 --json
expect_equal "all" 132 "$(jq '.[0].pairs' "$OUT")"
expect_equal "no seed without a sample" null "$(jq '.[0].seed' "$OUT")"

# A node that is cut off is seen whatever the seed.
ns net.r3 ip link set r2 down
ns net.r3 ip link set r4 down
for seed in 1 2 3; do
  expect_exit 1 vinet ping-all net --sample 12 --seed $seed -4 --json
  expect_equal "r3 as source and target, seed $seed" '["r3","r3"]' \
    "$(jq -c '[([.[0].lost_pairs[].from] | map(select(. == "r3"))[0]), ([.[0].lost_pairs[].to] | map(select(. == "r3"))[0])]' "$OUT")"
done
leave_nothing
