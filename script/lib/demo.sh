# The demo itself: synthesizes a sentence, recognizes it, interprets it.
# demo.sh FOLDER, with MYNAH_BIN set: leaves FOLDER/hello.wav, FOLDER/hola.wav and, where a translator
# for it is installed, FOLDER/ola.wav.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out=${1:?"a folder for the sounds"}
mynah=${MYNAH_BIN:?"the program"}
sentence="The weather is very nice today. I would like a cup of coffee."
mkdir -p "$out"

now() { date +%s%N; }
took() { printf '  (%d ms)\n' $((($(now) - $1) / 1000000)); }
# The engine that speaks, and whether it is a demo engine.
engine() { "$mynah" doctor | sed -n "s/^  ok       $1: //p"; }

step "1. It speaks ($(engine speech))"
began=$(now)
"$mynah" say "$sentence" --language en -o "$out/hello.wav"
printf '  text   %s\n  file   %s\n' "$sentence" "$out/hello.wav"
took "$began"

step "2. It listens ($(engine recognition))"
began=$(now)
recognized=$("$mynah" transcribe "$out/hello.wav" --language en --format text | paste -sd ' ')
printf '  words  %s\n' "$recognized"
took "$began"
# The distance of both texts in words.
awk -v reference="$sentence" -v hypothesis="$recognized" '
  function words(text, list) { text = tolower(text); gsub(/[^a-z ]/, "", text); return split(text, list, " ") }
  function least(a, b) { return a < b ? a : b }
  BEGIN {
    n = words(reference, a); m = words(hypothesis, b)
    for (j = 0; j <= m; j++) row[j] = j
    for (i = 1; i <= n; i++) {
      before = row[0]; row[0] = i
      for (j = 1; j <= m; j++) {
        old = row[j]
        row[j] = least(least(row[j], row[j - 1]) + 1, before + (a[i] != b[j]))
        before = old
      }
    }
    printf "  word error rate %.1f %% of %d words\n", 100 * row[m] / n, n
  }'

interpret() {
  began=$(now)
  "$mynah" interpret "$out/hello.wav" --from en --to "$1" -o "$out/$2.wav"
  printf '  file   %s\n' "$out/$2.wav"
  took "$began"
}
step "3. It interprets ($(engine translation))"
interpret es hola
# Into Portuguese only a model translates.
if "$mynah" translate hello --from en --to pt >/dev/null 2>&1; then interpret pt ola; fi

step "Next"
if "$mynah" doctor | grep -q ", a demo engine"; then
  cat >&2 <<TEXT
  Demo engines worked here: real and offline, but not the quality Mynah is built for.
  Neural models:   $mynah models pull default
TEXT
fi
cat >&2 <<TEXT
  Open the page:   $mynah serve      then go to http://127.0.0.1:8080
  See all it does: $mynah --help
TEXT
