#!/usr/bin/env bash
# Another build of vinet (its programs are other code that does the same) puts its programs in the place of the old ones, and
# back, while packets flow: none is lost, counters and keys stay. Killed at its calls it leaves old and new ones side by
# side, which work together, and the next one does the rest. What somebody else put there is replaced too.
# faults.md F-130, F-133, F-45.
#
#      A -- B -- D      ping A -> D all the time
#      X ~~ Y ~~ Z
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/failpoints.sh"
BUILDS=(vinet vinet_next) turn=0
vinet() { "$BUILD/${BUILDS[turn]}" --root "$ROOT" "$@"; }
tags() { for machine in X Y Z; do program_tags ns lab.$machine; done | sort; }
kinds() { tags | sort -u | wc -l; }
verified() { run vinet verify && run vinet ping-all; }

up figure7.vinet
tags >"$STAGE/tags-0"
expect_less "programs of ours" 5 "$(wc -l <"$STAGE/tags-0")"
ns line.A ping -n -q -i 0.01 "$(identity line.D)" >"$STAGE/pings" 2>&1 & pinger=$!
counted() { vinet stats line --json | jq '[.. | .tx_packets? | numbers] | max'; }
sent() { (($(counted) > 20)); }
wait_for 10 sent
inventory >"$STAGE/whole"
before=$(counted)

turn=1
expect_exit 1 vinet verify
expect_match "what verify says of another build's programs" "loaded by another build" "$(cat "$OUT" "$ERR")"
count_calls up "$FILE"
tags >"$STAGE/tags-1"
expect_equal "programs that are on hooks before and after" "" "$(comm -12 "$STAGE/tags-0" "$STAGE/tags-1")"
expect_less "packets counted before, and after" "$before" "$(counted)"
same_inventory "$STAGE/whole" "all but the programs"
verified
run vinet up "$FILE"
expect_equal "up again" $'lab: unchanged\nline: unchanged' "$(cat "$OUT")"

# F-133
mixed=0
for call in $(sample 12); do
  turn=$((1 - turn))
  at "$call" kill up "$FILE"
  expect_equal "exit code, killed at call $call" 137 "$CODE"
  if (($(kinds) > $(sort -u "$STAGE/tags-0" | wc -l))); then mixed=$((mixed + 1)); fi
  run vinet ping-all
  run vinet up "$FILE"
  expect_equal "programs after it was killed at call $call" "$(cat "$STAGE/tags-$turn")" "$(tags)"
  verified
done
expect_less "times that old and new ones were side by side" 0 "$mixed"
same_inventory "$STAGE/whole" "after $mixed times"
pkill -INT -x ping
wait "$pinger" || true
expect_match "F-130: packets lost" " 0% packet loss" "$(cat "$STAGE/pings")"

# What is nobody's build.
cat >"$STAGE/none.c" <<<'__attribute__((section("tc"), used)) int vi_base(void *skb) { return 0; } char _license[] __attribute__((section("license"), used)) = "GPL";'
clang -target bpf -O2 -c "$STAGE/none.c" -o "$STAGE/none.o"
ns lab.Y tc filter replace dev X ingress pref 30313 handle 1 protocol all bpf da obj "$STAGE/none.o" sec tc
run vinet up "$FILE"
expect_equal "programs after a stranger's" "$(cat "$STAGE/tags-$turn")" "$(tags)"
verified
run vinet down --all
leave_nothing
