# Where the programs come from: Maven Central and the Go module proxy, once, into the cache.

JAVA_MINIMUM=17
JAVA_QUICK=(-XX:TieredStopAtLevel=1 -XX:+UseSerialGC) # starts sooner; tests don't run for hours
GO_FETCHES=1.21 # from here on Go fetches the newer one of itself that a program asks for
GO_PINNED=1.24.11

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
  "$fill" "$draft" || return 1
  mv -T "$draft" "$folder" 2>/dev/null || rm -rf "$draft" # another process was first
}

# need_go NAME: a Go that builds today's programs. Debian 12 has one that is too old even to ask for
# a newer one; but toolchains are modules, and those it can fetch.
need_go() {
  local found home=$TOOLS/go-$GO_PINNED
  have go || unavailable "$1" "there is no Go to build it with; apt-get install golang-go"
  found=$(GOTOOLCHAIN=local go version | sed -n 's/.* go\([0-9.]*\).*/\1/p')
  if ! version_at_least "$GO_FETCHES" "${found:-0}"; then
    into "$home" go_fetch || unavailable "$1" "Go $found is too old to build it, and Go $GO_PINNED could not be fetched; see $CACHE/go.log"
    export GOROOT=$home PATH=$home/bin:$PATH
  fi
  export GOTOOLCHAIN=auto
}

go_fetch() {
  local module=golang.org/toolchain@v0.0.1-go$GO_PINNED.linux-$(dpkg --print-architecture)
  note "fetching Go $GO_PINNED"
  if ! (cd "$1" && GOPATH=$1/fetched GOFLAGS=-modcacherw go mod download "$module") >"$CACHE/go.log" 2>&1; then
    rm -rf "$1"
    return 1
  fi
  mv "$1/fetched/pkg/mod/$module"/* "$1/" && rm -rf "$1/fetched"
  chmod -R +x "$1/bin" "$1/pkg/tool" # modules hold no such bit
}

# go_tool NAME FOLDER PACKAGE@VERSION: a Go program, built once into FOLDER.
go_tool() {
  local name=$1 folder=$2 package=$3 draft
  [ -d "$folder" ] && return 0
  need_go "$name"
  note "building $name (once)"
  mkdir -p "$TOOLS"
  draft=$(mktemp -d "$folder.XXXXXX")
  chmod 755 "$draft"
  if ! GOBIN=$draft GOFLAGS=-ldflags=-s go install "$package" >"$CACHE/$name.log" 2>&1; then
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
