# One run of either program, and the table of all of them. Each figure is a line in a file of its
# own: $FIGURES/NAME.FIGURE.

TEXT="Hello, this is a test of the text to speech system."

# busy NUMBER: keeps so many processors busy, until idle.
BUSY_PROCESSES=()
busy() {
  local number
  for ((number = 0; number < $1; number++)); do
    while kill -0 $$ 2>/dev/null; do :; done >/dev/null 2>&1 &
    BUSY_PROCESSES+=($!)
  done
}
idle() {
  [ "${#BUSY_PROCESSES[@]}" -gt 0 ] || return 0
  kill "${BUSY_PROCESSES[@]}" 2>/dev/null || true
  wait "${BUSY_PROCESSES[@]}" 2>/dev/null || true
  BUSY_PROCESSES=()
}

# ours NAME PRECISION [ARGUMENTS…]: a run of this engine.
ours() {
  local name=$1 precision=$2 json figure
  shift 2
  json=$("$MYNAH" qwen3 bench --model "$CHECKPOINT" --precision "$precision" --frames "$FRAMES" --json "$@")
  for figure in rtf ttfa_ms prefill_ms talker_ms predictor_ms codec_ms load_ms peak_rss_bytes \
    frames_per_second bandwidth_gb_s floor_rtf; do
    jq -r ".$figure" <<<"$json" >>"$FIGURES/$name.$figure"
  done
}

# peer NAME [ARGUMENTS…]: a run of the other program, from what it prints. Its first sound is asked
# for in chunks of one frame, as ours comes.
peer() {
  [ -n "$PEER" ] || return 0
  local name=peer-$1 printed time
  shift
  printed=$(/usr/bin/time -f 'resident %M' "$PEER" -d "$CHECKPOINT" -s ryan -l English -m "$FRAMES" --seed 1 \
    -t "$TEXT" -o "$FIGURES/peer.wav" --stream --stream-chunk 1 "$@" 2>&1)
  figure() { sed -nE "s/$1/\\1/p" <<<"$printed" | tail -1 >>"$FIGURES/$name.$2"; }
  figure '.*TTFA: ([0-9.]+) ms.*' ttfa_ms
  printed=$(/usr/bin/time -f 'resident %M' "$PEER" -d "$CHECKPOINT" -s ryan -l English -m "$FRAMES" --seed 1 \
    -t "$TEXT" -o "$FIGURES/peer.wav" "$@" 2>&1)
  figure '.*RTF ([0-9.]+)\).*' rtf
  figure '.*Prefill: ([0-9]+) ms.*' prefill_ms
  figure '.*Talker step: .*\(([0-9.]+) ms\/f\), Code.*' talker_ms
  figure '.*Code Predictor: .*\(([0-9.]+) ms\/f\).*' predictor_ms
  figure '.*Model loaded in ([0-9]+) ms.*' load_ms
  time=$(sed -nE 's/.*Speech decoder: ([0-9]+) ms total.*/\1/p' <<<"$printed")
  awk -v t="$time" -v f="$FRAMES" 'BEGIN { print t / f }' >>"$FIGURES/$name.codec_ms"
  sed -nE 's/^resident ([0-9]+)$/\1/p' <<<"$printed" | awk '{ print $1 * 1024 }' >>"$FIGURES/$name.peak_rss_bytes"
}

# median NAME FIGURE, or nothing where it was not measured.
median() {
  [ -s "$FIGURES/$1.$2" ] || return 0
  sort -g "$FIGURES/$1.$2" | awk '{ all[NR] = $1 } END { print (all[int((NR + 1) / 2)] + all[int((NR + 2) / 2)]) / 2 }'
}

# cell NAME FIGURE FACTOR DIGITS: median and extremes.
cell() {
  [ -s "$FIGURES/$1.$2" ] || { printf '%s' '-' && return; }
  sort -g "$FIGURES/$1.$2" | awk -v k="$3" -v d="$4" '{ all[NR] = $1 * k } END {
    f = "%." d "f"
    printf f " (" f "–" f ")", (all[int((NR + 1) / 2)] + all[int((NR + 2) / 2)]) / 2, all[1], all[NR] }'
}

# against TITLE BAR OURS PEER: a ratio and whether it holds.
against() {
  if [ -z "$4" ] || [ -z "$3" ]; then
    printf '| %s | ≤ %s | not measured | |\n' "$1" "$2"
  else
    awk -v title="$1" -v bar="$2" -v a="$3" -v b="$4" 'BEGIN {
      r = a / b; printf "| %s | ≤ %s | %.2f | %s |\n", title, bar, r, (r <= bar ? "yes" : "no") }'
  fi
}

# under TITLE SIGN BAR VALUE
under() {
  awk -v title="$1" -v sign="$2" -v bar="$3" -v v="$4" 'BEGIN {
    ok = sign == "≤" ? v <= bar : v >= bar
    printf "| %s | %s %s | %.2f | %s |\n", title, sign, bar, v, (ok ? "yes" : "no") }'
}

report() {
  local name best
  printf '\n| run | real-time factor | first sound, ms | prompt, ms | talker | predictor | codec, ms a frame | load, ms | peak, GB | frames/s |\n'
  printf '|---|---|---|---|---|---|---|---|---|---|\n'
  for name in int8 int4 bf16 int8x8 avx2-int8 avx2-int4 peer-int8 peer-int4 peer-bf16 \
    busy-int8 busy-int8-1-thread peer-busy-int8; do
    [[ $name != *busy* ]] || [ "$BUSY" -gt 0 ] || continue
    if [ ! -s "$FIGURES/$name.rtf" ]; then
      printf '| %s | not measured | | | | | | | | |\n' "$name"
      continue
    fi
    printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$name" \
      "$(cell "$name" rtf 1 2)" "$(cell "$name" ttfa_ms 1 0)" "$(cell "$name" prefill_ms 1 0)" \
      "$(cell "$name" talker_ms 1 1)" "$(cell "$name" predictor_ms 1 1)" "$(cell "$name" codec_ms 1 1)" \
      "$(cell "$name" load_ms 1 0)" "$(cell "$name" peak_rss_bytes 1e-9 2)" "$(cell "$name" frames_per_second 1 1)"
  done
  best=$(for name in peer-int8 peer-int4 peer-bf16; do median "$name" rtf; done | sort -g | head -1)
  printf '\nmemory: %s GB/s; floor of the real-time factor there: int8 %s, int4 %s\n' \
    "$(cell int8 bandwidth_gb_s 1 1)" "$(median int8 floor_rtf)" "$(median int4 floor_rtf)"
  printf '\n| bar | | measured | reached |\n|---|---|---|---|\n'
  against "int8, by the peer's best" 0.55 "$(median int8 rtf)" "$best"
  against "int4, by the same" 0.42 "$(median int4 rtf)" "$best"
  against "first sound, by the peer's (int8)" 0.35 "$(median int8 ttfa_ms)" "$(median peer-int8 ttfa_ms)"
  if [ "$BUSY" -gt 0 ]; then
    against "int8 beside $BUSY busy processes, by the quiet figure" 2.4 "$(median busy-int8 rtf)" "$(median int8 rtf)"
    against "the slowest of these, by the quiet figure" 3.2 "$(sort -g "$FIGURES/busy-int8.rtf" | tail -n 1)" "$(median int8 rtf)"
    against "beside them, all threads by one" 1.1 "$(median busy-int8 rtf)" "$(median busy-int8-1-thread rtf)"
  fi
  under "codec, ms a frame" "≤" 24 "$(median int8 codec_ms)"
  under "peak memory, int8, GB" "≤" 2.0 "$(awk -v b="$(median int8 peak_rss_bytes)" 'BEGIN { print b / 1e9 }')"
  under "8 streams, frames/s" "≥" 26 "$(median int8x8 frames_per_second)"
  under "load, s" "≤" 0.5 "$(awk -v t="$(median int8 load_ms)" 'BEGIN { print t / 1000 }')"
}
