# Random internets on internets, the same for the same RANDOM. (Helper; sourced.)
#
#   make_stack DEPTH INTERNETS    decides: a lab, INTERNETS internets v1, v2, ..., the highest DEPTH layers above it, the rest
#                                 wherever there is room: beside it, as siblings. Into the arrays below.
#   print_stack FLATTEN           the description; FLATTEN: yes, no, or mixed as was decided
#   change_stack                  decides on one live change: a node and its link, a link, or other headers
#   histogram_add, _print         depth, visits and families of all that was made
#
# Each internet: routers joined at random, and hosts at one or two of them; each node at any node of the layer below, so
# that lower nodes are visited several times, and links are local at any layer.
declare -a BASE ON DEPTH_OF FLATTEN_OF FAMILIES ROUTERS HOSTS PLACES LINKS
declare -A HISTOGRAM=()

# (RANDOM is drawn in this shell only: in a subshell bash seeds it anew.)
below_name() { if (($1 == 0)); then echo lab; else echo "v$1"; fi; }
# The n-th node of internet i (0: the lab's machines): routers come first.
node_name() { if (($1 == 0)); then echo "m$2"; elif (($2 < ROUTERS[$1])); then echo "r$2"; else echo "h$2"; fi; }
nodes_of() { if (($1 == 0)); then echo "$MACHINES"; else echo $((ROUTERS[$1] + HOSTS[$1])); fi; }

make_stack() {
  local depth=$1 count=$2 i
  HIGHEST=$depth
  MACHINES=$((RANDOM % 3 + 2))
  BASE=() ON=() DEPTH_OF=([0]=0) FLATTEN_OF=() FAMILIES=() ROUTERS=() HOSTS=() PLACES=() LINKS=()
  for ((i = 1; i < MACHINES; i++)); do BASE+=("m$((RANDOM % i)) -- m$i"); done
  ((MACHINES < 3 || RANDOM % 2)) || BASE+=("m0 -- m$((MACHINES - 1)) [mtu = 1490]")  # may be a second link of a pair
  for ((i = 1; i <= count; i++)); do
    # The first DEPTH stand on each other; what comes then stands on any but the highest.
    if ((i <= depth)); then ON[i]=$((i - 1)); else ON[i]=$((RANDOM % depth)); fi
    DEPTH_OF[i]=$((DEPTH_OF[ON[i]] + 1))
    if ((RANDOM % 3)); then FLATTEN_OF[i]=yes; else FLATTEN_OF[i]=no; fi
    if ((RANDOM % 3)); then FAMILIES[i]=both; else FAMILIES[i]=IPv4; fi
    make_internet "$i"
  done
}

make_internet() {
  local i=$1 n below
  below=$(nodes_of "${ON[i]}")
  ROUTERS[i]=$((RANDOM % 3 + 1)) HOSTS[i]=$((RANDOM % 3 + 1)) PLACES[i]= LINKS[i]=
  for ((n = 0; n < ROUTERS[i] + HOSTS[i]; n++)); do PLACES[i]+="$((RANDOM % below)) "; done
  for ((n = 1; n < ROUTERS[i] + HOSTS[i]; n++)); do
    LINKS[i]+="r$((RANDOM % (n < ROUTERS[i] ? n : ROUTERS[i]))) -- $(node_name "$i" $n)"
    # A link that is smaller than it need be: where nothing stands on it, so that IPv6 has 1,280 above.
    ((i < HIGHEST || RANDOM % 4)) || LINKS[i]+=" [mtu = 1290]"
    LINKS[i]+="; "
  done
  ((RANDOM % 2)) || LINKS[i]+="more: r0 -- h$((ROUTERS[i] + RANDOM % HOSTS[i])); "
}

print_stack() {
  local i n places flatten
  echo "base lab { machine $(seq -f 'm%g' -s ', ' 0 $((MACHINES - 1))); $(printf '%s; ' "${BASE[@]}")}"
  for i in "${!ON[@]}"; do
    flatten=$1
    [[ $flatten != mixed ]] || flatten=${FLATTEN_OF[i]}
    # A block for many links of what stands on a node: all siblings may choose the same one.
    echo "internet v$i on $(below_name "${ON[i]}") [flatten = $flatten, reserve = 50$(
      [[ ${FAMILIES[i]} == both ]] || echo ', ipv6 = off')] {"
    read -ra places <<<"${PLACES[i]}"
    for n in "${!places[@]}"; do
      echo "  $( ((n < ROUTERS[i])) && echo router || echo host) $(node_name "$i" "$n") at $(node_name "${ON[i]}" "${places[n]}")"
    done
    echo "  ${LINKS[i]}"
    echo "}"
  done
}

change_stack() {
  local i=$((RANDOM % ${#ON[@]} + 1)) n
  case $((RANDOM % 3)) in
    0)
      n=$((ROUTERS[i] + HOSTS[i]))
      HOSTS[i]=$((HOSTS[i] + 1)) PLACES[i]+="$((RANDOM % $(nodes_of "${ON[i]}"))) " LINKS[i]+="r0 -- h$n; "
      CHANGE="node h$n of v$i" ;;
    1) LINKS[i]+="another: r$((RANDOM % ROUTERS[i])) -- h${ROUTERS[i]}; " CHANGE="one more link of v$i" ;;
    2)
      [[ ${FLATTEN_OF[i]} == yes ]] && FLATTEN_OF[i]=no || FLATTEN_OF[i]=yes
      CHANGE="flatten of v$i" ;;
  esac
}

count_in() { HISTOGRAM[$1]=$((${HISTOGRAM[$1]:-0} + 1)); }
histogram_add() {
  local i place visits
  for i in "${!ON[@]}"; do
    count_in "depth of internets: ${DEPTH_OF[i]}"
    count_in "families: ${FAMILIES[i]}"
    count_in "flatten: ${FLATTEN_OF[i]}"
    while read -r visits place; do count_in "visits of a lower node: $visits"; done < <(tr ' ' '\n' <<<"${PLACES[i]}" | grep . | sort | uniq -c)
  done
}
histogram_print() {
  local what
  for what in "${!HISTOGRAM[@]}"; do echo "$what: ${HISTOGRAM[$what]} times"; done | sort -t: -k1,1 -k2n
}
