#!/usr/bin/env bash
# An etcd that wants certificates: with --store-identity the daemon is let in and keeps its state there; without one, or
# with that of another CA, it only watches and says why.
#
#      m1: daemon, and machine --(TLS, both prove themselves)-- etcd in core, at 10.99.0.1
source "$(dirname "$0")/lib.sh"
source "$NETNS_DIR/fleet.sh"
source "$NETNS_DIR/fleet_judge.sh"
command -v etcd >/dev/null || skip "no etcd"
command -v openssl >/dev/null || skip "no openssl"

certificate() {  # DIR NAME: of the CA in $STAGE/CA-of-DIR
  local dir=$1
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$dir/key.pem" -out "$dir/csr" 2>>"$LOG"
  openssl x509 -req -in "$dir/csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -days 2 -out "$dir/cert.pem" \
    -extfile <(echo "subjectAltName=IP:10.99.0.1") 2>>"$LOG"
}
authority() {  # DIR
  mkdir "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=test CA" -days 2 \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>>"$LOG"
}
authority "$STAGE/ours"
certificate "$STAGE/ours" etcd
authority "$STAGE/foreign"
certificate "$STAGE/foreign" stranger
cp "$STAGE/ours/ca.crt" "$STAGE/foreign/ca.crt"  # it believes the etcd, the etcd does not believe it

fleet_net 1
fleet_pki
in_core() { nsenter --net="$STAGE/net/core" -- "$@"; }
in_core ip addr add 10.99.0.1/32 dev lo
nsenter --net="$STAGE/net/core" -- etcd --data-dir "$STAGE/etcd" --log-level error --cert-file "$STAGE/ours/cert.pem" --key-file "$STAGE/ours/key.pem" \
  --client-cert-auth --trusted-ca-file "$STAGE/ours/ca.crt" \
  --listen-client-urls https://10.99.0.1:2379 --advertise-client-urls https://10.99.0.1:2379 \
  >>"$STAGE/etcd.log" 2>&1 </dev/null &
etcd=$!
serves() { in_core ss -Hlnt 'sport = :2379' | grep -q .; }
wait_for 20 serves
trouble() { vinet_at 1 status --json | jq -r .daemon.trouble; }
leads() { [[ $(trouble) == "" ]]; }

{ fleet_description && echo 'internet net on fleet { host A at M1; host B at M1; A -- B }'; } >"$STAGE/net.vinet"
for identity in "" "$STAGE/foreign"; do
  fleet_start 1 --store etcd://10.99.0.1:2379 ${identity:+--store-identity "$identity"}
  expect_match "what it says with '$identity'" "no member answered" "$(trouble)"
  expect_exit 1 vinet_at 1 up "$STAGE/net.vinet"
  fleet_kill 1 TERM
done
fleet_start 1 --store etcd://10.99.0.1:2379 --store-identity "$STAGE/ours"
wait_for 5 leads
run vinet_at 1 up "$STAGE/net.vinet"
run vinet_at 1 backup "$STAGE/copy.db"
run fleet_pings 1 net.A 1 net.B
fleet_clean
kill "$etcd" && wait "$etcd" || true
leave_nothing
