#!/usr/bin/env bash
# The house: which room may include which (DESIGN §5), and what pure rooms never include.
#
#   support <- net <- lang <- graph <- plan <- slice      kernel -> support net bpf     machine -> slice capture kernel
#   exchange -> plan      capture -> plan slice      fleet -> plan slice machine.h      control -> fleet plan slice machine.h      member -> fleet control machine.h      rpc -> machine.h control      cli -> the pure rooms, machine.h, control;
#   pki -> support      discovery -> pki      rpc -> pki      etcd -> control
#   compose.cc, store_choice.cc, daemon_calls.cc, daemon.cc, daemon_host.cc, member_part.cc, fleet_part.cc, discovery_part.cc and start_daemon.cc join the rest
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
bad=0
say() { echo "$1"; bad=1; }

declare -A may=(
  [support]="support"
  [net]="support net"
  [lang]="support net lang"
  [graph]="support net lang graph"
  [plan]="support net lang graph plan"
  [exchange]="support net lang graph plan exchange"
  [slice]="support net lang graph plan slice"
  [capture]="support net lang graph plan slice capture"
  [kernel]="support net kernel"
  [machine]="support net lang graph plan slice capture kernel machine"
  [fleet]="support net lang graph plan slice fleet"
  [control]="support net lang graph plan slice fleet control"
  [etcd]="support net lang graph plan slice fleet control etcd"
  [member]="support net lang graph plan slice fleet control member"
  [pki]="support pki"
  [discovery]="support net pki discovery"
  [rpc]="support net lang graph plan slice fleet control pki rpc"
  [cli]="support net lang graph plan exchange slice capture fleet control cli"
)
while IFS=: read -r file line text; do
  room=${file#src/}; room=${room%%/*}
  target=$(sed -E 's/.*"([a-z_]+)\/.*/\1/' <<<"$text")
  [ -d "src/$target" ] || continue
  case " ${may[$room]} " in *" $target "*) continue ;; esac
  case "$file $text" in
    "src/control/"*'"machine/machine.h"' | "src/fleet/"*'"machine/machine.h"' | "src/cli/"*'"machine/machine.h"' | "src/rpc/"*'"machine/machine.h"' | "src/member/"*'"machine/machine.h"') continue ;;
    "src/fleet/"*'"machine/canary_work.h"' | "src/rpc/"*'"machine/canary_work.h"') continue ;;
    "src/cli/pki.cc "*'"pki/'*) continue ;;
    "src/cli/compose."* | "src/cli/store_choice.cc "* | "src/cli/daemon_calls."* | "src/cli/daemon.cc "* | "src/cli/daemon_host."* | "src/cli/member_part."* | "src/cli/fleet_part."* | "src/cli/discovery_part."* | "src/cli/start_daemon.cc "*) continue ;;
  esac
  say "$file:$line: $room must not include $target"
done < <(grep -rnE '^#include "[a-z_]+/' src --include='*.h' --include='*.cc')

# Pure rooms: no system call, clock, randomness, environment, libbpf, files.
forbidden='<(unistd|fcntl|ctime|chrono|random|fstream|filesystem|thread|mutex|sys/[a-z_]+|linux/[a-z_]+|bpf/[a-z_]+|libmnl/[a-z_]+)(\.h)?>|getenv|std::rand'
for room in support net lang graph plan exchange slice capture; do
  while IFS= read -r hit; do
    # The one owner of descriptors, and the one maker of random names: for the doors, and who opens them.
    case $hit in src/support/fd.* | src/support/random.*) continue ;; esac
    say "$hit: a pure room"
  done < <(grep -rnE "#include ($forbidden|\"support/random\.h\")|\bgetenv\b|std::rand\b" "src/$room" --include='*.h' --include='*.cc')
done
[ $bad = 0 ] && echo "layers: clean"
exit $bad
