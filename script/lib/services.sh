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

services_up() {
  local name code worst=0 pids=()
  mkdir -p "$SERVICES"
  for name in "${NAMES[@]}"; do
    (bring "$name") &
    pids+=($!)
  done
  for name in "${NAMES[@]}"; do
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

# Settings of those that run: what isn't there isn't announced.
services_env() {
  local name
  for name in "${NAMES[@]}"; do
    ! alive "$name" || "${name}_env"
  done
  say MYNAH_TEST_SERVICES_DIR "$SERVICES"
}

say() { printf 'export %s=%q\n' "$1" "$2"; }
