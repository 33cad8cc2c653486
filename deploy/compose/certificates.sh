#!/bin/sh
# Makes certificates for the front and for each service, of a trial authority that it makes first, and new ones whenever it
# runs again. Who serves takes them up by itself; the front has to be told (deploy/README.md, "Rotation").
#   certificates.sh             new certificates
#   certificates.sh authority   a new authority, which is believed beside those before it from then on
#   certificates.sh forget      only the newest authority is believed from then on
set -eu
cd "$(dirname "$0")/secrets"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
key() { (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null); }

authority() {
  key ca.key
  cat >"$new/settings" <<'SETTINGS'
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = getmodern trial authority
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
SETTINGS
  openssl req -x509 -new -key ca.key -days 3650 -config "$new/settings" -out "$new/ca.pem"
  if [ -e ca.pem ]; then cat ca.pem >>"$new/ca.pem"; fi
  cat "$new/ca.pem" >ca.pem
}

vouch() { # FILE NAMES USE
  key "$new/key"
  openssl req -new -key "$new/key" -subj "/CN=$1" -out "$new/request"
  printf 'subjectAltName = %s\nextendedKeyUsage = %s\nkeyUsage = critical, digitalSignature\n' "$2" "$3" >"$new/extensions"
  openssl x509 -req -in "$new/request" -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -days 365 \
    -extfile "$new/extensions" -out "$new/pem" 2>/dev/null
  # Into the files that are there, which compose has mounted. In between they do not fit together, and nobody takes them up.
  cat "$new/key" >"$1.key"
  cat "$new/pem" >"$1.pem"
}

# The folder keeps others out; the files are read by another user inside the containers.
umask 022
case "${1:-}" in
  authority) authority && exit ;;
  forget) openssl x509 -in ca.pem -out "$new/ca.pem" && cat "$new/ca.pem" >ca.pem && exit ;;
  "") [ -e ca.pem ] || authority ;;
  *) echo "authority, forget, or nothing" >&2 && exit 2 ;;
esac
vouch front DNS:localhost,IP:127.0.0.1,IP:::1 serverAuth
for service in intake engagement tasks; do
  vouch "$service-server" "DNS:$service,DNS:localhost" serverAuth
  # What makes its bearer services/intake, and the like.
  vouch "$service-client" "URI:spiffe://getmodern.trial/services/$service" clientAuth
done
