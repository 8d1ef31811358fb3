# Shared by the scripts beside this folder: where things lie, how to speak to people, how to stop.
# Sourced, never run. Everything slow to make lives in CACHE, outside the checkout.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${MYNAH_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mynah/build}
TOOLS=$CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CACHE/target}
mkdir -p "$CACHE" "$TOOLS"
cd "$ROOT"

step() { printf '\n\033[1m%s\033[0m\n' "$*" >&2; }
note() { printf '  %s\n' "$*" >&2; }

# Stops with a sentence that says what to do.
die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# version_at_least WANTED FOUND: whether FOUND is not older than WANTED.
version_at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
