# What ./run and ./test have in common; sourced, not run. Says what it does, and why it stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages_build=(g++ cmake ninja-build pkg-config clang llvm bpftool libbpf-dev libelf-dev zlib1g-dev libmnl-dev libsqlite3-dev
                libgrpc++-dev libssl-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
                libexpat1-dev libcli11-dev libspdlog-dev libfmt-dev nlohmann-json3-dev linux-libc-dev)
packages_run=(iproute2 iputils-ping traceroute)
packages_test=(openssl etcd-server etcd-client libgtest-dev libgmock-dev librapidcheck-dev tshark tcpdump iperf3 bird2 nftables ethtool jq strace
               clang-format clang-tidy libclang-rt-14-dev graphviz groff-base libxml2-utils zsh fish ncat nmap mtr-tiny iputils-tracepath util-linux bsdutils bsdextrautils procps sqlite3 faketime)
packages_guest=(qemu-system-x86 busybox-static dnsmasq-base cpio kmod)

say() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }
stop() { printf '%s\n' "$*" >&2; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || stop "$0: needs root, because it makes network namespaces and loads BPF programs: sudo $0"
}

# install PACKAGE...: those of them that are missing, in one go.
install() {
  local missing=() p
  for p in "$@"; do
    dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p")
  done
  [ ${#missing[@]} = 0 ] && return
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  command -v apt-get >/dev/null || stop "$0: apt-get is missing; install these by hand: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local log; log=$(mktemp)
  # What a test needs (etcd, bird) shall not begin to serve this computer, neither now nor after a reboot.
  local policy=/usr/sbin/policy-rc.d ours=
  [ -e $policy ] || { ours=1; printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy; }
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
    { [ -z $ours ] || rm -f $policy; tail -n 20 "$log" >&2; stop "$0: installing packages failed; the whole log is in $log"; }
  [ -z $ours ] || rm -f $policy
  case " ${missing[*]} " in *" etcd-server "*) systemctl disable etcd >/dev/null 2>&1 || true ;; esac
  rm -f "$log"
}

# build PRESET TARGET...: configures when needed and builds; prints the compiler's words only if it fails.
build() {
  local preset=$1 dir log; shift
  case $preset in release) dir=build ;; *) dir=build/$preset ;; esac
  [ -f "$dir/build.ninja" ] || cmake --preset "$preset" >/tmp/vinet-configure.$$ 2>&1 ||
    { cat /tmp/vinet-configure.$$ >&2; rm -f /tmp/vinet-configure.$$; stop "$0: configuring failed"; }
  rm -f /tmp/vinet-configure.$$
  if [ -t 1 ]; then ninja -C "$dir" "$@"; else
    log=$(mktemp)
    ninja -C "$dir" "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; rm -f "$log"; stop "$0: building failed"; }
    tail -n 1 "$log"; rm -f "$log"
  fi
}
