# Runs suites, in lanes side by side, counts what they say, and ends with a table and an evidence file.
# Sourced after common.sh. A suite is a function; what it prints goes to its own log.

LOGS=$CACHE/logs
RESULTS=$LOGS/results # a line a run: name|passed|failed|skipped|seconds|reason
SUITES=() # their names, as the table has them
ROUND= # empty where there is one only
CHILDREN=() # process groups that end with this script

# Logs of an earlier run go.
begin_logs() { rm -rf "$LOGS" && mkdir -p "$LOGS" && touch "$RESULTS"; }

# beside FUNCTION ARGUMENTS...: in the background and in a process group of its own, which end_children ends.
beside() {
  set -m
  "$@" </dev/null &
  CHILDREN+=($!)
  set +m
}

# end_children: those that still run, with all that they started.
end_children() {
  local group until=$((SECONDS + 20))
  for group in ${CHILDREN[@]+"${CHILDREN[@]}"}; do kill -TERM -- "-$group" 2>/dev/null || true; done
  for group in ${CHILDREN[@]+"${CHILDREN[@]}"}; do
    while kill -0 -- "-$group" 2>/dev/null && [ $SECONDS -lt $until ]; do sleep 0.1; done
    kill -KILL -- "-$group" 2>/dev/null || true
  done
  CHILDREN=()
}

# suite NAME [FUNCTION]: runs it in a shell of its own, if it is wanted. Counts are read from the
# runners' own lines; a suite without such a line counts as one test. What it prints goes to its own
# log, LOG. May run beside others: its summary is printed when it has ended.
suite() {
  local name=$1 run=${2:-$1} began=$SECONDS code=0 seconds passed failed skipped reason=
  wanted "$name" || return 0
  LOG=$LOGS/$name${ROUND:+.$ROUND}.log
  ("$run") >"$LOG" 2>&1 || code=$?
  seconds=$((SECONDS - began))
  read -r passed failed skipped < <(count "$LOG") || code=1
  if [ "$code" -eq 77 ]; then # the customary code for "skipped"
    passed=0 failed=0 skipped=1 reason=$(tail -n 1 "$LOG")
  elif [ $((passed + failed)) -eq 0 ]; then
    if [ "$code" -eq 0 ]; then passed=1; else failed=1; fi
  elif [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  # One write: lanes share the file.
  printf '%s\n' "$name|$passed|$failed|$skipped|$seconds|${reason//|//}" >>"$RESULTS"
  if [ "$failed" -ne 0 ]; then
    { step "$name" && tail -n 80 "$LOG" && note "$name FAILED: the whole story is in $LOG"; } >&2
  elif [ -n "$reason" ]; then
    note "$name: skipped: $reason"
  else
    note "$name: $passed passed in $seconds s"
  fi
}

# after NAME: waits until that suite has ended in its own lane.
after() {
  wanted "$1" || return 0
  until [ "$(grep -c "^$1|" "$RESULTS")" -ge "${ROUND:-1}" ]; do sleep 0.5; done
}

# count LOG: "passed failed skipped" of the JUnit report beside the log, else summed over the closing lines
# of vitest, Playwright, pytest and node:test that the log holds.
count() {
  if [ -f "${1%.log}.junit.xml" ]; then
    python3 "$ROOT/script/lib/junit_counts.py" "${1%.log}.junit.xml"
    return
  fi
  sed 's/\x1b\[[0-9;]*m//g' "$1" | awk '
    /^test result: / { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^ignored/) s += $(i-1) } next }
    /^ +Tests  / { for (i = 1; i <= NF; i++) { if ($i == "passed") p += $(i-1); if ($i == "failed") f += $(i-1); if ($i == "skipped") s += $(i-1) } next }
    /^ +[0-9]+ passed( \(|$)/ { p += $1; next }
    /^ +[0-9]+ failed$/ { f += $1; next }
    /^ +[0-9]+ skipped$/ { s += $1; next }
    /^(=+ )?[0-9]+ (passed|failed).* in [0-9.]+s/ { for (i = 1; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^skipped/) s += $(i-1) } next }
    /^# pass [0-9]+$/ { p += $3; next }
    /^# fail [0-9]+$/ { f += $3; next }
    END { print p + 0, f + 0, s + 0 }'
}

# summed: a line a suite, in the table's order, over all rounds. A suite that was begun and has left
# no result has failed.
summed() {
  local name
  for name in "${SUITES[@]}"; do
    wanted "$name" || continue
    awk -F'|' -v name="$name" -v rounds="${ROUNDS:-1}" '
      $1 == name { n++; p += $2; f += $3; s += $4; t += $5; if ($6 != "") reason = $6 }
      END { if (n < rounds) { f += rounds - n; reason = "it did not end" } print name "|" p + 0 "|" f + 0 "|" s + 0 "|" t + 0 "|" reason }' "$RESULTS"
  done
}

# finish EVIDENCE: the table, the evidence file, and the exit code.
finish() {
  local name passed failed skipped seconds reason all_passed=0 all_failed=0 all_skipped=0
  printf '\n%-12s %7s %7s %8s %8s  %s\n' suite passed failed skipped minutes reason
  while IFS='|' read -r name passed failed skipped seconds reason; do
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) all_skipped=$((all_skipped + skipped))
    printf '%-12s %7d %7d %8d %8s  %s\n' "$name" "$passed" "$failed" "$skipped" "$(minutes "$seconds")" "$reason"
  done < <(summed)
  printf '%-12s %7s %7s %8s %8s\n\n' total "$all_passed" "$all_failed" "$all_skipped" "$(minutes $SECONDS)"
  summed | python3 "$ROOT/script/lib/evidence.py" "${ROUNDS:-1}" "${BUSY:-0}" >"$1"
  note "evidence: $1"
  echo "total: $all_passed passed, $all_failed failed, $all_skipped skipped"
  [ "$all_failed" -eq 0 ]
}

minutes() { awk -v s="$1" 'BEGIN { printf "%.1f", s / 60 }'; }
