#!/usr/bin/env bash
# Who may speak with a daemon over TLS. faults.md F-120: no certificate, one that has expired, is not valid yet, was revoked, is
# another authority's, of another role or name: refused with the same bytes whether what they ask about exists or not, and told
# with the peer's address and who it says it is. F-124: no key is seen anywhere.
#
#     m2 (callers) ---- core ---- m1 (daemon)
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
command -v openssl >/dev/null || skip "no openssl"
fleet_net 2
fleet_pki
fleet_start 1
pki() { run fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/ca" --identity "$STAGE/op" pki "$@"; }
as() { fleet_net_at 2 "$BUILD/vinet" --root "$STAGE/nobody" --connect "$(fleet_endpoint 1)" --identity "$STAGE/$1" "${@:2}"; }

# --- the operator does over TLS what root does at the socket ----------------------------------------------------------
run as op up "$(description figure7.vinet)"
run as op ls
expect_match "what the operator sees" "line.A" "$(cat "$OUT")"
expect_equal "a program's output" A "$(as op exec line.A hostname)"
expect_exit 7 as op exec line.A sh -c 'exit 7'
expect_equal "a program's input" "some words" "$(echo some words | as op exec line.A cat)"
run as op ping-all line
run as op verify line
run as op trace line.A line.D
run as op events
run as op status --json
expect_equal "where it listens" "$(fleet_endpoint 1)" "$(jq -r .daemon.listens "$OUT")"
expect_equal "the daemon itself" "$(vinet_at 1 ls)" "$(as op ls)"

# --- everybody else ---------------------------------------------------------------------------------------------------
issue() { pki issue "$1" --role "${2:-operator}" --out "$STAGE/$1" "${@:3}"; }
issue old operator --starts-in=-7200 --ends-in=-60
issue early operator --starts-in=3600
issue gone
pki revoke gone --push "$(fleet_endpoint 1)"
issue eve tenant
run "$BUILD/vinet" --root "$STAGE/foreign" pki init
run "$BUILD/vinet" --root "$STAGE/foreign" pki issue op --role operator --out "$STAGE/stranger"
# Signed by our own authority, and yet nobody: a name that is not the URI's, a role that there is not, no URI.
odd() {  # DIRECTORY COMMON-NAME SAN
  mkdir -p "$STAGE/$1"
  cp "$STAGE/op/ca.crt" "$STAGE/op/crl.pem" "$STAGE/$1"
  (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$STAGE/$1/key.pem") 2>>"$LOG"
  openssl req -new -key "$STAGE/$1/key.pem" -subj "/CN=$2" -out "$STAGE/$1/request.pem" 2>>"$LOG"
  openssl x509 -req -in "$STAGE/$1/request.pem" -CA "$STAGE/ca/etc/vinet/pki/ca.crt" -CAkey "$STAGE/ca/etc/vinet/pki/ca.key" \
    -days 9 -out "$STAGE/$1/cert.pem" -extfile <(echo "subjectAltName=$3"; echo "extendedKeyUsage=clientAuth") 2>>"$LOG"
}
odd other_name ada URI:vinet:operator:op
odd other_role ada URI:vinet:root:ada
odd no_uri ada DNS:ada
odd two_uris ada URI:vinet:tenant:ada,URI:vinet:operator:ada

# What each of them is told, of all that they could ask.
describe other <<'END'
internet line on lab2 { host A at X }
END
ask() {  # IDENTITY
  local words
  for words in "ls" "exec line.A true" "down line" "up $STAGE/other.vinet"; do
    expect_no_match "$1" "^0$" "$(as "$1" $words >"$OUT" 2>"$ERR"; echo $?)"
    expect_equal "what $1 gets" "" "$(cat "$OUT")"
    cat "$ERR"
  done
}
refused="old early gone other_name other_role no_uri two_uris"
for who in $refused; do ask "$who" >"$STAGE/$who.there"; done
# vinet itself would not begin with these: no certificate, and another authority's of the same name.
alert() {
  fleet_net_at 2 openssl s_client -connect "$(fleet_endpoint 1)" -alpn h2 -CAfile "$STAGE/op/ca.crt" -quiet "$@" </dev/null 2>&1 |
    grep -o 'alert.*' || true
}
strangers() { alert; alert -cert "$STAGE/stranger/cert.pem" -key "$STAGE/stranger/key.pem"; }
strangers >"$STAGE/strangers.there"
expect_match "no certificate, and a foreign one" "certificate required.*handshake failure" "$(tr '\n' ' ' <"$STAGE/strangers.there")"
expect_exit 7 as stranger ls
expect_match "what they think of the daemon" "not trusted: .*another authority" "$(cat "$ERR")"
run as op down line
for who in $refused; do
  ask "$who" >"$STAGE/$who.gone"
  cmp "$STAGE/$who.there" "$STAGE/$who.gone"
  expect_match "$who" "^vinet: 10.99.1.2:7411: refused" "$(sort -u "$STAGE/$who.gone" | head -1)"
  expect_equal "one answer to $who" 1 "$(sort -u "$STAGE/$who.gone" | wc -l)"
done
strangers >"$STAGE/strangers.gone"
cmp "$STAGE/strangers.there" "$STAGE/strangers.gone"

# --- a role that may not ----------------------------------------------------------------------------------------------
cp -r "$STAGE/m2/etc/vinet" "$STAGE/m2_identity"
for words in "up $EXAMPLES/figure7.vinet" "down --all" "recover"; do
  expect_exit 7 as m2_identity $words
  expect_match "a machine that would $words" "refused" "$(cat "$ERR")"
done
expect_exit 7 as eve recover
expect_match "a tenant that would recover" "refused" "$(cat "$ERR")"
run as m2_identity ls

# --- all of it is told ------------------------------------------------------------------------------------------------
told=$(vinet_at 1 events)
for what in "10.99.2.2:[0-9]+: operator old \(serial [0-9A-F]+\), it expired on" "operator early .*not valid before" \
  "operator gone .*revoked on" "operator op .*another authority" "'/CN=ada' .*names nobody" "nobody, it shows no certificate" \
  "machine m2, may not call /vinet.v1.Controller/Up" "tenant eve, may not call /vinet.v1.Controller/Recover"; do
  expect_match "what the daemon tells" "refused.*$what" "$told"
done

# --- keys are nowhere but in their files ------------------------------------------------------------------------------
secret=$(sed -n 2p "$STAGE/m1/etc/vinet/key.pem")
kill -0 "${FLEET_PID[1]}"
tr '\0' '\n' </proc/"${FLEET_PID[1]}"/cmdline >"$STAGE/command"
tr '\0' '\n' </proc/"${FLEET_PID[1]}"/environ >>"$STAGE/command"
expect_equal "files with the daemon's key" "$STAGE/m1/etc/vinet/key.pem" \
  "$(grep -rlF -- "$secret" "$STAGE/m1" "$STAGE/command" "$LOG" "$STAGE/ca")"
expect_equal "the only private keys" "$STAGE/ca/etc/vinet/pki/ca.key" "$(grep -rl 'PRIVATE KEY' "$STAGE/ca")"
for key in $(find "$STAGE" -name key.pem -o -name ca.key); do expect_equal "mode of $key" 600 "$(stat -c %a "$key")"; done
expect_equal "mode of the authority" 700 "$(stat -c %a "$STAGE/ca/etc/vinet/pki")"
fleet_clean
