# Toxiproxy: cuts, delays and throttles the connections of the proxy `kafka`.

TOXIPROXY_VERSION=v2.12.0
TOXIPROXY_HOME=$TOOLS/toxiproxy-$TOXIPROXY_VERSION
TOXIPROXY_URL=http://127.0.0.1:$TOXIPROXY_PORT

toxiproxy_install() { go_tool toxiproxy "$TOXIPROXY_HOME" "github.com/Shopify/toxiproxy/v2/cmd/server@$TOXIPROXY_VERSION"; }
toxiproxy_prepare() { :; }
toxiproxy_command() { RUN=("$TOXIPROXY_HOME/server" -host 127.0.0.1 -port "$TOXIPROXY_PORT"); }
toxiproxy_ready() { curl -sf -m 5 -o /dev/null "$TOXIPROXY_URL/version"; }

# A proxy that is there already stays as it is, with its toxics.
toxiproxy_settle() {
  curl -sf -m 10 -o /dev/null -H 'Content-Type: application/json' "$TOXIPROXY_URL/populate" -d \
    "[{\"name\": \"kafka\", \"listen\": \"127.0.0.1:$KAFKA_PROXIED_PORT\", \"upstream\": \"127.0.0.1:$KAFKA_BEHIND_PORT\", \"enabled\": true}]" ||
    die "Toxiproxy refused the proxy 'kafka'; see $SERVICES/toxiproxy/log."
}

toxiproxy_env() {
  say MYNAH_TEST_TOXIPROXY "$TOXIPROXY_URL"
  say MYNAH_TEST_PROXIED_BROKERS "127.0.0.1:$KAFKA_PROXIED_PORT"
}
