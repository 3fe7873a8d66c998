#!/usr/bin/env bash
# The programs packet by packet on the kernel of Debian 12, whose verifier and helpers are older: all of progrun but its long
# random runs, and its test of a clock that runs at the speed of a real machine.
#
#      progrun in the guest, which has no network
source "$(dirname "$0")/guest.sh"

[[ -x $BUILD/progrun ]] || no_guest "there is no $BUILD/progrun: build it first"
program guest "$BUILD/progrun" ip sysctl
start_guest guest none none 512 veth macvlan sch_ingress cls_bpf
in_guest guest 200 "mount -t tmpfs run /run; uname -r"
expect_match "the guest's kernel" "$RELEASE" "$(cat "$OUT")"
# Some tests need a clock that has run for more than half a minute.
in_guest guest 200 "until [ \$(cut -d. -f1 /proc/uptime) -gt 70 ]; do sleep 1; done"
in_guest guest 600 "progrun --gtest_brief=1 --gtest_filter=-*Random*:Shape.*"
expect_match "the programs there" "PASSED" "$(tail -n 1 "$OUT")"
in_guest guest 200 "dmesg"
expect_no_match "the kernel" "WARNING:|BUG:|Oops" "$(cat "$OUT")"
end_guest guest
