#!/usr/bin/env bash
# Names that are longer than an interface's may be (15 bytes), or equal in their first 15: devices get other names, the
# namespaces keep theirs.
source "$(dirname "$0")/lib.sh"

describe long <<'END'
base laboratory_of_long_names {
  machine machine_number_one, machine_number_two
  machine_number_one -- machine_number_two
}

internet an_internet_with_a_long_name on laboratory_of_long_names {
  router a_router_whose_name_is_long at machine_number_one
  host a_host_whose_name_is_long_1, a_host_whose_name_is_long_2 at machine_number_two
  a_router_whose_name_is_long -- a_host_whose_name_is_long_1
  a_router_whose_name_is_long -- a_host_whose_name_is_long_2
  a_router_whose_name_is_long -- a_host_whose_name_is_long_2
}
END
up "$STAGE/long.vinet"
[[ -e $ROOT/run/netns/an_internet_with_a_long_name.a_host_whose_name_is_long_2 ]] || fail "no such namespace"
all_reachable
run vinet trace an_internet_with_a_long_name.a_host_whose_name_is_long_1 \
  an_internet_with_a_long_name.a_host_whose_name_is_long_2
run vinet exec an_internet_with_a_long_name.a_host_whose_name_is_long_1 ping -c 1 -W 2 a_host_whose_name_is_long_2
up "$STAGE/long.vinet"
expect_match "the second up" "unchanged|already|nothing" "$(cat "$OUT" "$ERR")"
leave_nothing
