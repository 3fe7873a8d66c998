# Draws a schedule for a fleet from a seed (schedule.sh), and describes what it is about. fleet_play.sh plays it.
#
#   machines N                  M1 is the controller, and a machine as well
#   topology NAME               of `line`: of those in nodes_of and links_of
#   place 3 1 2 ...             machines of its nodes; the last node is placed by the planner
#   step VERB                   one, two: up of a form of `line`; upper: up of an internet on it; lower: down of that one;
#                               down: of both; drain K, undrain K
#   step VERB FAULT MOMENT      FAULT is `kill I [again N]` (SIGKILL of a daemon; again at its N-th call after it is started),
#                               `stop I MS` (SIGSTOP, SIGCONT), `cut I MS` (calls to m<I> are lost),
#                               `client SIGNAL` (of the command line).
#                               MOMENT is `calls N` (before the N-th call of the victim, else of the controller, that changes
#                               something: kernel, store or RPC), or `ms N`
FLEET_TOPOLOGIES=(line revisit ring tree twins)
nodes_of() {  # first and last are hosts, the others are routers
  case $1 in
    line) echo A B D ;;
    revisit) echo A B C D ;;
    ring) echo A B C D E ;;
    tree) echo A B C D E F ;;
    twins) echo A B D ;;
  esac
}
links_of() {
  case $1 in
    line) echo 'A -- B -- D' ;;
    revisit) echo 'A -- B -- C -- D' ;;
    ring) echo 'A -- B -- C -- D -- B; D -- E' ;;
    tree) echo 'A -- B; B -- C; B -- D; D -- E; B -- F' ;;
    twins) echo 'A -- B; A -- B; B -- D' ;;
  esac
}
# describe_line SCHEDULE FORM: `two` has another node, another MTU, and its second node on the next machine.
describe_line() {
  local machines place nodes links name i=0 at kind last
  machines=$(setting "$1" machines)
  read -ra place <<<"$(setting "$1" place)"
  read -ra nodes <<<"$(nodes_of "$(setting "$1" topology)")"
  links=$(links_of "$(setting "$1" topology)") last=$((${#nodes[@]} - 1))
  echo "internet line on fleet {"
  for name in "${nodes[@]}"; do
    kind=router at=$((${place[i]} % machines + 1))
    ((i != 0 && i != last)) || kind=host
    [[ $2 == one ]] || ((i != 1)) || at=$((at % machines + 1))
    if ((i == last)); then echo "  $kind $name"; else echo "  $kind $name at M$at"; fi
    ((++i))
  done
  echo "  $links"
  [[ $2 == one ]] || echo "  host Z at M1; Z -- ${nodes[1]} [mtu = 1300]"
  echo "}"
}
describe_upper() {
  local nodes
  read -ra nodes <<<"$(nodes_of "$(setting "$1" topology)")"
  echo "internet upper on line { host p at ${nodes[0]}; host s at ${nodes[-1]}; p -- s }"
}

draw_moment() {
  draw 10
  if ((DRAWN == 0)); then
    draw 400 && MOMENT="ms $DRAWN"
  else  # of few calls and of many
    draw 4
    case $DRAWN in 0) draw 8 ;; 1) draw 30 ;; *) draw 250 ;; esac
    MOMENT="calls $((DRAWN + 1))"
  fi
}
# draw_schedule STEPS MOST_MACHINES: prints one, from the numbers that seed_random began.
draw_schedule() {
  local machines step verb fault is=none has_upper=0 drained=0 i
  draw $(($2 - 1)) && machines=$((DRAWN + 2))
  pick "${FLEET_TOPOLOGIES[@]}"
  echo "machines $machines"
  echo "topology $DRAWN"
  printf place
  for i in 1 2 3 4 5 6; do draw 60 && printf ' %d' "$DRAWN"; done
  echo
  for ((step = 1; step <= $1; ++step)); do
    draw 8
    case $is$has_upper in
      none*) verb=one && ((DRAWN != 0)) || verb=two ;;
      one0) pick two two down upper upper down && verb=$DRAWN ;;
      two0) pick one one down upper upper down && verb=$DRAWN ;;
      *1) pick lower lower down down one two && verb=$DRAWN ;;
    esac
    draw 12
    if ((DRAWN == 0)); then
      if ((drained)); then verb="undrain $drained" drained=0; else draw "$machines" && drained=$((DRAWN + 1)) verb="drain $drained"; fi
    fi
    case $verb in
      one | two) ((has_upper)) || is=$verb ;;
      upper) has_upper=1 ;;
      lower) has_upper=0 ;;
      down) is=none has_upper=0 ;;
    esac
    draw_moment
    draw "$machines" && i=$((DRAWN + 1))
    draw 10
    case $DRAWN in
      0 | 1 | 2) fault="kill 1" ;;
      3 | 4 | 5) fault="kill $i" ;;
      6) draw 60 && fault="kill $i again $((DRAWN + 1))" ;;
      7) draw 3000 && fault="stop $i $DRAWN" ;;
      8) draw 3000 && fault="cut $((i == 1 ? 2 : i)) $DRAWN" ;;
      9) pick KILL INT HUP && fault="client $DRAWN" ;;
    esac
    echo "step $verb $fault $MOMENT"
  done
}
