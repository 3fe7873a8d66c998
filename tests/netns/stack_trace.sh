#!/usr/bin/env bash
# trace through layers: a tree of hops, the same flattened and not, both families; a router below is in transit; a drop
# stands in the layer where it happened; what a route in a lower host changes is seen.
#
#      third    u ------------- v                 third  on upper, upper on lower: u's packets have five headers
#      upper    p ------------- s   q beside p    p -- q: both on a
#      lower    a ---- b ------ c
#               X ~~~~ Y ~~~~~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/stack.sh"
export VINET_NO_DAEMON=1

describe_stack() {  # FLATTEN
  describe stack <<END
$(lower_of_three)
internet upper on lower [flatten = $1, ipv6 = off] {
  router p at a
  host q at a
  host s at c
  p -- s
  p -- q
}
internet third on upper [flatten = $1] {
  host u at p
  host v at s
  u -- v
}
END
}
tree() { jq -c "$1 | def hop: [.in, .from, .to, (.header != null), [.carried_by[] | hop]]; map(hop)" "$OUT"; }
want='[["third","u","v",true,[["upper","p","s",true,[["lower","a","b",true,[["lab","X","Y",true,[]]]],["lower","b","c",true,[["lab","Y","Z",true,[]]]]]]]]]'
back='[["third","v","u",true,[["upper","s","p",true,[["lower","c","b",true,[["lab","Z","Y",true,[]]]],["lower","b","a",true,[["lab","Y","X",true,[]]]]]]]]]'
for flatten in yes no; do
  describe_stack $flatten
  up "$STAGE/stack.vinet"
  run vinet trace third.u third.v --json
  expect_equal "hops, flatten = $flatten" "$want" "$(tree .hops)"
  expect_equal "hops of the reply" "$back" "$(tree .reply_hops)"
  expect_equal "layers" '["lab","lower","upper","third"]' "$(jq -c .layers "$OUT")"
  by=lab.X; [[ $flatten == yes ]] || by=upper.p
  expect_equal "who pushes for u" "$by" "$(jq -r '.hops[0].pushed_by' "$OUT")"
  run vinet trace third.u third.v -6 --json
  expect_equal "hops of IPv6" "$want" "$(tree .hops)"
  run vinet trace third.u v
  text=$(cat "$OUT")
  for line in ' 1  u → v +third +upper\.p → upper\.s +[0-9.]+ → [0-9.]+ +ttl 64' '    p → s +upper +lower\.a → lower\.c ' \
    '    ├─ a → b +lower +lab\.X → lab\.Y ' '    │  X → Y +lab +out of Y, in from X ' '    └─ b → c +lower ' '       Y → Z +lab '; do
    expect_match "the picture" "$line" "$text"
  done
  expect_match "the end" "delivered to third.v" "$text"
  run vinet trace upper.q upper.s --json
  expect_equal "two hops, one inside a" '["q>p:0","p>s:2"]' \
    "$(jq -c '[.hops[] | "\(.from)>\(.to):\(.carried_by | length)"]' "$OUT")"
  expect_equal "its header" '[false,true]' "$(jq -c '[.hops[].header != null]' "$OUT")"
  run vinet down --all
done

# Dropped in the middle of the stack: Z does not know the key of p-s any more.
describe_stack yes
up "$STAGE/stack.vinet"
uppers=$(program=$(ns lab.Z tc filter show block 30313 | sed -nE 's/.* id ([0-9]+) name vi_.*/\1/p' | head -1)
  for id in $(bpftool -j prog show id "$program" | jq '.map_ids[]'); do
    [[ $(bpftool -j map show id "$id" | jq -r .name) != vi_uppers ]] || echo "$id"
  done)
for key in $(bpftool -j map dump id "$uppers" | jq -r '.[] | .key | join(",")'); do
  bpftool map delete id "$uppers" key ${key//,/ }
done
expect_exit 1 vinet trace third.u third.v
expect_match "the layer of the drop" "dropped: unknown_key at lab.Z, in (upper|third) " "$(cat "$OUT")"
run vinet up "$STAGE/stack.vinet"
run vinet trace third.u third.v

# The lower host loses its route: flattened, `up` follows it; the trace says by which layer it was dropped.
for route in $(ns lower.a ip -j route show proto 76 | jq -r '.[] | select(.dev == "b") | .dst'); do ns lower.a ip route del "$route" proto 76; done
run vinet show upper.p-s
expect_match "headers now" 'headers of p +192\.168\.0\.[0-9]+ → [0-9.]+ +lab \(X → Y\)' "$(cat "$OUT")"
expect_match "of the lower layer" '172\.16\.0\.[0-9]+ → 172\.16\.0\.[0-9]+ +lower \(a → b\)' "$(cat "$OUT")"
expect_match "its own" '[0-9.]+ → [0-9.]+ +upper \(p → s\)' "$(cat "$OUT")"
run vinet down --all
leave_nothing
