# `script/bench engines`: models, recordings, peers, and the run. Sourced after common.sh and setup.sh.

. "$ROOT/script/lib/speech_sets.sh"
. "$ROOT/script/lib/peers.sh"

ENGINE_PACKAGES=(fillets-ng-data python3-venv "${PULL_PACKAGES[@]}")

engines() {
  local limits=() names=()
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) limits=(--limit 3 --rounds 2) && shift ;;
      --help | -h) usage && exit 0 ;;
      -*) usage >&2 && exit 2 ;;
      *) names+=("$1") && shift ;;
    esac
  done

  step "Setting up"
  need_packages "${RUN_PACKAGES[@]}" "${BUILD_PACKAGES[@]}" "${SPEECH_PACKAGES[@]}" "${ENGINE_PACKAGES[@]}"
  need_rust
  step "Building"
  cargo build --release -p mynah --quiet
  MYNAH=$CARGO_TARGET_DIR/release/mynah
  export MYNAH_MODELS__FOLDER=$CACHED_MODELS
  step "Fetching models"
  need_models "$MYNAH" || die "Not every model could be fetched; the reasons are above."
  need_speech_sets
  need_peers

  step "Measuring (half an hour; --quick takes few of each)"
  note "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, load average $(cut -d' ' -f1 /proc/loadavg)"
  "$MYNAH" bench engines --speech "$SPEECH_SETS" --peers "$PEERS" ${limits[@]+"${limits[@]}"} ${names[@]+"${names[@]}"}
}
