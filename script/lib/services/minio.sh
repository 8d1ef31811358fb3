# MinIO: a store that speaks S3 and checks signatures. A separate program, never linked.

MINIO_VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
MINIO_HOME=$TOOLS/minio-$MINIO_VERSION
MINIO_BUCKET=mynah

minio_install() { go_tool minio "$MINIO_HOME" "github.com/minio/minio@$MINIO_VERSION"; }

# Credentials come in a file, for what is on a command line all users can read.
minio_prepare() {
  local folder=$SERVICES/minio
  (
    umask 077
    printf 'export MINIO_ROOT_USER=%s\nexport MINIO_ROOT_PASSWORD=%s\n' "$(secret minio-user)" "$(secret minio-password)" >"$folder/environment"
  )
}

minio_command() {
  RUN=(env "MINIO_CONFIG_ENV_FILE=$SERVICES/minio/environment" MINIO_BROWSER=off
    "$MINIO_HOME/minio" server --quiet --address "127.0.0.1:$MINIO_PORT" "$SERVICES/minio/data")
}

minio_ready() { curl -sf -m 5 -o /dev/null "http://127.0.0.1:$MINIO_PORT/minio/health/ready"; }

# minio_asks METHOD PATH: the status, of a signed request.
minio_asks() {
  printf 'user = "%s:%s"\n' "$(secret minio-user)" "$(secret minio-password)" |
    curl -s -m 10 -K - --aws-sigv4 aws:amz:us-east-1:s3 -X "$1" -o /dev/null -w '%{http_code}' "http://127.0.0.1:$MINIO_PORT$2"
}

# The bucket is made, or there already. After a restart MinIO is ready before its disks are: it answers
# 503 for a while.
minio_settle() {
  local status until=$((SECONDS + 60))
  while :; do
    status=$(minio_asks PUT "/$MINIO_BUCKET") || true
    case $status in
      200 | 409) return 0 ;;
      000 | 5??) [ $SECONDS -lt $until ] && sleep 0.5 && continue ;;
    esac
    die "The bucket $MINIO_BUCKET could not be made: MinIO answers $status."
  done
}

minio_env() {
  say MYNAH_STORAGE__URL "s3://$MINIO_BUCKET"
  say MYNAH_STORAGE__ENDPOINT "http://127.0.0.1:$MINIO_PORT"
  say MYNAH_STORAGE__ACCESS_KEY "$(secret minio-user)"
  say MYNAH_STORAGE__SECRET_KEY "$(secret minio-password)"
}
