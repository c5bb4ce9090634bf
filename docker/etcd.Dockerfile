# etcd for the Compose file, without TLS and without roles: only for trying it out.
ARG DEBIAN_IMAGE=debian:bookworm-slim
FROM ${DEBIAN_IMAGE}
RUN apt-get update \
  && apt-get install --yes --no-install-recommends etcd-server etcd-client \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65532 -g 65532 -m 700 /var/lib/kubefigurator-etcd
USER 65532:65532
VOLUME ["/var/lib/kubefigurator-etcd"]
EXPOSE 2379
ENTRYPOINT ["etcd"]
CMD ["--data-dir=/var/lib/kubefigurator-etcd", "--listen-client-urls=http://0.0.0.0:2379", "--advertise-client-urls=http://etcd:2379", "--auto-compaction-mode=periodic", "--auto-compaction-retention=1h"]
