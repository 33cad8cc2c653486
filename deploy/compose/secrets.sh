#!/bin/sh
# Makes what `docker compose up` needs and nobody else may have, once, and tells compose where it is: passwords, certificates
# (certificates.sh), and a key that signs tokens for trials. Nothing here is ever committed.
set -eu
cd "$(dirname "$0")"
[ ! -e secrets ] || { echo "deploy/compose/secrets exists already; its passwords are those of the database" >&2; exit 1; }
command -v openssl >/dev/null || { echo "openssl is needed" >&2; exit 1; }
password() { od -A n -t x1 -N 24 /dev/urandom | tr -d ' \n'; }
mkdir -m 700 secrets
# The folder keeps others out; the files are read by another user inside the containers.
umask 022
password >secrets/postgres
for service in intake engagement tasks; do
  printf 'postgres://%s:%s@postgres/%s' "$service" "$(password)" "$service" >"secrets/$service"
done
./certificates.sh

# The key is for the owner of this folder alone: whoever has it is whoever they like. The set of keys is for everybody.
text() { base64 | tr '+/' '-_' | tr -d '=\n'; }
(umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out secrets/trial.pem 2>/dev/null)
coordinate() { openssl pkey -in secrets/trial.pem -pubout -outform DER | tail -c 64 | "$1" -c 32 | text; }
x=$(coordinate head) y=$(coordinate tail)
kid=$(printf '{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}' "$x" "$y" | openssl dgst -sha256 -binary | text)
printf '{ "keys": [{ "kid": "%s", "use": "sig", "alg": "ES256", "kty": "EC", "crv": "P-256", "x": "%s", "y": "%s" }] }\n' \
  "$kid" "$x" "$y" >secrets/trial.jwks
echo 'GETMODERN_SECRETS=./deploy/compose/secrets' >>../../.env
