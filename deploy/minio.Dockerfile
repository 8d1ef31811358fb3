# MinIO that owns its folder without being root, with Mynah's bucket in it.
FROM debian:bookworm-slim AS folder
RUN mkdir -p /minio/mynah

FROM minio/minio:RELEASE.2025-09-07T16-13-09Z
COPY --from=folder --chown=10001:10001 /minio /minio
USER 10001:10001
