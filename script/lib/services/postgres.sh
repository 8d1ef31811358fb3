# PostgreSQL, a cluster of its own: the system's one is neither used nor touched.

POSTGRES_VERSION=15
POSTGRES_HOME=/usr/lib/postgresql/$POSTGRES_VERSION/bin
POSTGRES_USER=mynah

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
  else
    "$@"
  fi
}

postgres_install() {
  [ -x "$POSTGRES_HOME/postgres" ] || unavailable postgres "there is no PostgreSQL $POSTGRES_VERSION; apt-get install postgresql-$POSTGRES_VERSION"
  [ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || unavailable postgres "it can't run as root, and there is no user postgres"
}

# Root's home is closed to the user postgres: then the data lies elsewhere, and a link leads there.
postgres_prepare() {
  local folder=$SERVICES/postgres data=$SERVICES/postgres/data
  if [ ! -e "$data" ]; then
    rm -f "$data"
    if [ "$(id -u)" -ne 0 ]; then
      mkdir -m 700 "$data"
    elif as_postgres test -x "$folder"; then
      install -d -m 700 -o postgres -g postgres "$data"
    else
      ln -s "$(as_postgres mktemp -d /var/tmp/mynah-postgres.XXXXXX)" "$data"
    fi
  fi
  data=$(readlink -f "$data")
  [ -e "$data/PG_VERSION" ] && return 0
  # Through a pipe, for the password is in no place that others read.
  (cd "$data" && secret postgres-password | as_postgres "$POSTGRES_HOME/initdb" -D "$data" -U "$POSTGRES_USER" \
    --auth=scram-sha-256 --pwfile=/dev/stdin --encoding=UTF8 --locale=C.UTF-8 --no-instructions) >>"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2 && die "PostgreSQL's folder could not be made; see $folder/log."; }
}

postgres_command() {
  local data
  data=$(readlink -f "$SERVICES/postgres/data")
  RUN=(env -C "$data")
  [ "$(id -u)" -ne 0 ] || RUN+=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  RUN+=("$POSTGRES_HOME/postgres" -D "$data" -p "$POSTGRES_PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories=)
}

postgres_ready() { "$POSTGRES_HOME/pg_isready" -q -t 5 -h 127.0.0.1 -p "$POSTGRES_PORT"; }

postgres_sql() { PGPASSWORD=$(secret postgres-password) "$POSTGRES_HOME/psql" -qAtX -h 127.0.0.1 -p "$POSTGRES_PORT" -U "$POSTGRES_USER" -d postgres -c "$1"; }

postgres_settle() {
  [ "$(postgres_sql "select 1 from pg_database where datname = 'mynah'")" = 1 ] || postgres_sql 'create database mynah'
}

postgres_env() { say MYNAH_TEST_POSTGRES "postgres://$POSTGRES_USER:$(secret postgres-password)@127.0.0.1:$POSTGRES_PORT/mynah"; }
