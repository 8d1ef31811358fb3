# Runs suites one after another, counts what they say, and ends with a table and an evidence file.
# Sourced after common.sh. A suite is a function; what it prints goes to its own log.

LOGS=$CACHE/logs
rm -rf "$LOGS" && mkdir -p "$LOGS"
RESULTS=() # name|passed|failed|skipped|seconds|reason

# suite NAME FUNCTION: runs it in a shell of its own. Counts are read from the runners' own lines;
# a suite without such a line counts as one test.
suite() {
  local name=$1 run=$2 log="$LOGS/$1.log" began=$SECONDS code=0
  step "$name"
  ("$run") >"$log" 2>&1 || code=$?
  local passed failed skipped
  read -r passed failed skipped < <(count "$log")
  if [ "$code" -eq 77 ]; then # the customary code for "skipped"
    RESULTS+=("$name|0|0|1|$((SECONDS - began))|$(tail -n 1 "$log")")
    note "skipped: $(tail -n 1 "$log")"
    return 0
  fi
  if [ $((passed + failed)) -eq 0 ]; then
    if [ "$code" -eq 0 ]; then passed=1; else failed=1; fi
  elif [ "$code" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
  fi
  RESULTS+=("$name|$passed|$failed|$skipped|$((SECONDS - began))|")
  if [ "$failed" -ne 0 ]; then
    tail -n 80 "$log" >&2
    note "FAILED: the whole story is in $log"
  else
    note "$passed passed in $((SECONDS - began)) s"
  fi
}

# count LOG: "passed failed skipped" summed over the closing lines of cargo test, vitest,
# Playwright, pytest and node:test that the log holds.
count() {
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

# finish EVIDENCE: the table, the evidence file, and the exit code.
finish() {
  local row name passed failed skipped seconds reason all_passed=0 all_failed=0 all_skipped=0
  printf '\n%-12s %7s %7s %8s %8s  %s\n' suite passed failed skipped minutes reason
  for row in "${RESULTS[@]}"; do
    IFS='|' read -r name passed failed skipped seconds reason <<<"$row"
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) all_skipped=$((all_skipped + skipped))
    printf '%-12s %7d %7d %8d %8s  %s\n' "$name" "$passed" "$failed" "$skipped" "$(minutes "$seconds")" "$reason"
  done
  printf '%-12s %7s %7s %8s %8s\n\n' total "$all_passed" "$all_failed" "$all_skipped" "$(minutes $SECONDS)"
  printf '%s\n' "${RESULTS[@]}" | python3 "$ROOT/script/lib/evidence.py" >"$1"
  note "evidence: $1"
  echo "total: $all_passed passed, $all_failed failed, $all_skipped skipped"
  [ "$all_failed" -eq 0 ]
}

minutes() { awk -v s="$1" 'BEGIN { printf "%.1f", s / 60 }'; }
