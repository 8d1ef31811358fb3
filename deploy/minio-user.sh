#!/bin/sh
# Makes the user that Mynah has at MinIO, with minio-policy.json as its only policy. Passwords come
# by standard input and the environment, never by arguments.
set -eu

printf '%s\n%s\n' "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" | mc alias set store "$MINIO_URL" >/dev/null
mc admin policy create store mynah "${MINIO_POLICY:-/minio-policy.json}"
printf '%s\n%s\n' "$STORAGE_ACCESS_KEY" "$STORAGE_SECRET_KEY" | mc admin user add store
# An attached policy is attached: that is no failure.
mc admin policy attach store mynah --user "$STORAGE_ACCESS_KEY" ||
  mc admin policy entities store --user "$STORAGE_ACCESS_KEY" | grep -q mynah
