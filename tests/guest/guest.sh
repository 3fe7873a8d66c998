# Guests: an unmodified Debian kernel in QEMU, on a hand-made file system in memory, that does what a test tells it.
# `source "$(dirname "$0")/guest.sh"` brings the stage of tests/netns/lib.sh with it.
#
#   program NAME FILE...          FILEs and the libraries that they need go into the guest's file system
#   guest_script NAME PATH        a program for it from stdin
#   start_guest NAME NODE TAP [MEMORY [MODULE...]]
#                                 boots it in the background: QEMU runs by `vinet exec` in NODE, or in a namespace of
#                                 that name where NODE has no internet; its one network card is the TAP there
#   in_guest NAME SECONDS CMD     shell in the guest, each line a command; its output is in $OUT, none may fail
#   end_guest NAME                takes its power
#
# A guest without a network card has `none` for NODE and TAP. Each has two serial lines: the console goes to a file, the
# other is a shell that the test types into. The kernel is that of the Debian package linux-image-amd64, fetched once and
# kept in $BUILD/guest. QEMU emulates (TCG), so that no test depends on what processor there is: a boot takes 10 seconds,
# minutes on a busy machine.
GUEST_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD=$(cd "${BUILD:-$GUEST_DIR/../../build}" && pwd)
KERNEL=$BUILD/guest

no_guest() { echo "SKIPPED: $*"; exit 77; }
# Fetches the kernel; the packages say which one is the newest. Whoever comes second waits.
fetch_kernel() {
  local package scratch log
  mkdir -p "$KERNEL"
  exec {lock}>"$KERNEL/lock"
  flock "$lock"
  if [[ ! -e $KERNEL/vmlinuz ]]; then
    scratch=$(mktemp -d "$KERNEL/fetch.XXXXXX") log=$KERNEL/fetch.log
    apt-cache depends linux-image-amd64 2>/dev/null | grep -q Depends: || apt-get update -q >"$log" 2>&1 || true
    package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }')
    [[ -n $package ]] || { rm -rf "$scratch" && no_guest "apt knows no package linux-image-amd64"; }
    # Lists of packages grow old: then the file is not where they say.
    (cd "$scratch" && { apt-get download -q "$package" || { apt-get update -q && apt-get download -q "$package"; }; }) \
      >"$log" 2>&1 || { rm -rf "$scratch" && no_guest "no kernel: apt-get download $package: $(tail -n 1 "$log")"; }
    dpkg --fsys-tarfile "$scratch"/*.deb | tar -x -C "$scratch" --wildcards './boot/vmlinuz-*' './lib/modules/*/modules.*' \
      './lib/modules/*/kernel/net/*' './lib/modules/*/kernel/drivers/virtio/*' './lib/modules/*/kernel/drivers/net/*.ko' \
      './lib/modules/*/kernel/lib/*' './lib/modules/*/kernel/crypto/*'
    depmod -b "$scratch" "$(ls "$scratch/lib/modules")"
    rm -rf "$KERNEL/lib"
    mv "$scratch/lib" "$KERNEL/lib"
    mv "$scratch"/boot/vmlinuz-* "$KERNEL/vmlinuz"
    rm -rf "$scratch"
  fi
  flock -u "$lock"
  exec {lock}>&-
}

if [[ -z ${STAGE:-} ]]; then
  for tool in qemu-system-x86_64 busybox cpio depmod apt-get dpkg flock; do
    command -v "$tool" >/dev/null || no_guest "no $tool"
  done
  [[ -e /dev/net/tun ]] || no_guest "no /dev/net/tun"
  ! ldd "$(command -v busybox)" >/dev/null 2>&1 || no_guest "busybox is not the static one (package busybox-static)"
  ((EUID == 0)) && fetch_kernel
fi
source "$GUEST_DIR/../netns/lib.sh"
RELEASE=$(ls "$KERNEL/lib/modules")

guest_files() { echo "$STAGE/$1.files"; }

program() {
  local files file library
  files=$(guest_files "$1")
  for file in "${@:2}"; do
    file=$(type -P "$file")
    install -D "$file" "$files/bin/$(basename "$file")"
    strip "$files/bin/$(basename "$file")"
    # A library lies where the program looks for it: under the path that ldd prints.
    for library in $(ldd "$file" | grep -o '/[^ )]*'); do install -D "$library" "$files$library"; done
  done
}

guest_script() { install -D -m 755 /dev/stdin "$(guest_files "$1")$2"; }

# The first process of every guest: mounts what a system has mounted, loads modules, then does what it reads.
guest_init() {
  cat <<END
#!/bin/sh
export PATH=/bin:/sbin
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp
mkdir -p /dev/pts; mount -t devpts pts /dev/pts
for module in $*; do modprobe \$module || echo "no module \$module"; done
ip link set lo up
# Busybox's shell prefers its own programs, but for functions.
for file in /bin/*; do [ -L "\$file" ] || [ "\$file" = /bin/busybox ] || eval "\${file##*/}() { \$file \"\\\$@\"; }"; done
stty -F /dev/ttyS1 raw -echo
exec </dev/ttyS1 >/dev/ttyS1
echo "@0 0"
while read -r number command; do
  (set -e; eval "\$command") </dev/null >/tmp/output 2>&1; code=\$?
  cat /tmp/output
  echo; echo "@\$number \$code"
done
END
}

# The file system: busybox under all its names, the modules asked for and those that they need, programs.
guest_image() {  # NAME MODULE...
  local files module
  files=$(guest_files "$1")
  mkdir -p "$files"/{bin,sbin,dev,proc,sys,tmp,etc,run,var,root}
  install "$(command -v busybox)" "$files/bin/busybox"
  busybox --list | while read -r applet; do [[ -e $files/bin/$applet ]] || ln -s busybox "$files/bin/$applet"; done
  ln -s ../bin/busybox "$files/sbin/modprobe"
  for module in "${@:2}"; do
    modprobe -d "$KERNEL" -S "$RELEASE" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
  done | sort -u | while read -r module; do install -D "$module" "$files/${module#"$KERNEL"}"; done
  depmod -b "$files" "$RELEASE" 2>/dev/null
  guest_init "${@:2}" >"$files/init"
  chmod +x "$files/init"
  (cd "$files" && find . | cpio --quiet -o -H newc) >"$STAGE/$1.cpio"
  rm -rf "$files"
}

declare -A GUEST_PIDS=() GUEST_COMMANDS=()
start_guest() {
  local name=$1 node=$2 tap=$3 memory=${4:-192} enter=() card=()
  guest_image "$name" virtio_pci virtio_net "${@:5}"
  mkfifo "$STAGE/$name.in" "$STAGE/$name.out"
  if [[ $node != none ]]; then
    enter=(nsenter --net="$ROOT/run/netns/$node" --)
    [[ ! $node == *.* || $node == lab.* ]] || enter=("$BUILD/vinet" --root "$ROOT" exec "$node" --)
    card=(-netdev "tap,id=net,ifname=$tap,script=no,downscript=no"
      -device virtio-net-pci,netdev=net,romfile=,mac=02:00:00:00:00:01)
  fi
  "${enter[@]}" qemu-system-x86_64 -accel tcg -machine q35 -smp 1 -m "$memory" -nodefaults -no-reboot -display none \
    -kernel "$KERNEL/vmlinuz" -initrd "$STAGE/$name.cpio" -append "console=ttyS0 loglevel=5 panic=-1 mitigations=off" \
    "${card[@]}" -serial "file:$STAGE/$name.console" \
    -chardev "pipe,id=shell,path=$STAGE/$name" -serial chardev:shell >"$STAGE/$name.qemu" 2>&1 </dev/null &
  GUEST_PIDS[$name]=$! GUEST_COMMANDS[$name]=0
  cat "$STAGE/$name.out" >"$STAGE/$name.said" &
}

# What QEMU said, the console's end and what was said on the other line, when a test fails.
guest_lost() { fail "guest $1: $2"$'\n'"$(cat "$STAGE/$1.qemu")"$'\n'"$(tail -n 15 "$STAGE/$1.console" "$STAGE/$1.said")"; }


in_guest() {
  local name=$1 seconds=$2 number
  wait_for_guest "$name" 0 300
  number=$((++GUEST_COMMANDS[$name]))
  echo "guest $name after $SECONDS s# $3" >>"$LOG"
  echo "$number ${3//$'\n'/; }" 1<>"$STAGE/$name.in"
  wait_for_guest "$name" "$number" "$seconds"
  awk -v from="@$((number - 1))" -v to="@$number" '$1 == to { exit } on { print } $1 == from { on = 1 }' \
    "$STAGE/$name.said" | sed '${/^$/d}' >"$OUT"
  cat "$OUT" >>"$LOG"
  grep -q "^@$number 0" "$STAGE/$name.said" || guest_lost "$name" "failed: $3"
}

wait_for_guest() {  # NAME NUMBER SECONDS
  local deadline=$((SECONDS + $3)) tick
  until grep -q "^@$2 " "$STAGE/$1.said" 2>/dev/null; do
    kill -0 "${GUEST_PIDS[$1]}" 2>/dev/null || guest_lost "$1" "has ended"
    ((SECONDS <= deadline)) || guest_lost "$1" "is not done after $3 seconds"
    read -rt 0.1 tick <>"$STAGE/tick" || true
  done
}

end_guest() {
  kill "${GUEST_PIDS[$1]}" && wait "${GUEST_PIDS[$1]}" || true
  unset "GUEST_PIDS[$1]"
}
