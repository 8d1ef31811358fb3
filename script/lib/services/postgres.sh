# PostgreSQL, a cluster of its own: the system's one is neither used nor touched.

POSTGRES_VERSION=15
POSTGRES_HOME=/usr/lib/postgresql/$POSTGRES_VERSION/bin
POSTGRES_USER=mynah

# PostgreSQL refuses to run as root.
POSTGRES_AS=() POSTGRES_OWNER=()
if [ "$(id -u)" -eq 0 ]; then
  POSTGRES_AS=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  POSTGRES_OWNER=(-o postgres -g postgres)
fi

postgres_install() {
  [ -x "$POSTGRES_HOME/postgres" ] || unavailable postgres "there is no PostgreSQL $POSTGRES_VERSION; apt-get install postgresql-$POSTGRES_VERSION"
  [ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || unavailable postgres "it can't run as root, and there is no user postgres"
}

# Root's home is closed to the user postgres: then the data lies elsewhere, and a link leads there.
postgres_prepare() {
  local folder=$SERVICES/postgres data=$SERVICES/postgres/data boot
  read -r boot </proc/sys/kernel/random/boot_id
  postgres_discard_unsynced "$boot"
  echo "$boot" >"$folder/boot"
  if [ ! -e "$data" ]; then
    rm -f "$data" # a link to nowhere
    if [ "$(id -u)" -eq 0 ] && ! "${POSTGRES_AS[@]}" test -x "$folder"; then
      ln -s "$("${POSTGRES_AS[@]}" mktemp -d /var/tmp/mynah-postgres.XXXXXX)/data" "$data"
    fi
    install -d -m 700 "${POSTGRES_OWNER[@]}" "$(readlink -f "$data")"
  fi
  data=$(readlink -f "$data")
  if [ -e "$data/PG_VERSION" ]; then
    postgres_forget "$data"
    return 0
  fi
  # The password goes by a file that only the user postgres reads, gone when the cluster is made.
  local password=${data%/*}/password
  install -m 600 "${POSTGRES_OWNER[@]}" /dev/null "$password"
  secret postgres-password >"$password"
  (cd "$data" && "${POSTGRES_AS[@]}" "$POSTGRES_HOME/initdb" -D "$data" -U "$POSTGRES_USER" --auth=scram-sha-256 \
    --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 --no-instructions) >>"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2 && die "PostgreSQL's folder could not be made; see $folder/log."; }
  rm "$password"
}

# Without fsync, files that were open when the machine stopped may be incomplete: the cluster is made anew.
postgres_discard_unsynced() {
  local data=$SERVICES/postgres/data last=
  [ -e "$data/postmaster.pid" ] || return 0 # stopped in order, or new
  { read -r last <"$SERVICES/postgres/boot"; } 2>/dev/null || true
  [ "$last" = "$1" ] || rm -rf "$(readlink -f "$data")" "$data" # a link and where it leads
}

# PostgreSQL takes a killed postmaster for a living one until its parent has waited for it.
postgres_forget() {
  local pid
  { read -r pid <"$1/postmaster.pid"; } 2>/dev/null || return 0
  lives "$pid" || rm -f "$1/postmaster.pid"
}

# fsync is off: with it, a start after a kill synchronizes each file of each database, minutes beside a build.
postgres_command() {
  local data
  data=$(readlink -f "$SERVICES/postgres/data")
  RUN=(env -C "$data" "${POSTGRES_AS[@]}" "$POSTGRES_HOME/postgres" -D "$data" -p "$POSTGRES_PORT"
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off)
}

postgres_ready() { "$POSTGRES_HOME/pg_isready" -q -t 5 -h 127.0.0.1 -p "$POSTGRES_PORT"; }

postgres_sql() {
  PGPASSWORD=$(secret postgres-password) "$POSTGRES_HOME/psql" -qAtX -h 127.0.0.1 -p "$POSTGRES_PORT" \
    -U "$POSTGRES_USER" -d postgres -c "$1"
}

postgres_settle() {
  [ "$(postgres_sql "select 1 from pg_database where datname = 'mynah'")" = 1 ] || postgres_sql 'create database mynah'
}

postgres_env() { say MYNAH_TEST_POSTGRES "postgres://$POSTGRES_USER:$(secret postgres-password)@127.0.0.1:$POSTGRES_PORT/mynah"; }
