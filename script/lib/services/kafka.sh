# Apache Kafka in KRaft mode, one node: broker and controller in one process.
# The listener PROXIED tells its clients to come by way of toxiproxy.

KAFKA_VERSION=4.1.1
KAFKA_HOME=$TOOLS/kafka-$KAFKA_VERSION
KAFKA_CONTROLLER_PORT=$((KAFKA_PORT + 1))
KAFKA_BEHIND_PORT=$((KAFKA_PORT + 3))
KAFKA_PROXIED_PORT=$((KAFKA_PORT + 4))

kafka_fetch() {
  note "fetching Apache Kafka $KAFKA_VERSION"
  mvn -q -B -f "$ROOT/script/lib/services/kafka.pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1" >"$CACHE/kafka.log" 2>&1 ||
    { rm -rf "$1" && unavailable kafka "it could not be fetched: $(grep -m 1 ERROR "$CACHE/kafka.log")"; }
}

kafka_install() {
  need_java kafka
  [ -d "$KAFKA_HOME" ] || need_maven kafka
  into "$KAFKA_HOME" kafka_fetch
}

kafka_prepare() {
  local folder=$SERVICES/kafka
  cat >"$folder/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,PROXIED://127.0.0.1:$KAFKA_BEHIND_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,PROXIED://127.0.0.1:$KAFKA_PROXIED_PORT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$folder/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
message.max.bytes=2097152
# A killed broker is let in again when its session has run out: 3 s instead of 9.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
TEXT
  [ -e "$folder/data/meta.properties" ] && return 0
  # 16 random bytes in base64, in letters that can't be taken for an option.
  java "${JAVA_QUICK[@]}" -Xmx128m -cp "$KAFKA_HOME/*" kafka.tools.StorageTool format -c "$folder/server.properties" \
    -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'xy' | tr -d '=')" >>"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2 && die "Kafka's folder could not be formatted; see $folder/log."; }
}

kafka_command() {
  RUN=(java "${JAVA_QUICK[@]}" -Xms256m -Xmx512m "-Dlog4j2.configurationFile=$ROOT/script/lib/services/kafka.log4j2.properties"
    -cp "$KAFKA_HOME/*" kafka.Kafka "$SERVICES/kafka/server.properties")
}

# Asks for metadata (request 3, version 1, all topics), and wants one live broker in the answer.
kafka_ready() {
  local answer
  answer=$(timeout 5 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf "\0\0\0\016\0\003\0\001\0\0\0\007\377\377\377\377\377\377" >&3
    head -c 12 <&3 | od -An -tx1 | tr -d " \n"' _ "$KAFKA_PORT" 2>/dev/null) || return 1
  [ "${answer:8}" = 0000000700000001 ]
}

kafka_settle() { :; }

kafka_env() {
  say MYNAH_BUS__KIND kafka
  say MYNAH_BUS__BROKERS "127.0.0.1:$KAFKA_PORT"
}
