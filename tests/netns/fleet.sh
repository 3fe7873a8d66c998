# Fleets for tests: computers of their own on a plain routed network, each with a daemon that listens there.
#
#            10.99.1.1 core 10.99.2.1          core forwards; so do no others
#               /            \
#      10.99.1.2 m1      m2 10.99.2.2   ...     daemon m<i>: --root $STAGE/m<i>, --listen 10.99.<i>.2:7411
#
#   fleet_net N               makes core and m1 ... mN
#   fleet_pki                 a CA of the test ($STAGE/ca), an identity for each machine (m1, m2, ...), and one for operator `op`
#                             in $STAGE/op: `vinet --connect 10.99.1.2:7411 --identity $STAGE/op ...`
#   fleet_start I [OPTION]... starts the daemon of m<i>, and waits until it answers
#                             ($BUILD_OF_DAEMON: that program; $FLEET_WITH: words before it)
#   fleet_arm_all             before fleet_start: daemons count their calls, for fleet_arm
#   fleet_arm I N SIGNAL      m<i>'s daemon gets the signal before its N-th call that changes something
#   fleet_begin N             fleet_net N, fleet_pki, and fleet_start of each
#   fleet_kill I [SIGNAL]     ends it (default: KILL) and waits until it is gone
#   vinet_at I WORD...        a command line there: its network, its --root
#   fleet_net_at I WORD...    any program in its network namespace
#   fleet_down I, fleet_back I   cuts m<i> off the others, and joins it again
#   fleet_description [NAME]  prints `base NAME { ... }`, default `fleet`; its machines are M1 ... MN
#   fleet_clean               takes everything down, ends all daemons: for `leave_nothing`
#
# Namespaces are entered with nsenter: `ip netns exec` would hide the mounts of the test.
FLEET=0
FLEET_PORT=7411
declare -A FLEET_PID=()

fleet_address() { echo "10.99.$1.2"; }
fleet_endpoint() { echo "10.99.$1.2:$FLEET_PORT"; }
fleet_net_at() { nsenter --net="$STAGE/net/m$1" -- "${@:2}"; }
vinet_at() { nsenter --net="$STAGE/net/m$1" -- "$BUILD/vinet" --root "$STAGE/m$1" "${@:2}"; }

# A network namespace bound to $STAGE/net/NAME; not under /run/netns, where it could be taken for one of vinet's.
fleet_namespace() {
  touch "$STAGE/net/$1"
  unshare --net="$STAGE/net/$1" true
  nsenter --net="$STAGE/net/$1" -- ip link set lo up
}

fleet_net() {
  local i
  FLEET=$1
  mkdir -p "$STAGE/net"
  # unshare binds a namespace into a mount that is no other's.
  mountpoint -q "$STAGE/net" || { mount --bind "$STAGE/net" "$STAGE/net" && mount --make-private "$STAGE/net"; }
  fleet_namespace core
  nsenter --net="$STAGE/net/core" -- sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
  for ((i = 1; i <= FLEET; i++)); do
    fleet_namespace "m$i"
    mkdir -p "$STAGE/m$i"
    ip link add "c$i" type veth peer name eth0
    ip link set "c$i" netns "$STAGE/net/core"
    ip link set eth0 netns "$STAGE/net/m$i"
    nsenter --net="$STAGE/net/core" -- sh -c "ip addr add 10.99.$i.1/24 dev c$i; ip link set c$i up"
    fleet_net_at "$i" sh -c "ip addr add 10.99.$i.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.99.$i.1"
  done
}
fleet_down() { fleet_net_at "$1" ip link set eth0 down; }
fleet_back() { fleet_net_at "$1" sh -c "ip link set eth0 up; ip route replace default via 10.99.$1.1"; }

# The CA lies beside the machines, as on an administrator's computer.
fleet_pki() {
  local i
  "$BUILD/vinet" --root "$STAGE/ca" pki init >>"$LOG" 2>&1
  for ((i = 1; i <= FLEET; i++)); do
    "$BUILD/vinet" --root "$STAGE/ca" pki issue "m$i" --role machine --address "$(fleet_address "$i")" \
      --out "$STAGE/m$i/etc/vinet" >>"$LOG" 2>&1
  done
  "$BUILD/vinet" --root "$STAGE/ca" pki issue op --role operator --out "$STAGE/op" >>"$LOG" 2>&1
}

fleet_answers() { [[ $(vinet_at "$1" status --json 2>/dev/null | jq -r .daemon.pid) == "${FLEET_PID[$1]}" ]]; }
fleet_listens() { fleet_net_at "$1" ss -Hlnt "sport = :$FLEET_PORT" | grep -q .; }
FLEET_WITH=()  # words that a daemon is started by, as `env NAME=VALUE`; they must end in becoming it
fleet_launch() {
  local i=$1 armed=("${FLEET_WITH[@]}")
  [[ -z $FLEET_ARMED ]] || armed+=(env "LD_PRELOAD=$BUILD/libfailcalls.so" "FAILCALLS_ARM=$STAGE/arm-m$i")
  # A daemon shall not hold what the test waits for to end, nor be the test's terminal's.
  nsenter --net="$STAGE/net/m$i" -- "${armed[@]}" "${BUILD_OF_DAEMON:-$BUILD/vinet}" --root "$STAGE/m$i" daemon --listen "$(fleet_endpoint "$i")" "${@:2}" \
    >>"$LOG" 2>&1 </dev/null &
  FLEET_PID[$i]=$!
}
fleet_start() {
  local i=$1
  fleet_launch "$@"
  wait_for 15 fleet_listens "$i"
  wait_for 15 fleet_answers "$i"
}
# Daemons that are started from now on count calls that change something (tests/support/failcalls.cc, FAILCALLS_ARM).
FLEET_ARMED=
fleet_arm_all() {
  [[ -e $BUILD/libfailcalls.so ]] || skip "no $BUILD/libfailcalls.so"
  ! nm -D "$BUILD/vinet" 2>/dev/null | grep -q __asan_init || skip "a sanitizer's build cannot be preloaded"
  FLEET_ARMED=1
  for i in {1..20}; do printf '%0.s\0' {1..16} >"$STAGE/arm-m$i"; done
}
fleet_arm() {  # I N [SIGNAL]: before its N-th call from now on it gets the signal; N = 0: it does not
  local bytes='' n=$2 i
  for ((i = 0; i < 8; ++i)); do bytes+=$(printf '\\x%02x' $((n & 255))) && n=$((n >> 8)); done
  n=$(kill -l "${3:-KILL}")
  printf "$(printf '\\x%02x\\0\\0\\0' "$n")" | dd of="$STAGE/arm-m$1" bs=1 seek=8 conv=notrunc status=none
  printf "$bytes" | dd of="$STAGE/arm-m$1" bs=8 conv=notrunc status=none
}
fleet_armed() { od -An -td8 -N8 "$STAGE/arm-m$1" | tr -d ' '; }  # calls that are left
fleet_begin() {
  local i
  fleet_net "$1"
  fleet_pki
  for ((i = 1; i <= FLEET; i++)); do fleet_start "$i"; done
}
fleet_kill() {
  local pid=${FLEET_PID[$1]}
  kill "-${2:-KILL}" "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  unset "FLEET_PID[$1]"
}
fleet_clean() {
  local i
  for i in "${!FLEET_PID[@]}"; do vinet_at "$i" down --all >>"$LOG" 2>&1 || true; done
  for i in "${!FLEET_PID[@]}"; do fleet_kill "$i" TERM; done
  umount "$STAGE"/net/* 2>>"$LOG" || true
  umount -l "$STAGE/net" 2>>"$LOG" || true
}

fleet_description() {
  local i
  echo "base ${1:-fleet} {"
  for ((i = 1; i <= FLEET; i++)); do echo "  machine M$i [daemon = \"$(fleet_endpoint "$i")\"]"; done
  echo "}"
}
