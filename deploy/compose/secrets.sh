#!/bin/sh
# Makes the passwords of `docker compose up`, once, and tells compose where they are. Nothing here is ever committed.
set -eu
cd "$(dirname "$0")"
[ ! -e secrets ] || { echo "deploy/compose/secrets exists already; its passwords are those of the database" >&2; exit 1; }
password() { od -A n -t x1 -N 24 /dev/urandom | tr -d ' \n'; }
mkdir -m 700 secrets
# The folder keeps others out; the files are read by another user inside the containers.
umask 022
password >secrets/postgres
for service in intake engagement tasks; do
  printf 'postgres://%s:%s@postgres/%s' "$service" "$(password)" "$service" >"secrets/$service"
done
echo 'GETMODERN_SECRETS=./deploy/compose/secrets' >>../../.env
