# `script/bench interpreter`: the interpreter under load, over each bus; its processes, and what they
# needed. Sourced after common.sh and setup.sh.

PORT=${MYNAH_BENCH_PORT:-18090}
RUNNING=()

# begin NAME ARGUMENTS…: a process of the program, ready.
begin() {
  local name=$1 waited=0
  shift
  "$MYNAH" "$@" >"$WORK/$name.out" 2>"$WORK/$name.log" &
  RUNNING+=("$!:$name")
  until grep -qE '^(ready|listening)' "$WORK/$name.out" && { [ "$1" = gateway ] || grep -q '^ready' "$WORK/$name.out"; }; do
    sleep 0.2 && waited=$((waited + 1))
    [ "$waited" -lt 300 ] && kill -0 "${RUNNING[-1]%%:*}" || die "$name did not start; see $WORK/$name.log"
  done
}

# end: prints the peak memory of each process, and stops all.
end() {
  local own
  for own in "${RUNNING[@]}"; do
    [ -z "${1:-}" ] || note "memory at most, ${own#*:}: $(awk '/VmHWM/ { printf "%.0f MiB", $2 / 1024 }' "/proc/${own%%:*}/status")"
    kill -TERM "${own%%:*}"
  done
  for own in "${RUNNING[@]}"; do wait "${own%%:*}" || true; done
  RUNNING=()
}

# stages MEMORY|KAFKA: a gateway, and over Kafka each stage as a process of its own.
stages() {
  METRICS=(--metrics "http://127.0.0.1:$PORT")
  if [ "$1" = kafka ]; then
    export MYNAH_BUS__KIND=kafka
    "$MYNAH" pipeline init >/dev/null
    local stage number=0
    for stage in vad asr translate speak; do
      number=$((number + 1))
      begin "$1-$stage" pipeline run --stages "$stage" --listen "127.0.0.1:$((PORT + number))"
      METRICS+=(--metrics "http://127.0.0.1:$((PORT + number))")
    done
  else
    export MYNAH_BUS__KIND=memory
  fi
  begin "$1-gateway" gateway --listen "127.0.0.1:$PORT"
}

drive() { "$MYNAH" bench pipeline --gateway "ws://127.0.0.1:$PORT" "${METRICS[@]}" "$@"; }

# both_buses: all runs, their reports in OUTPUT.
both_buses() {
  local bus
  for bus in memory kafka; do
    step "One speaker over $bus, demo engines"
    stages "$bus"
    drive --rounds 1 >/dev/null # what is done once is done
    drive --rounds "$ROUNDS" --json >"$OUTPUT/$bus-one.json" || note "something was lost"
    end
    step "$SESSIONS speakers over $bus, test engines"
    export MYNAH_ENGINES__TONE__ENABLED=true MYNAH_GATEWAY__MAX_CONNECTIONS=$SESSIONS MYNAH_GATEWAY__MAX_CONNECTIONS_PER_CALLER=$SESSIONS
    stages "$bus"
    drive --sessions "$SESSIONS" --rounds 4 --from fr --to en --voice tone/alto --json "$WORK/tones.wav" >"$OUTPUT/$bus-many.json" || note "something was lost"
    end memory
    unset MYNAH_ENGINES__TONE__ENABLED MYNAH_GATEWAY__MAX_CONNECTIONS MYNAH_GATEWAY__MAX_CONNECTIONS_PER_CALLER
  done
}

interpreter() {
  ROUNDS=20
  SESSIONS=100
  OUTPUT=$ROOT
  while [ $# -gt 0 ]; do
    case $1 in
      --rounds) ROUNDS=${2:?"--rounds takes a number"} && shift 2 ;;
      --sessions) SESSIONS=${2:?"--sessions takes a number"} && shift 2 ;;
      --output) OUTPUT=${2:?"--output takes a folder"} && shift 2 ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  mkdir -p "$OUTPUT"

  step "Setting up"
  need_packages "${RUN_PACKAGES[@]}" "${BUILD_PACKAGES[@]}"
  need_rust
  bash "$ROOT/script/services" up
  eval "$(bash "$ROOT/script/services" env)"
  step "Building"
  cargo build --release -p mynah --quiet
  MYNAH=$CARGO_TARGET_DIR/release/mynah
  WORK=$(mktemp -d)
  trap 'for own in "${RUNNING[@]}"; do kill "${own%%:*}"; done; rm -rf "$WORK"' EXIT
  MYNAH_ENGINES__TONE__ENABLED=true "$MYNAH" say "many people speak at once" --voice tone/alto --language fr -o "$WORK/tones.wav"
  both_buses
}
