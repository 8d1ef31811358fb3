# The demo itself: synthesizes a sentence, recognizes it, interprets it into Spanish.
# demo.sh FOLDER, with MYNAH_BIN set: leaves FOLDER/hello.wav and FOLDER/hola.wav.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out=${1:?"a folder for the sounds"}
mynah=${MYNAH_BIN:?"the program"}
sentence="The weather is very nice today. I would like a cup of coffee."
mkdir -p "$out"

now() { date +%s%N; }
took() { printf '  (%d ms)\n' $((($(now) - $1) / 1000000)); }

step "1. It speaks"
began=$(now)
"$mynah" say "$sentence" --language en -o "$out/hello.wav"
printf '  text   %s\n  file   %s\n' "$sentence" "$out/hello.wav"
took "$began"

step "2. It listens"
began=$(now)
printf '  words  %s\n' "$("$mynah" transcribe "$out/hello.wav" --format text | paste -sd ' ')"
took "$began"

step "3. It interprets"
began=$(now)
"$mynah" interpret "$out/hello.wav" --from en --to es -o "$out/hola.wav"
printf '  file   %s\n' "$out/hola.wav"
took "$began"

step "Next"
cat >&2 <<TEXT
  These are demo engines: real and offline, but not the quality Mynah is built for.
  Open the page:   $mynah serve      then go to http://127.0.0.1:8080
  See all it does: $mynah --help
TEXT
