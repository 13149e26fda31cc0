#!/bin/sh
# Run once, by an empty PostgreSQL: a role and a database for each service, which sees no other's.
set -eu
for service in users courses enrollments; do
    variable=$(echo "${service}_PASSWORD" | tr '[:lower:]' '[:upper:]')
    password=$(printenv "$variable")
    psql --no-psqlrc --set ON_ERROR_STOP=1 --set service="$service" --set password="$password" --username postgres <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
