# Apache Kafka in KRaft mode, one node: broker and controller in one process.
# The listener PROXIED tells its clients to come by way of toxiproxy. TLS demands a client
# certificate, LOGIN a user with a password over TLS.

KAFKA_VERSION=4.1.1
KAFKA_HOME=$TOOLS/kafka-$KAFKA_VERSION
KAFKA_CONTROLLER_PORT=$((KAFKA_PORT + 1))
KAFKA_BEHIND_PORT=$((KAFKA_PORT + 3))
KAFKA_PROXIED_PORT=$((KAFKA_PORT + 4))
KAFKA_TLS_PORT=$((KAFKA_PORT + 5))
KAFKA_LOGIN_PORT=$((KAFKA_PORT + 6))
KAFKA_USER=mynah
KAFKA_PASSWORD=only-for-tests

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

# Certificates for ten years: of an authority, of the broker and of a client, and those of another
# authority that the broker does not know.
kafka_certificates() {
  local folder=$1 name
  mkdir -p "$folder"
  for name in ca other-ca; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$name" \
      -keyout "$folder/$name.key" -out "$folder/$name.pem"
  done
  for name in broker client other-client; do
    local ca=ca
    [ "$name" != other-client ] || ca=other-ca
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
      -keyout "$folder/$name.key" -out "$folder/$name.csr"
    openssl x509 -req -days 3650 -in "$folder/$name.csr" -CA "$folder/$ca.pem" -CAkey "$folder/$ca.key" \
      -CAcreateserial -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost") -out "$folder/$name.pem"
  done
  cat "$folder/broker.key" "$folder/broker.pem" >"$folder/broker-keystore.pem"
}

kafka_prepare() {
  local folder=$SERVICES/kafka
  [ -e "$folder/certificates/broker-keystore.pem" ] ||
    kafka_certificates "$folder/certificates" >>"$folder/log" 2>&1 ||
    die "Kafka's certificates could not be made; see $folder/log."
  cat >"$folder/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,PROXIED://127.0.0.1:$KAFKA_BEHIND_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT,TLS://127.0.0.1:$KAFKA_TLS_PORT,LOGIN://127.0.0.1:$KAFKA_LOGIN_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,PROXIED://127.0.0.1:$KAFKA_PROXIED_PORT,TLS://127.0.0.1:$KAFKA_TLS_PORT,LOGIN://127.0.0.1:$KAFKA_LOGIN_PORT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,TLS:SSL,LOGIN:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location=$folder/certificates/broker-keystore.pem
ssl.truststore.type=PEM
ssl.truststore.location=$folder/certificates/ca.pem
listener.name.tls.ssl.client.auth=required
listener.name.login.sasl.enabled.mechanisms=SCRAM-SHA-512,SCRAM-SHA-256
listener.name.login.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
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
  # A folder of before has no user; the user is written when the folder is formatted.
  [ -e "$folder/data/meta.properties" ] && [ -e "$folder/formatted-with-user" ] && return 0
  rm -rf "$folder/data"
  # 16 random bytes in base64, in letters that can't be taken for an option.
  java "${JAVA_QUICK[@]}" -Xmx128m -cp "$KAFKA_HOME/*" kafka.tools.StorageTool format -c "$folder/server.properties" \
    --add-scram "SCRAM-SHA-512=[name=$KAFKA_USER,password=$KAFKA_PASSWORD]" \
    --add-scram "SCRAM-SHA-256=[name=$KAFKA_USER,password=$KAFKA_PASSWORD]" \
    -t "$(head -c 16 /dev/urandom | base64 | tr '+/' 'xy' | tr -d '=')" >>"$folder/log" 2>&1 ||
    { tail -n 20 "$folder/log" >&2 && die "Kafka's folder could not be formatted; see $folder/log."; }
  touch "$folder/formatted-with-user"
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
  say MYNAH_TEST_KAFKA_TLS "127.0.0.1:$KAFKA_TLS_PORT"
  say MYNAH_TEST_KAFKA_LOGIN "127.0.0.1:$KAFKA_LOGIN_PORT"
  say MYNAH_TEST_KAFKA_USER "$KAFKA_USER"
  say MYNAH_TEST_KAFKA_PASSWORD "$KAFKA_PASSWORD"
  say MYNAH_TEST_KAFKA_CERTIFICATES "$SERVICES/kafka/certificates"
}
