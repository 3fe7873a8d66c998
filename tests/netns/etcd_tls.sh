#!/usr/bin/env bash
# An etcd that wants certificates: with --store-identity the daemon is let in and keeps its state there; without one, or
# with that of another CA, it only watches and says why.
#
#      daemon --(TLS, both prove themselves)-- etcd
source "$(dirname "$0")/lib.sh"
command -v etcd >/dev/null || skip "no etcd"
command -v openssl >/dev/null || skip "no openssl"

certificate() {  # DIR NAME: of the CA in $STAGE/CA-of-DIR
  local dir=$1
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" -keyout "$dir/key.pem" -out "$dir/csr" 2>>"$LOG"
  openssl x509 -req -in "$dir/csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -days 2 -out "$dir/cert.pem" \
    -extfile <(echo "subjectAltName=IP:127.0.0.1") 2>>"$LOG"
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

etcd --data-dir "$STAGE/etcd" --log-level error --cert-file "$STAGE/ours/cert.pem" --key-file "$STAGE/ours/key.pem" \
  --client-cert-auth --trusted-ca-file "$STAGE/ours/ca.crt" \
  --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \
  >>"$STAGE/etcd.log" 2>&1 </dev/null &
etcd=$!
serves() { ss -Hlnt 'sport = :2379' | grep -q .; }
wait_for 20 serves
daemon_with() {
  "$BUILD/vinet" --root "$ROOT" daemon --store etcd://127.0.0.1:2379 "$@" >>"$LOG" 2>&1 </dev/null &
  daemon=$!
  wait_for 20 answers
}
answers() { [[ $(vinet status --json 2>/dev/null | jq -r .daemon.pid) == "$daemon" ]]; }
trouble() { vinet status --json | jq -r .daemon.trouble; }
leads() { [[ $(trouble) == "" ]]; }
end_daemon() { kill "$daemon" && wait "$daemon" || true; }

describe net <<'END'
base lab { machine X, Y; X -- Y }
internet net on lab { host A at X; host B at Y; A -- B }
END
for identity in "" "$STAGE/foreign"; do
  daemon_with ${identity:+--store-identity "$identity"}
  expect_match "what it says with '$identity'" "no member answered" "$(trouble)"
  expect_exit 1 vinet up "$STAGE/net.vinet"
  end_daemon
done
daemon_with --store-identity "$STAGE/ours"
wait_for 5 leads
up "$STAGE/net.vinet"
run vinet backup "$STAGE/copy.db"
all_reachable
run vinet down --all
end_daemon
rm -f "$ROOT/run/vinet/store"
kill "$etcd" && wait "$etcd" || true
leave_nothing
