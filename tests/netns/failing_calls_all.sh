#!/usr/bin/env bash
# failing_calls, kill9_cleaned and interrupt_undone at every single call.
export VINET_EVERY=1
for test in failing_calls kill9_cleaned interrupt_undone; do
  bash "$(dirname "$0")/$test.sh" || exit
done
