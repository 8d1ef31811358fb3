# `script/bench voices`: what many kept voices cost. Sourced after common.sh and setup.sh.

voices() {
  case ${1:-} in
    --help | -h) usage && exit 0 ;;
  esac
  step "Setting up"
  need_packages "${RUN_PACKAGES[@]}" "${BUILD_PACKAGES[@]}" "${SPEECH_PACKAGES[@]}"
  need_rust
  step "Building"
  cargo build --release -p mynah --quiet
  step "Measuring"
  note "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, load average $(cut -d' ' -f1 /proc/loadavg)"
  python3 "$ROOT/script/lib/voices.py" "$CARGO_TARGET_DIR/release/mynah" "$@"
}
