#!/usr/bin/env bash
# The completions and manual pages say what the command line has: every verb and option is in them; bash completes with
# its script; roff and the shells find nothing wrong. command_line.sh VINET
set -euo pipefail
vinet=$(realpath "$1")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/vinet-command-line.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin" "$scratch/man"
ln -s "$vinet" "$scratch/bin/vinet"
export PATH="$scratch/bin:$PATH" VINET_ROOT="$scratch/root"
cd "$scratch"
bad=0
say() { echo "$1"; bad=1; }
skipped() { echo "not checked: $*"; }

mapfile -t verbs < <(vinet help | awk '/^Subcommands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }')
((${#verbs[@]} > 15)) || say "no verbs found in vinet help"
for shell in bash zsh fish; do vinet completion "$shell" >"completion.$shell"; done
vinet man --write man

for verb in "${verbs[@]}"; do
  [[ $verb == help ]] && continue
  page=man/vinet-$verb.1
  [[ -s $page ]] || { say "no manual page for $verb"; continue; }
  cmp -s "$page" <(vinet man "$verb") || say "man --write and man $verb differ"
  grep -q "^\\\\fB${verb//-/\\\\-}\\\\fR" man/vinet.1 || say "vinet(1) lacks $verb"
  for shell in bash zsh fish; do
    grep -qE "(^|[ '(])$verb([ ')]|\$)" "completion.$shell" || say "the completion of $shell lacks $verb"
  done
  for option in $(vinet help "$verb" | grep -oE '^  (-[a-zA-Z0-9],)?--?[a-z0-9-]+' | tr -d ' ' | tr ',' '\n'); do
    grep -qF -- "\\fB${option//-/\\-}\\fR" "$page" || say "vinet-$verb(1) lacks $option"
    awk -v verb="    $verb)" '$0 == verb { on = 1 } on && /options=/ { print; exit }' completion.bash |
      grep -qE -- "[ ']$option[ ']" || say "the completion of bash lacks $verb $option"
    name=${option##*-}
    grep -F -- "from $verb'" completion.fish | grep -qE -- " -[ls] ${option#-*}|-[sl] ${option#--}( |\$)" ||
      say "the completion of fish lacks $verb $option ($name)"
  done
done

# bash, as it completes: complete_line WORDS... prints what it offers for the last of them.
cat >complete.sh <<'EOF'
source completion.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_vinet 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
EOF
offers() {  # WANT WORDS...: is WANT offered?
  local want=$1; shift
  bash complete.sh "$@" | grep -xF -- "$want" >/dev/null || say "bash does not offer '$want' for: $*"
}
touch a.vinet b.txt c.graphml
offers trace vinet tr
offers ping-all vinet --root /x pi
offers --reply vinet trace --r
offers --root vinet trace --r
offers a.vinet vinet up ''
offers c.graphml vinet import c
offers graphml vinet export g
offers zsh vinet completion ''
offers map vinet man m
bash complete.sh vinet up '' | grep b.txt >/dev/null && say "bash offers any file for up"

if command -v zsh >/dev/null; then zsh -n completion.zsh || say "zsh does not read its completion"; else skipped "zsh is missing"; fi
if command -v fish >/dev/null; then
  fish --no-execute completion.fish || say "fish does not read its completion"
  fish -c 'source completion.fish; complete -C "vinet tr"' | grep '^trace' >/dev/null || say "fish does not offer trace"
else
  skipped "fish is missing"
fi
if command -v groff >/dev/null; then
  for page in man/*.1; do
    warnings=$(groff -man -Tutf8 -ww -z "$page" 2>&1) || true
    [[ -z $warnings ]] || say "$page: $warnings"
  done
else
  skipped "groff is missing"
fi

cat >odd.vinet <<'EOF'
base lab {
  machine X, Y
  X -- Y
}
internet odd on lab {
  router A at X [label = "a \"quoted\" \\ name\n<b>", latitude = "47", longitude = "8"]
  host B at Y [note = "Country: CH"]
  A -- B [label = "&"]
}
EOF
if command -v dot >/dev/null; then
  vinet export dot odd.vinet | dot -Tsvg -o /dev/null || say "dot does not read the export"
  vinet map --no-inventory --dot odd.vinet | dot -Tsvg -o /dev/null || say "dot does not read the map"
else
  skipped "Graphviz is missing"
fi
vinet export json odd.vinet | jq -e '.internets[0].nodes | length == 2' >/dev/null || say "jq does not read the export"
if command -v xmllint >/dev/null; then
  vinet map --no-inventory --svg odd.vinet | xmllint --noout - || say "the map is no XML"
  vinet export graphml odd.vinet | xmllint --noout - || say "the export is no XML"
else
  skipped "xmllint is missing"
fi
[ $bad = 0 ] && echo "command line: clean"
exit $bad
