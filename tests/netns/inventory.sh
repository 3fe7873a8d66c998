# The inventory: everything that an internet can leave on a computer, as one sorted text without ids and counters
# (names, links, addresses, routes, queues and filters of every namespace; mounts, processes, files, cgroups).
# Two inventories are compared with diff.

without_numbers() { sed -E 's/@if[0-9]+//; s/^[0-9]+: //; s/ (link-netnsid|ifindex|pref|id|tag|index) [0-9a-f]+//g;
                            s/ (refcnt|qlen|numtxqueues|numrxqueues|handle|jited) [0-9a-f:]*//g; s/[ \\]+/ /g'; }

inventory_of_namespace() {  # the namespace that it runs in
  ip -o -d link | without_numbers | sed 's/^/link /'
  ip -o addr | sed -E 's/^[0-9]+: //; s/valid_lft.*//; s/[ \\]+/ /g; s/^/addr /'
  ip -4 route show table all | sed 's/^/route4 /'
  ip -6 route show table all | grep -v '^\(local\|multicast\|anycast\) fe80\|^fe80' | sed 's/ pref medium//; s/^/route6 /'
  ip rule | sed 's/^/rule /'
  tc qdisc | without_numbers | sed 's/^/qdisc /'
  tc filter show block 30313 2>/dev/null | without_numbers | sed 's/^/filter /'  # 0x7669
  for device in $(ip -j link | jq -r '.[].ifname'); do
    tc filter show dev "$device" ingress | without_numbers | sed "s/^/filter $device /"
  done
  nft list ruleset 2>/dev/null | sed 's/^/nft /'
}

inventory() {
  (
    set +eo pipefail  # what is not there is not listed
    trap - ERR
    inventory_of_namespace | sed 's/^/computer: /'
    find "$ROOT" -mindepth 1 ! -type d -printf 'file %P\n' -o -path '*/run/vinet/*' -printf 'directory %P\n'
    findmnt -rno TARGET,FSTYPE | sed 's/^/mount /'
    lsns -nt net -o NS | wc -l | sed 's/^/network namespaces /'
    ps -eo comm= | grep -vxE 'bash|ps|grep|sed|sort|unshare' | sed 's/^/process /'
    if [[ -n $CGROUP ]]; then find "$CGROUP" -mindepth 1 -type d -printf 'cgroup %P\n'; fi
    # Programs are named for the whole computer: they can be told from other tests' only when a test is alone.
    if [[ -n ${VINET_ALONE:-} ]]; then
      bpftool -j prog | jq -r '.[] | select((.name // "") | startswith("vi_")) | "program \(.name)"'
      bpftool -j map | jq -r '.[] | select((.name // "") | startswith("vi_")) | "map \(.name)"'
    fi
    for file in "$ROOT"/run/netns/*; do
      [[ -e $file ]] || continue
      if ns "$(basename "$file")" true 2>/dev/null; then
        nsenter --net="$file" bash -c "$(declare -f inventory_of_namespace without_numbers); inventory_of_namespace" |
          sed "s/^/$(basename "$file"): /"
      else
        echo "$(basename "$file"): a name without a namespace"
      fi
    done
  ) | sort
}

# Ids of the programs that are attached in the namespaces under ROOT.
attached_programs() {
  local file device
  for file in "$ROOT"/run/netns/*; do
    [[ -e $file ]] || continue
    nsenter --net="$file" bash -c '
      tc -j filter show block 30313
      for d in $(ip -j link | jq -r ".[].ifname"); do tc -j filter show dev "$d" ingress; done' 2>/dev/null |
      jq -r '.[]? | .options.prog.id? // empty' || true
  done | sort -un
}

same_inventory() {  # FILE WHEN
  inventory >"$STAGE/now"
  diff "$1" "$STAGE/now" >"$STAGE/difference" ||
    fail "$2: what the computer holds is not what it should (< should be, > is):"$'\n'"$(cat "$STAGE/difference")"
}
nothing_left() { same_inventory "$STAGE/before" "${1:-afterwards}"; }

# The last sentence of most tests: `down --all` leaves nothing of namespaces, devices, programs, processes, files.
leave_nothing() {
  local programs id
  programs=$(attached_programs)
  down --all
  nothing_left "after down --all"
  for id in $programs; do
    if bpftool prog show id "$id" >/dev/null 2>&1; then fail "after down --all: program $id still lives"; fi
  done
}
