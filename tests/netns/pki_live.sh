#!/usr/bin/env bash
# Certificates that change while they are in use. faults.md F-121: replaced (taken over, nothing breaks), revoked under an open stream
# (ended within seconds), a key that others may read (refused); and a list of revoked certificates that cannot be read (nobody gets in).
#
#     m2 (callers) ---- core ---- m1 (daemon)
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
command -v openssl >/dev/null || skip "no openssl"
fleet_net 2
fleet_pki
fleet_start 1
at=$(fleet_endpoint 1) own=$STAGE/m1/etc/vinet
pki() { run fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/ca" --identity "$STAGE/op" pki "$@"; }
as() { fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$at" --identity "$STAGE/$1" "${@:2}"; }
serial() { { fleet_net_at 2 openssl s_client -connect "$at" -alpn h2 </dev/null 2>/dev/null || true; } | openssl x509 -noout -serial; }
trouble() { vinet_at 1 status --json | jq -r .daemon.identity_trouble; }
troubled() { [[ $(trouble) == *"$1"* ]]; }
calm() { [[ -z $(trouble) ]]; }
gone() { ! kill -0 "$1"; }
lets_in() { as "$1" ls; }
keeps_out() { ! as "$1" ls; }

pki issue ada --role operator --out "$STAGE/ada"
run as op up "$(description figure7.vinet)"
as op exec line.A sleep 1000 >>"$LOG" 2>&1 &
stays=$!
as ada exec line.A sleep 2000 >>"$LOG" 2>&1 &
goes=$!
runs() { pgrep -f "^sleep $1"; }
wait_for 10 runs 1000
wait_for 10 runs 2000

# --- replaced ---------------------------------------------------------------------------------------------------------
before=$(serial)
pki renew m1 --out "$own"
taken_over() { [[ $(serial) != "$before" ]]; }
wait_for 5 taken_over
kill -0 "$stays" && kill -0 "$goes" || fail "a replaced certificate ended connections"
run as op ls
# Half of a set: what was in use goes on.
cp "$own/key.pem" "$STAGE/key.pem"
(umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$own/key.pem")
wait_for 5 troubled "is not the key of"
run as op ls
(umask 077 && cp "$STAGE/key.pem" "$own/key.pem")
wait_for 5 calm

# --- revoked under an open stream -------------------------------------------------------------------------------------
pki revoke ada --push "$at"
wait_for 4 gone "$goes"
wait_for 4 keeps_out ada
ended() { ! runs 2000; }
wait_for 6 ended
kill -0 "$stays" || fail "another's stream ended, too"
expect_match "what is told" "operator ada .*it was revoked on" "$(vinet_at 1 events)"

# --- a key that others may read ---------------------------------------------------------------------------------------
chmod 644 "$own/key.pem"
wait_for 5 troubled "chmod 600"
run as op ls
chmod 600 "$own/key.pem"
wait_for 5 calm
chmod 640 "$STAGE/op/key.pem"
expect_exit 7 as op ls
expect_match "an open key" "chmod 600 $STAGE/op/key.pem" "$(cat "$ERR")"
chmod 600 "$STAGE/op/key.pem"
chmod 644 "$STAGE/m2/etc/vinet/key.pem"
expect_exit 7 vinet_at 2 daemon --listen "$(fleet_endpoint 2)"
expect_match "an open key" "chmod 600 $STAGE/m2/etc/vinet/key.pem" "$(cat "$ERR")"
chmod 600 "$STAGE/m2/etc/vinet/key.pem"

# --- a list that cannot be read ---------------------------------------------------------------------------------------
cp "$own/crl.pem" "$STAGE/crl.pem"
head -c 200 "$STAGE/crl.pem" >"$own/crl.pem"
wait_for 5 keeps_out op
wait_for 5 gone "$stays"
wait_for 5 troubled "nobody is let in"
run vinet_at 1 ls
cp "$STAGE/op/crl.pem" "$own/crl.pem"  # older than what was in use
wait_for 5 troubled "older"
expect_exit 7 as op ls
cp "$STAGE/crl.pem" "$own/crl.pem"
wait_for 5 calm
wait_for 5 lets_in op
expect_exit 7 as ada ls

# --- who asks is careful, too -----------------------------------------------------------------------------------------
pki revoke m1
cp "$STAGE/ca/etc/vinet/pki/crl.pem" "$STAGE/op/crl.pem"
expect_exit 7 as op ls
expect_match "a revoked daemon" "$at: not trusted: .*machine m1 .*revoked on" "$(cat "$ERR")"
fleet_clean
