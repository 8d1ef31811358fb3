# Where the programs come from: Maven Central and the Go module proxy, once, into the cache.

JAVA_MINIMUM=17
JAVA_QUICK=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC) # starts sooner; tests don't run for hours
GO_MINIMUM=1.24
GO_FETCHES=1.21 # from here on Go fetches a newer one of itself

# unavailable NAME REASON: this machine can't have it. Ends the shell with the code for "skipped".
unavailable() {
  printf '%s\n' "$2" | tee "$SERVICES/$1/unavailable" >&2
  exit 77
}

need_java() {
  local found
  have java || unavailable "$1" "there is no Java; apt-get install default-jre-headless"
  found=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
  version_at_least "$JAVA_MINIMUM" "${found:-0}" || unavailable "$1" "Java ${found:-of unknown version} is older than $JAVA_MINIMUM"
}

# need_maven NAME: before a download only; what is in the cache needs none.
need_maven() { have mvn || unavailable "$1" "there is no Maven to fetch it with; apt-get install maven"; }

# into FOLDER FUNCTION: FUNCTION fills a folder beside it, which then takes its name in one step.
into() {
  local folder=$1 fill=$2 draft
  [ -d "$folder" ] && return 0
  mkdir -p "$TOOLS"
  draft=$(mktemp -d "$folder.XXXXXX")
  chmod 755 "$draft"
  "$fill" "$draft"
  mv -T "$draft" "$folder" 2>/dev/null || rm -rf "$draft" # somebody else was quicker
}

# go_tool NAME FOLDER PACKAGE@VERSION: a Go program, built once into FOLDER.
go_tool() {
  local name=$1 folder=$2 package=$3 found draft
  [ -d "$folder" ] && return 0
  have go || unavailable "$name" "there is no Go to build it with; install Go $GO_MINIMUM or newer"
  found=$(GOTOOLCHAIN=local go env GOVERSION | sed 's/^go//')
  version_at_least "$GO_FETCHES" "$found" || unavailable "$name" "Go $found is too old to build it and to fetch a newer Go; install Go $GO_MINIMUM or newer"
  note "building $name (once)"
  mkdir -p "$TOOLS"
  draft=$(mktemp -d "$folder.XXXXXX")
  chmod 755 "$draft"
  if ! GOTOOLCHAIN=auto GOBIN=$draft GOFLAGS=-ldflags=-s go install "$package" >"$CACHE/$name.log" 2>&1; then
    rm -rf "$draft"
    unavailable "$name" "it could not be built: $(tail -n 1 "$CACHE/$name.log")"
  fi
  mv -T "$draft" "$folder" 2>/dev/null || rm -rf "$draft"
}

# secret NAME: a random credential, made once for this folder of services.
secret() {
  local file=$SERVICES/$1.secret draft
  if [ ! -e "$file" ]; then
    draft=$(mktemp "$file.XXXXXX") # only its owner reads it
    head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$draft"
    ln "$draft" "$file" 2>/dev/null || true # two at once: the first one's counts
    rm "$draft"
  fi
  cat "$file"
}
