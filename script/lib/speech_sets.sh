# Recordings of people with their texts, from Debian's packages: folders with a transcripts.tsv each.
# Sourced after common.sh and setup.sh.

# A language and the speaker's folder in the package.
PROMPTS=(en:en_US_f_Allison es:es_MX_f_Allison fr:fr_CA_f_June it:it_IT_m_Carlo ru:ru_RU_f_IvrvoiceRU)
SPEECH_PACKAGES=(ffmpeg pocketsphinx-testdata)
for own in "${PROMPTS[@]}"; do
  SPEECH_PACKAGES+=("asterisk-core-sounds-${own%%:*}" "asterisk-core-sounds-${own%%:*}-g722")
done
# Kept by the hash of this file, so that other rules make other sets.
SPEECH_SETS=$CACHE/speech-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)
BYTES_PER_SECOND=8000 # of G.722

# need_speech_sets: en, es, fr, it, ru (66 prompts each), long, live, book and cards in SPEECH_SETS.
need_speech_sets() {
  [ ! -e "$SPEECH_SETS/.complete" ] || return 0
  step "Preparing recordings"
  rm -rf "$SPEECH_SETS"
  local own language
  for own in "${PROMPTS[@]}"; do
    language=${own%%:*}
    prompts "$language" "${own#*:}" | plain_text | words 4 30 | evenly 66 | convert "$language"
  done
  prompts en en_US_f_Allison | words 15 200 | seconds 10 40 | evenly 10 | convert long
  prompts en en_US_f_Allison | plain_text | without_keys | words 4 30 | seconds 4 6.5 | evenly 20 | convert live
  transcribed book /usr/share/pocketsphinx/test/data/librivox transcription
  transcribed cards /usr/share/pocketsphinx/test/data/cards cards.transcription
  touch "$SPEECH_SETS/.complete"
}

# prompts LANGUAGE SPEAKER: a line a recording: its file, its bytes, its text.
prompts() {
  local folder=/usr/share/asterisk/sounds/$2 list=/usr/share/doc/asterisk-core-sounds-$1/core-sounds-$1.txt.gz
  local name text
  [ -r "$list" ] || die "$list is missing: does this system leave out the documentation of packages? Reinstall asterisk-core-sounds-$1 with it."
  gzip -dc "$list" | tr -d '\r' | sed -e $'1s/^\xef\xbb\xbf//' -e '/^;/d' |
    while IFS=: read -r name text; do
      name=${name//[[:space:]]/}
      text=$(sed -E 's/^[[:space:]]+|[[:space:]]+$//g' <<<"$text")
      [ -z "$text" ] || [ ! -f "$folder/$name.g722" ] || printf '%s\t%s\t%s\n' "$folder/$name.g722" "$(stat -c %s "$folder/$name.g722")" "$text"
    done
}

# Without digits, which are spoken in several ways, and without notes in brackets.
plain_text() { awk -F'\t' '$3 !~ /[][()<>0-9]/'; }

# Without keys of a telephone, of which the text has the sign alone.
without_keys() { awk -F'\t' '$3 !~ /[*#]/'; }

# words LEAST MOST: of so many words.
words() {
  LC_ALL=C awk -F'\t' -v least="$1" -v most="$2" '{
    count = split($3, all, /[ -]+/); words = 0
    for (i = 1; i <= count; i++) if (all[i] ~ /[A-Za-z0-9\200-\377]/) words++
  } words >= least && words <= most'
}

# seconds LEAST MOST: of that length.
seconds() { awk -F'\t' -v rate="$BYTES_PER_SECOND" -v least="$1" -v most="$2" '$2 >= least * rate && $2 <= most * rate'; }

# evenly COUNT: so many lines, spread over all.
evenly() {
  awk -v count="$1" '{ all[NR - 1] = $0 } END {
    if (NR < count) { print "only " NR " of " count " recordings" > "/dev/stderr"; exit 1 }
    for (i = 0; i < count; i++) print all[int(i * NR / count)]
  }'
}

# convert SET: the recordings of standard input as wav at 16 kHz.
convert() {
  local folder=$SPEECH_SETS/$1 file bytes text name
  mkdir -p "$folder"
  while IFS=$'\t' read -r file bytes text; do
    name=$(basename "$(dirname "$file")")_$(basename "$file" .g722).wav
    ffmpeg -nostdin -loglevel error -y -f g722 -i "$file" -ar 16000 -ac 1 "$folder/$name"
    printf '%s\t%s\n' "$name" "$text"
  done >"$folder/transcripts.tsv"
}

# transcribed SET FOLDER LIST: recordings of pocketsphinx-testdata, whose list has `<s> text </s> (name)`.
transcribed() {
  local folder=$SPEECH_SETS/$1
  mkdir -p "$folder"
  sed -nE 's/^<s> *(.*[^ ]) *<\/s> *\((.*)\) *$/\2.wav\t\1/p' "$2/$3" >"$folder/transcripts.tsv"
  cut -f1 "$folder/transcripts.tsv" | while read -r name; do cp "$2/$name" "$folder/"; done
}
