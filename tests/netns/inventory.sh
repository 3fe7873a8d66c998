# The inventory: everything that an internet can leave on a computer, as one sorted text without ids and counters
# (names, links, addresses, routes, queues and filters of every namespace; mounts, processes, files, cgroups).
# Two inventories are compared with diff.

# One namespace, the one that it runs in. Few processes: it runs for every namespace of every inventory.
inventory_of_namespace() {
  ip -d -o -batch - <<<$'link\naddr\nroute show table all\nrule' | sed -E 's/valid_lft.*//'
  ip -6 -o route show table all
  tc qdisc
  tc filter show block 30313  # 0x7669
  for device in $(tc qdisc | sed -n 's/^qdisc clsact .* dev \([^ ]*\) .*/\1/p'); do
    echo "filters of $device"
    tc filter show dev "$device" ingress
  done
} 2>/dev/null

# Lines without what differs between two runs of the same thing.
without_numbers() {
  sed -E 's/@if[0-9]+//; s/: [0-9]+: /: /; s/ (link-netnsid|ifindex|pref|id|tag|index) [0-9a-f]+//g; s/[ \t\\]+/ /g;
          s/ (refcnt|qlen|numtxqueues|numrxqueues|handle|jited) [0-9a-f:]*//g; s/ pref medium//' |
    grep -vE 'fe80::|ff00::/8|^[^:]*: $'
}

inventory() {
  (
    set +eo pipefail  # what is not there is not listed
    trap - ERR
    inventory_of_namespace | sed 's/^/computer: /'
    nft list ruleset 2>/dev/null
    # A database has a log beside it or not, as SQLite likes; a log without one is something left.
    log=$([[ ! -e $ROOT/run/vinet/vinet.db ]] || echo 'file run/vinet/vinet.db-(wal|shm)')
    find "$ROOT" -mindepth 1 ! -type d -printf 'file %P\n' -o -path '*/run/vinet/*' -printf 'directory %P\n' |
      grep -vxE "${log:-no such file}"
    findmnt -rno TARGET,FSTYPE | sed 's/^/mount /'
    lsns -nt net -o NS | wc -l | sed 's/^/network namespaces /'
    ps -eo comm= | grep -vxE 'bash|ps|grep|sed|sort|unshare' | sed 's/^/process /'
    if [[ -n $CGROUP ]]; then find "$CGROUP" -mindepth 1 -type d -printf 'cgroup %P\n'; fi
    program="$(declare -f inventory_of_namespace); inventory_of_namespace"
    for file in "$ROOT"/run/netns/*; do
      [[ -e $file ]] || continue
      if [[ $(stat -fc %T "$file") == nsfs ]]; then
        nsenter --net="$file" bash -c "$program" | sed "s/^/${file##*/}: /"
      else
        echo "${file##*/}: a name without a namespace"
      fi
    done
  ) | without_numbers | sort
}

# Ids of the programs that are attached in the namespaces under ROOT.
attached_programs() {
  local file device
  for file in "$ROOT"/run/netns/*; do
    [[ -e $file ]] || continue
    nsenter --net="$file" bash -c "$(declare -f inventory_of_namespace); inventory_of_namespace" |
      sed -nE 's/^filter .* direct-action .* id ([0-9]+) name vi_.*/\1/p' || true
  done | sort -un
}

same_inventory() {  # FILE WHEN
  inventory >"$STAGE/now"
  diff "$1" "$STAGE/now" >"$STAGE/difference" ||
    fail "$2: what the computer holds is not what it should (< should be, > is):"$'\n'"$(cat "$STAGE/difference")"
}

# Programs and maps have names for the whole computer, so whose they are is told by where they are attached: what is noted
# while it is, under ROOT, must be gone when nothing is left.
note_programs() {
  local id
  for id in $(attached_programs); do
    echo "prog $id"
    bpftool -j prog show id "$id" | jq -r '.map_ids[]? | "map \(.)"' || true  # it may go meanwhile
  done >>"$STAGE/programs"
}
programs_gone() {  # WHEN
  local kind id
  while read -r kind id; do
    if bpftool "$kind" show id "$id" >/dev/null 2>&1; then fail "$1: $kind $id still lives"; fi
  done <"$STAGE/programs"
  : >"$STAGE/programs"
}
: >"$STAGE/programs"

nothing_left() { same_inventory "$STAGE/before" "${1:-afterwards}" && programs_gone "${1:-afterwards}"; }

# The last sentence of most tests: `down --all` leaves nothing of namespaces, devices, programs, processes, files.
leave_nothing() {
  note_programs
  down --all
  nothing_left "after down --all"
}
