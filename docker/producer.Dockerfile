# The producer: Node and one file, for any user, on a root file system that may be read-only.
# Build it at the root of the repository, after `npm run build`:
#   docker build --file docker/producer.Dockerfile --tag kubefigurator-producer:0.1.0 .
# A release names its base by digest: --build-arg NODE_IMAGE=node:22-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:22-bookworm-slim
FROM ${NODE_IMAGE}
COPY --chmod=755 dist/kubefigurator-producer.cjs /usr/bin/kubefigurator-producer
COPY LICENSE dist/kubefigurator-producer.licenses.txt /usr/share/doc/kubefigurator-producer/
USER 65532:65532
EXPOSE 9640
ENTRYPOINT ["kubefigurator-producer"]
CMD ["watch"]
