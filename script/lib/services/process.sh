# Processes that outlive the shell, found again by pid and birth: a pid alone may be reused.

# born PID: the time it started, in ticks since the machine did; nothing for one that ended.
born() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
  stat=${stat##*) } # the name before may hold anything
  set -- $stat
  [ "$1" = Z ] || echo "${20}"
}

alive() {
  local pid birth
  { read -r pid birth <"$SERVICES/$1/pid"; } 2>/dev/null || return 1
  [ -n "$birth" ] && [ "$(born "$pid")" = "$birth" ]
}

# lives PID...: whether one of them runs. A zombie does not.
lives() {
  local pid
  for pid in "$@"; do
    [ -z "$(born "$pid")" ] || return 0
  done
  return 1
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# launch NAME: in a session of its own, so that no terminal's end reaches it.
launch() {
  local name=$1 folder=$SERVICES/$1 pid
  RUN=()
  "${name}_command"
  setsid "${RUN[@]}" </dev/null >>"$folder/log" 2>&1 9>&- &
  pid=$!
  echo "$pid $(born "$pid")" >"$folder/pid"
}

wait_ready() {
  local name=$1 log=$SERVICES/$1/log until=$((SECONDS + READY_SECONDS))
  until "${name}_ready"; do
    alive "$name" || { tail -n 20 "$log" >&2 && die "$name ended instead of starting; the whole story is in $log."; }
    [ $SECONDS -lt $until ] || { tail -n 20 "$log" >&2 && die "$name does not answer after $READY_SECONDS s; the whole story is in $log."; }
    sleep 0.2
  done
}

# PostgreSQL waits for its clients after SIGTERM; SIGINT is its "now, but in order".
stop_signal() { if [ "$1" = postgres ]; then echo INT; else echo TERM; fi; }

# halt NAME SIGNAL: sends it and waits for the end, by force after STOP_SECONDS.
halt() {
  local name=$1 signal=$2 pid until=$((SECONDS + STOP_SECONDS)) children=
  alive "$name" || return 0
  read -r pid _ <"$SERVICES/$name/pid"
  # A killed parent can't take its children along.
  [ "$signal" != KILL ] || { children=$(<"/proc/$pid/task/$pid/children"); } 2>/dev/null || true
  kill -s "$signal" "$pid" $children 2>/dev/null || true
  while alive "$name" || lives $children; do
    [ $SECONDS -lt $until ] || kill -s KILL "$pid" 2>/dev/null || true
    sleep 0.05
  done
  rm -f "$SERVICES/$name/pid"
}
