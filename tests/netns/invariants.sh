# What must hold after every fault (faults.md §2), read from the kernel itself, not from what vinet says of it where that
# can be. `remember FILE` when FILE is up and before the fault; `invariants WHAT` when the fault is over: each waits up to
# 30 s (2 on an idle computer) for what takes its time, then ends the test with the first that does not hold. invariants_see.sh tests them.

daemon_pid() { vinet status --json | jq -r '.daemon.pid // empty'; }
descriptors() { ls "/proc/$1/fd" | wc -l; }
threads() { ls "/proc/$1/task" | wc -l; }
memory_kb() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
repairs() { vinet events --json | jq -r 'select(.kind == "repaired") | .id' | wc -l; }
kernel_log() { dmesg; }
warnings() { kernel_log | grep -cE 'WARNING:|BUG:|Oops|segfault|general protection|refcount|leaked reference' || true; }
# Network namespaces that nothing of the inventory names: neither the computer's, nor a name's below the root.
nameless() {
  local name
  { lsns -nt net -o NS && stat -Lc %i /proc/self/ns/net; } >"$STAGE/seen"
  for name in "$ROOT"/run/netns/*; do stat -c %i "$name"; done >"$STAGE/named" 2>/dev/null || true
  { stat -Lc %i /proc/self/ns/net && cat "$STAGE/named"; } | sort -u | comm -13 - <(sort -u "$STAGE/seen")
}
# What is not vinet's: the computer's own namespace and all whose lo carries no mark of ours.
strangers() {
  local file program
  program="$(declare -f inventory_of_namespace); inventory_of_namespace"
  (
    set +eo pipefail  # what is not there is not listed
    trap - ERR
    inventory_of_namespace | sed 's/^/computer: /'
    for file in "$ROOT"/run/netns/*; do
      [[ $(stat -fc %T "$file" 2>/dev/null) == nsfs ]] || continue
      nsenter --net="$file" ip link show dev lo | grep -q 'alias vinet:' ||
        nsenter --net="$file" bash -c "$program" | sed "s/^/${file##*/}: /"
    done
  ) | without_numbers | sort
}

remember() {  # FILE that is up; none: nothing is
  REMEMBERED=${1:-} DAEMON=$(daemon_pid)
  inventory >"$STAGE/whole"
  strangers >"$STAGE/strangers"
  nameless >"$STAGE/nameless"
  WARNINGS=$(warnings) PROGRAMS=$(attached_programs | wc -l)
  [[ -z $DAEMON ]] || DESCRIPTORS=$(descriptors "$DAEMON") THREADS=$(threads "$DAEMON") MEMORY_KB=$(memory_kb "$DAEMON")
}
forget_daemon() { DAEMON=; }  # it is another now: nothing to compare with

# I2: all or nothing. I5: nothing of others changed.
i2() { inventory >"$STAGE/now" && cmp -s "$STAGE/whole" "$STAGE/now"; }
i5() { strangers | cmp -s "$STAGE/strangers" -; }
# I3: a second reconciliation changes nothing, the verb's or the daemon's own.
i3() {
  local before
  [[ -n $REMEMBERED ]] || return 0
  before=$(repairs)
  run vinet up "$REMEMBERED"
  ! grep -v ': unchanged$' "$OUT" && [[ $(repairs) == "$before" ]]
}
# I4: no orphan: nothing of ours that the state does not know, no namespace without a name.
i4() { [[ $(vinet status --json | jq -c .leftovers) == '[]' ]] && nameless | cmp -s "$STAGE/nameless" -; }
# I8: no leak in the daemon, and as many programs in the kernel.
i8() {
  [[ $(attached_programs | wc -l) == "$PROGRAMS" ]] || return 1
  [[ -n $DAEMON ]] || return 0
  (($(descriptors "$DAEMON") <= DESCRIPTORS + 2 && $(threads "$DAEMON") <= THREADS + 4)) &&
    (($(memory_kb "$DAEMON") <= MEMORY_KB + 64 * 1024))
}
# I9: nothing is at work, nobody holds the lock.
i9() {
  [[ $(vinet status --json | jq -r .operation) == none ]] || return 1
  [[ ! -e $ROOT/run/vinet/lock ]] || flock -n "$ROOT/run/vinet/lock" true
}
# I1: the stream of `watch` lost nothing, doubled nothing, and nothing in it was late. Begins anew.
i1() {
  local sent code=0
  [[ -n ${WATCHED:-} ]] || return 0
  kill "$SENDER" && wait "$SENDER" || true
  wait_for 5 eval '[[ $(ns "${WATCHED#* }" ss -Hlunm "sport = :7076" | awk "{print \$2}") == 0 ]]'
  kill "$RECEIVER" && wait "$RECEIVER" || true
  sent=$(awk '{print $2}' "$STAGE/watch-sent")
  awk -v sent="$sent" '{ exit !(sent > 0 && $2 == sent && $4 == 0 && $8 < 50) }' "$STAGE/watch-received" || code=$?
  echo "I1: sent $sent, $(cat "$STAGE/watch-received")" >>"$LOG"
  # shellcheck disable=SC2086
  watch $WATCHED
  return "$code"
}
# A stream of 1,000 numbered packets a second between two nodes that no fault concerns. Before `remember`.
watch() {  # FROM TO
  WATCHED="$1 $2"
  ns_background "$2" "$BUILD/stream" receive 7076 >"$STAGE/watch-received" 2>>"$LOG"
  RECEIVER=$BACKGROUND
  wait_for 5 listens "$2" 7076
  ns_background "$1" "$BUILD/stream" send "$(identity "$2")" 7076 1000 >"$STAGE/watch-sent" 2>>"$LOG"
  SENDER=$BACKGROUND
  wait_for 5 eval "[[ -n \$(ns $1 ss -Hun 'dport = :7076') ]]"
}
# I11: every packet is accounted: what the kernel took from all nodes is what it gave to them and what vinet counted as
# dropped, while ping-all sends to all of them. Only where no stream is under way.
unaccounted() {
  local name file
  for name in $(vinet ls --json | jq -r '.[] | select(.kind == "node").name'); do
    file=$ROOT/run/netns/$name
    nsenter --net="$file" cat /proc/net/dev
  done | awk '/:/ && !/^ *lo:/ { sub(/.*:/, ""); n += $10 - $2 } END { printf "%d\n", n }' >"$STAGE/devices"
  vinet stats --json | jq '[.[].drops | del(.not_ours) | .[]] | add // 0' >"$STAGE/drops"
  echo $(($(cat "$STAGE/devices") - $(cat "$STAGE/drops")))
}
i11() {
  local before
  before=$(unaccounted)
  vinet ping-all >/dev/null 2>&1 || true
  [[ $(unaccounted) == "$before" ]]
}
# I12: no crash, no warning of the kernel.
i12() { [[ $(warnings) == "$WARNINGS" ]] && { [[ -z $DAEMON ]] || [[ -d /proc/$DAEMON ]]; }; }

invariants() {  # WHAT
  local each
  echo "invariants: $1" >>"$LOG"
  i1 || fail "$1: invariant I1 does not hold: $(tail -n 1 "$LOG")"
  for each in i2 i5 i4 i9 i3 i8 i12 $([[ -n ${WATCHED:-} ]] || echo i11); do
    holds "$each" || { [[ $each != i2 ]] || same_inventory "$STAGE/whole" "$1"; fail "$1: invariant ${each^^} does not hold"; }
  done
}
holds() {
  local deadline=$((SECONDS + 30)) tick
  until "$1"; do
    ((SECONDS <= deadline)) || return 1
    read -rt 0.1 tick <>"$STAGE/tick" || true
  done
}
# I10, which ends everything: `down` leaves nothing, and a second one has nothing to do.
ends_clean() {
  down --all
  [[ -z $REMEMBERED ]] || down "$REMEMBERED"
  leave_nothing
}
