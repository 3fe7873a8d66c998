#!/usr/bin/env bash
# House-keeping: every room has a README, every file says its purpose first, no path of somebody's machine is committed,
# and docs/glossary.md knows the words of the design.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
bad=0
say() { echo "$1"; bad=1; }
for room in src/*/ bpf/; do [ -f "$room/README.md" ] || say "$room has no README.md"; done
while IFS= read -r -d '' file; do
  head -c 2 "$file" | grep -q '^//' || say "$file does not open with its purpose"
done < <(git ls-files -z 'src/*.h')
# The patterns are put together here so that this file does not find itself.
if git grep -nE "/wo""rk/(main|shared|\.)|/root/\.pyenv" -- . ':!tests/check/house.sh'; then say "a path of one machine is committed"; fi
for word in internet node host router link base machine 'bottom machine' 'end address' 'link address' 'base address' identity \
  visit revisitation part port backside slice plan; do
  grep -qi "$word" docs/glossary.md || say "docs/glossary.md lacks '$word'"
done
[ $bad = 0 ] && echo "house: clean"
exit $bad
