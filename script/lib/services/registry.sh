# Apicurio Registry, for its Confluent interface. Its database is a file in its folder.

REGISTRY_VERSION=3.0.9 # later ones need Java 21
REGISTRY_HOME=$TOOLS/apicurio-registry-$REGISTRY_VERSION
REGISTRY_PATH=/apis/ccompat/v7

registry_fetch() {
  note "fetching Apicurio Registry $REGISTRY_VERSION"
  mvn -q -B dependency:copy -Dartifact=io.apicurio:apicurio-registry-app:$REGISTRY_VERSION:tar.gz:all \
    -DoutputDirectory="$1" >"$CACHE/registry.log" 2>&1 ||
    { rm -rf "$1" && unavailable registry "it could not be fetched: $(grep -m 1 ERROR "$CACHE/registry.log")"; }
  tar -xzf "$1"/*.tar.gz -C "$1"
  rm "$1"/*.tar.gz
}

registry_install() {
  need_java registry
  [ -d "$REGISTRY_HOME" ] || need_maven registry
  into "$REGISTRY_HOME" registry_fetch
}

registry_prepare() { :; }

# WRITE_DELAY=0: what was answered is on disk, also after SIGKILL.
registry_command() {
  RUN=(env -C "$REGISTRY_HOME"
    QUARKUS_HTTP_HOST=127.0.0.1 QUARKUS_HTTP_PORT="$REGISTRY_PORT"
    APICURIO_STORAGE_KIND=sql APICURIO_STORAGE_SQL_KIND=h2
    "APICURIO_DATASOURCE_URL=jdbc:h2:file:$SERVICES/registry/data;WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE"
    java "${JAVA_QUICK[@]}" -Xmx384m -jar "apicurio-registry-app-$REGISTRY_VERSION-runner.jar")
}

registry_ready() { curl -sf -m 5 -o /dev/null "http://127.0.0.1:$REGISTRY_PORT$REGISTRY_PATH/subjects"; }
registry_settle() { :; }
registry_env() { say MYNAH_BUS__REGISTRY "http://127.0.0.1:$REGISTRY_PORT$REGISTRY_PATH"; }
