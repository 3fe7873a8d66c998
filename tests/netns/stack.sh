# Stacks of internets for tests: their descriptions, and what must be seen of them on the base.
#
#   stack SHAPE DEPTH [ATTRIBUTES]    describes l1 on lab, l2 on l1, ..., all of one shape, ATTRIBUTES for each of them
#
#      pair    a --- b          row   a --- m --- b       over   a --- m --- b        odd layers: a row
#              X ~~~ Y                X ~~~ Y ~~~ Z               \--- a --- b        even ones: m -- a -- b, so that from
#                                                                 X ~~~ Y ~~~ Z       l3 on m-b goes through router a below
#
#   judge_layers NAME DISPLAY-FILTER [ROUTERS]    how many headers each packet of a capture has, and whether they are right
#   lower_of_three                    describes a lab and a lower internet, a -- b -- c on X -- Y -- Z, for others to stand on
lower_of_three() {
  cat <<'END'
base lab {
  machine X, Y, Z
  X -- Y -- Z
}
internet lower on lab [ipv6 = off] {
  host a at X
  router b at Y
  host c at Z
  a -- b -- c
}
END
}

stack() {
  local shape=$1 depth=$2 attributes=${3:-} i on a m b
  if [[ $shape == pair ]]; then echo 'base lab { machine X, Y; X -- Y }'; else echo 'base lab { machine X, Y, Z; X -- Y -- Z }'; fi
  for ((i = 1; i <= depth; i++)); do
    on=l$((i - 1)) a=a m=m b=b
    if ((i == 1)); then on=lab a=X m=Y b=Z; [[ $shape != pair ]] || b=Y; fi
    echo "internet l$i on $on${attributes:+ [$attributes]} {"
    case $shape in
      pair) echo "  host a at $a; host b at $b; a -- b" ;;
      row) echo "  host a at $a; router m at $m; host b at $b; a -- m -- b" ;;
      over) echo "  router a at $a; router m at $m; host b at $b; $( ((i % 2)) && echo 'a -- m -- b' || echo 'm -- a -- b')" ;;
    esac
    echo "}"
  done
}

# One line a packet: how many IPv4 headers there are before ICMP, its TOS, then what is wrong with them, or "right". Each header
# less the last: protocol 4 (41 before IPv6), TTL 64 (above the first layer less the routers of the layer below that it may
# have passed, at most ROUTERS), DF, id 0, no fragment, TOS of the innermost, 20 bytes long, as long as what it holds plus 20,
# a right checksum.
judge_layers() {  # NAME DISPLAY-FILTER [ROUTERS]
  fields "$1" "$2" ip.len ip.proto ip.ttl ip.flags.df ip.id ip.flags.mf ip.frag_offset ip.dsfield ip.hdr_len \
    ip.checksum.status ipv6.plen ipv6.tclass | awk -v routers="${3:-0}" '
    function differ(what, i, got, want) { if (got != want) wrong = wrong " " what "[" i "]=" got ", not " want }
    {
      wrong = ""; six = ($11 != ""); n = split($1, len, ","); split($2, proto, ","); split($3, ttl, ","); split($4, df, ",")
      split($5, id, ","); split($6, mf, ","); split($7, off, ","); split($8, tos, ","); split($9, ihl, ","); split($10, sum, ",")
      outer = six ? n : n - 1
      for (i = 1; i <= outer; i++) {
        differ("length", i, len[i], len[1] - 20 * (i - 1)); differ("protocol", i, proto[i], six && i == n ? 41 : 4)
        differ("ttl", i, ttl[i], i > 2 && ttl[i] >= 64 - routers && ttl[i] < 64 ? ttl[i] : 64); differ("df", i, df[i], 1); differ("id", i, id[i], "0x0000"); differ("mf", i, mf[i], 0)
        differ("offset", i, off[i], 0); differ("tos", i, tos[i], tos[1]); differ("ihl", i, ihl[i], 20)
        differ("checksum", i, sum[i], 1)
      }
      if (six) { differ("length of IPv6", n, $11 + 40, len[n] - 20) }
      else { differ("length", n, len[n], len[1] - 20 * outer); differ("tos", n, tos[n], tos[1]); differ("checksum", n, sum[n], 1) }
      print outer, tos[1], wrong == "" ? "right" : wrong
    }'
}
