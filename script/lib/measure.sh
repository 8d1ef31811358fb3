# `script/bench interpreter`: its arguments, what it needs, and the run. Sourced after interpreter.sh.

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
MYNAH_ENGINES__TONE=true "$MYNAH" say "many people speak at once" --voice tone/alto --language fr -o "$WORK/tones.wav"
interpreter
