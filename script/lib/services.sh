# Servers for tests: started, asked, stopped, killed. Sourced after common.sh and setup.sh.
# Each lies in services/NAME.sh as a few functions: NAME_install (into the cache), NAME_prepare
# (its folder), NAME_command (fills RUN), NAME_ready (really asks), NAME_settle (what must exist).

SERVICES=${MYNAH_SERVICES_DIR:-$CACHE/services}
NAMES=(kafka registry minio postgres toxiproxy)
NEEDED=(kafka registry) # without these two `up` answers 77

KAFKA_PORT=${MYNAH_SERVICES_KAFKA_PORT:-19092}
REGISTRY_PORT=${MYNAH_SERVICES_REGISTRY_PORT:-18081}
MINIO_PORT=${MYNAH_SERVICES_MINIO_PORT:-19000}
POSTGRES_PORT=${MYNAH_SERVICES_POSTGRES_PORT:-15432}
TOXIPROXY_PORT=${MYNAH_SERVICES_TOXIPROXY_PORT:-18474}

READY_SECONDS=90
STOP_SECONDS=20
SET_PORTS=100 # from one set's ports to the next one's
CHECK_SECONDS=${MYNAH_SERVICES_CHECK_SECONDS:-15} # a busy machine answers late

for part in process tools kafka registry minio postgres toxiproxy; do
  . "$ROOT/script/lib/services/$part.sh"
done
unset part

port_of() { local port=${1^^}_PORT && echo "${!port}"; }

# bring NAME: it runs and answers, or this shell ends. One at a time for each service.
bring() {
  local name=$1
  mkdir -p "$SERVICES/$name"
  exec 9>"$SERVICES/$name/lock" && flock 9
  rm -f "$SERVICES/$name/unavailable"
  if ! alive "$name"; then
    "${name}_install"
    ! listening "$(port_of "$name")" || die "$name: port $(port_of "$name") is taken by another program; choose one with MYNAH_SERVICES_${name^^}_PORT."
    "${name}_prepare"
    launch "$name"
  fi
  wait_ready "$name"
  "${name}_settle"
}

# use_set NUMBER: what this shell starts from here on talks to another set of these services, in a
# folder and on ports of its own, so that tests which stop services can run side by side.
use_set() {
  local name
  export MYNAH_SERVICES_DIR=$SERVICES-$1
  for name in "${NAMES[@]}"; do
    export "MYNAH_SERVICES_${name^^}_PORT=$(($(port_of "$name") + ($1 - 1) * SET_PORTS))"
  done
}

# services_up [NAME...]: all of them, or these.
services_up() {
  local name code worst=0 pids=()
  [ $# -gt 0 ] || set -- "${NAMES[@]}"
  mkdir -p "$SERVICES"
  for name in "$@"; do
    (bring "$name") &
    pids+=($!)
  done
  for name in "$@"; do
    code=0
    wait "${pids[0]}" || code=$?
    pids=("${pids[@]:1}")
    case $code in
      0) ;;
      77) [[ " ${NEEDED[*]} " != *" $name "* ]] || [ "$worst" -eq 1 ] || worst=77 ;;
      *) worst=1 ;;
    esac
  done
  services_status >&2 || true
  exit $worst
}

services_down() {
  local name
  for name in "${NAMES[@]}"; do
    halt "$name" "$(stop_signal "$name")" &
  done
  wait
}

# Answers 0 when all that this machine can have is ready.
services_status() {
  local name code=0
  for name in "${NAMES[@]}"; do
    if [ -e "$SERVICES/$name/unavailable" ]; then
      printf '%-10s not available: %s\n' "$name" "$(cat "$SERVICES/$name/unavailable")"
    elif ! alive "$name"; then
      printf '%-10s stopped\n' "$name" && code=1
    elif "${name}_ready"; then
      printf '%-10s ready on 127.0.0.1:%s\n' "$name" "$(port_of "$name")"
    else
      printf '%-10s running, does not answer; see %s\n' "$name" "$SERVICES/$name/log" && code=1
    fi
  done
  return $code
}

# services_check NAME...: whether these answer, in a moment at the latest. Names those that don't.
services_check() {
  local name until=$((SECONDS + CHECK_SECONDS)) silent=()
  while :; do
    silent=()
    for name in "$@"; do
      "${name}_ready" || silent+=("$name")
    done
    [ ${#silent[@]} -gt 0 ] || return 0
    [ $SECONDS -lt $until ] || break
    sleep 0.2
  done
  printf '%s does not answer on 127.0.0.1:%s; see script/services status\n' $(for name in "${silent[@]}"; do echo "$name" "$(port_of "$name")"; done)
  return 1
}

# Settings of those that run: what isn't there isn't announced. And which services these are, so that
# a test starts and stops its own.
services_env() {
  local name
  for name in "${NAMES[@]}"; do
    ! alive "$name" || "${name}_env"
  done
  say MYNAH_SERVICES_DIR "$SERVICES"
  for name in "${NAMES[@]}"; do
    say "MYNAH_SERVICES_${name^^}_PORT" "$(port_of "$name")"
  done
}

say() { printf 'export %s=%q\n' "$1" "$2"; }
