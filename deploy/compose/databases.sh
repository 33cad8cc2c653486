# Runs once, when the volume is new: a database and a login for each service, and no login that reaches another's.
for service in intake engagement tasks; do
  url=$(cat "/run/secrets/$service")
  password=${url#*://*:}
  psql --set=ON_ERROR_STOP=1 --quiet --username=postgres --set=service="$service" --set=password="${password%%@*}" <<'SQL'
    CREATE ROLE :"service" LOGIN PASSWORD :'password';
    CREATE DATABASE :"service" OWNER :"service";
    REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
psql --set=ON_ERROR_STOP=1 --quiet --username=postgres --command='REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
