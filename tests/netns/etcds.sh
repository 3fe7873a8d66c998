# An etcd of three members for tests, and daemons that keep their state in it.
#
#   etcds_start              members 1, 2, 3 at 127.0.0.1:2379, :2389, :2399
#   etcd_kill I [SIGNAL]     (default: KILL), waits until it is gone
#   etcd_start I             again, with the data that it had
#   etcds_wipe               all three anew, without any data
#   keys ARGUMENT...         etcdctl
#   daemon_start NAME        a daemon at --root $STAGE/NAME (NAME `root` is $ROOT) with --store $STORE
#   daemon_kill NAME [SIGNAL]
#   at NAME WORD...          a command line there
#
# With a fleet (fleet.sh, before this):
#   fleet_etcds              members 1, 2, 3 in core, at 10.99.0.1, which all machines reach; `fleet_start I --store "$STORE"`
#   fleet_leader             the I of the daemon that controls; fails where none does
#   fleet_leads I            does m<i> control?
command -v etcd >/dev/null && command -v etcdctl >/dev/null || skip "no etcd"
ETCD_IN=()
etcds_at() {  # ADDRESS
  ETCD_ADDRESS=$1
  ETCDS=$1:2379,$1:2389,$1:2399
  STORE=etcd://$ETCDS/test
}
etcds_at 127.0.0.1
declare -A ETCD_PID=() DAEMON_PID=()

etcd_start() {
  local port=$((2369 + $1 * 10)) url=http://$ETCD_ADDRESS i cluster=()
  for i in 1 2 3; do cluster+=("e$i=$url:$((2370 + i * 10))"); done
  "${ETCD_IN[@]}" etcd --name "e$1" --data-dir "$STAGE/etcd$1" --log-level error --heartbeat-interval 50 --election-timeout 500 \
    --listen-client-urls "$url:$port" --advertise-client-urls "$url:$port" \
    --listen-peer-urls "$url:$((port + 1))" --initial-advertise-peer-urls "$url:$((port + 1))" \
    --initial-cluster "$(IFS=,; echo "${cluster[*]}")" >>"$STAGE/etcd$1.log" 2>&1 </dev/null &
  ETCD_PID[$1]=$!
}
etcd_kill() {
  kill "-${2:-KILL}" "${ETCD_PID[$1]}" 2>/dev/null || true
  wait "${ETCD_PID[$1]}" 2>/dev/null || true
}
keys() { ETCDCTL_API=3 "${ETCD_IN[@]}" etcdctl --endpoints "$ETCDS" "$@"; }
etcd_healthy() { keys endpoint health; }
etcds_start() {
  local i
  for i in 1 2 3; do etcd_start "$i"; done
  wait_for 20 etcd_healthy
}
etcds_wipe() {
  local i
  for i in 1 2 3; do etcd_kill "$i"; rm -rf "$STAGE/etcd$i"; done
  etcds_start
}

at() { "$BUILD/vinet" --root "$STAGE/$1" "${@:2}"; }
daemon_answers() { [[ $(at "$1" status --json 2>/dev/null | jq -r .daemon.pid) == "${DAEMON_PID[$1]}" ]]; }
daemon_start() {
  mkdir -p "$STAGE/$1"
  "$BUILD/vinet" --root "$STAGE/$1" daemon --store "$STORE" >>"$LOG" 2>&1 </dev/null &
  DAEMON_PID[$1]=$!
  wait_for 20 daemon_answers "$1"
}
daemon_kill() {
  local pid=${DAEMON_PID[$1]}
  kill "-${2:-KILL}" "$pid" 2>/dev/null || true
  [[ ${2:-} == STOP || ${2:-} == CONT ]] || wait "$pid" 2>/dev/null || true
}
leads() { [[ $(at "$1" status --json | jq -r .daemon.trouble) == "" ]]; }
trouble() { at "$1" status --json | jq -r .daemon.trouble; }
etcds_end() {
  local i
  for i in 1 2 3; do etcd_kill "$i"; done
}

fleet_etcds() {
  nsenter --net="$STAGE/net/core" -- ip addr add 10.99.0.1/32 dev lo
  ETCD_IN=(nsenter --net="$STAGE/net/core" --)
  etcds_at 10.99.0.1
  etcds_start
}
fleet_trouble() { vinet_at "$1" status --json | jq -r .daemon.trouble; }
fleet_leads() { [[ $(fleet_trouble "$1") == "" ]]; }
# Waits until m<i> controls, at most K (faults.md); says what it says otherwise.
fleet_takes_over() {  # I
  local deadline=$((SECONDS + 10)) tick
  until fleet_leads "$1"; do
    ((SECONDS <= deadline)) || fail "m$1 does not control after 10 s: $(fleet_trouble "$1"); the leader's key: $(keys get /test/leader)"
    read -rt 0.02 tick <>"$STAGE/tick" || true
  done
}
fleet_leader() {
  [[ $(keys get /test/leader --print-value-only) =~ ^10\.99\.([0-9]+)\.2: ]] || return 1
  local i=${BASH_REMATCH[1]}
  [[ -n ${FLEET_PID[$i]:-} ]] && fleet_leads "$i" && echo "$i"
}
