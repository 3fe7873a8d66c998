# What must hold on all computers of a fleet (faults.md §2), seen in their kernels and files, not by what vinet says.
# After fleet.sh. `fleet_remember` when all is well; `fleet_holds WHAT` when a fault is over, which waits for it.
#
#   fleet_inventory I         everything that an internet can leave on m<i>, as sorted text
#   fleet_all                 that of all computers
#   fleet_same FILE WHAT      waits until fleet_all is the same as in FILE, or fails with the difference
#   fleet_watch I NODE J NODE begins a stream of 1,000 numbered packets a second; fleet_watched WHAT ends it: none is lost

source "$NETNS_DIR/invariants.sh"

at_node() { nsenter --net="$STAGE/m$1/run/netns/$2" -- "${@:3}"; }
fleet_identity() {
  at_node "$1" "$2" ip -j -4 addr show dev lo scope global | jq -r '[.[].addr_info[]?.local | strings][0]'
}
# Node FROM (on m<i>) to node TO (on m<j>): fleet_pings I FROM J TO
fleet_pings() { at_node "$1" "$2" ping -n -c 1 -W 2 "$(fleet_identity "$3" "$4")"; }

fleet_inventory() {
  (
    set +eo pipefail  # what is not there is not listed
    trap - ERR
    local file program root=$STAGE/m$1
    program="$(declare -f inventory_of_namespace); inventory_of_namespace"
    fleet_net_at "$1" bash -c "$program" | sed 's/^/computer: /'
    find "$root" -mindepth 1 ! -type d -printf 'file %P\n' | grep -vE '\.db(-wal|-shm)?$|etc/vinet/|backup/|run/vinet/(lock|store|tenants/.*|etcd\.seen|.*-[0-9]+(-wal|-shm)?)$'
    for file in "$root"/run/netns/*; do
      [[ -e $file ]] || continue
      if [[ $(stat -fc %T "$file") != nsfs ]]; then
        echo "${file##*/}: a name without a namespace"
      elif [[ $(stat -Lc %i "$file") != $(stat -Lc %i "$STAGE/net/m$1") ]]; then
        nsenter --net="$file" bash -c "$program" | sed "s/^/${file##*/}: /"
      fi
    done
  ) | without_numbers | sort
}
fleet_all() {
  local i
  for ((i = 1; i <= FLEET; i++)); do fleet_inventory "$i" | sed "s/^/m$i /"; done
}
# That into FILE, when they are at rest: a kernel with much to do finds out within a second or so that a new link has its
# carrier, and only then are its routes there.
fleet_at_rest() { fleet_all >"$1" && ! grep -q 'NO-CARRIER.* alias vinet:' "$1" && pause 0.1 && fleet_is "$1"; }
fleet_is() { fleet_all >"$STAGE/fleet-now" && cmp -s "$1" "$STAGE/fleet-now"; }
fleet_same() {  # FILE WHAT
  local deadline=$((SECONDS + ${3:-30})) tick
  until fleet_is "$1"; do
    ((SECONDS <= deadline)) || fail "$2: what the computers hold is not what it should (< should be, > is):
$(diff "$1" "$STAGE/fleet-now")"
    read -rt 0.2 tick <>"$STAGE/tick" || true
  done
}
fleet_remember() { fleet_all >"$STAGE/fleet-whole"; }
fleet_holds() { fleet_same "$STAGE/fleet-whole" "$1"; }

# The computers with nothing of ours but what a daemon itself has, while they run.
fleet_empty() { fleet_all >"$STAGE/fleet-empty"; }
fleet_left_nothing() { fleet_same "$STAGE/fleet-empty" "$1"; }

fleet_watch() {  # I FROM J TO
  WATCH_TO=("$3" "$4")
  nsenter --net="$STAGE/m$3/run/netns/$4" -- "$BUILD/stream" receive 7076 >"$STAGE/fleet-received" 2>>"$LOG" &
  FLEET_RECEIVER=$!
  wait_for 5 eval "at_node $3 $4 ss -Hlnu 'sport = :7076' | grep -q ."
  nsenter --net="$STAGE/m$1/run/netns/$2" -- "$BUILD/stream" send "$(fleet_identity "$3" "$4")" 7076 1000 >"$STAGE/fleet-sent" 2>>"$LOG" &
  FLEET_SENDER=$!
  wait_for 5 eval "at_node $1 $2 ss -Hun 'dport = :7076' | grep -q ."
}
fleet_watched() {  # WHAT
  local sent
  kill "$FLEET_SENDER" && wait "$FLEET_SENDER" || true
  wait_for 5 eval '[[ $(at_node "${WATCH_TO[@]}" ss -Hlunm "sport = :7076" | awk "{print \$2}") == 0 ]]'
  kill "$FLEET_RECEIVER" && wait "$FLEET_RECEIVER" || true
  sent=$(awk '{print $2}' "$STAGE/fleet-sent")
  ((sent > 0)) || fail "$1: the witness sent nothing"
  expect_match "$1: the witness's stream" "^received $sent doubled 0 " "$(cat "$STAGE/fleet-received")"
}

# Events of m<i>'s daemon: fleet_events I KIND
fleet_events() { vinet_at "$1" events --json | jq -c "select(.kind == \"$2\")"; }
# Machine NAME as m<i>'s controller sees it: fleet_machine I NAME .FIELD
fleet_machine() { vinet_at "$1" base ls --json | jq -r ".[] | select(.machine == \"$2\") | $3"; }
