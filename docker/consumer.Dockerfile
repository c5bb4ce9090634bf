# HAProxy and the consumer, for two containers of one host: `haproxy-with-dynamic-config`, and `kubefigurator-consumer`.
# Build it at the root of the repository, after `npm run build`:
#   docker build --file docker/consumer.Dockerfile --tag kubefigurator-consumer:0.1.0 .
# A release names its base by digest: --build-arg NODE_IMAGE=node:22-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:22-bookworm-slim
FROM ${NODE_IMAGE}
RUN apt-get update \
  && apt-get install --yes --no-install-recommends haproxy \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65532 -g 65532 /run/haproxy /var/lib/kubefigurator \
  && install -d /etc/haproxy/ssl
COPY docker/haproxy.cfg /etc/haproxy/haproxy.cfg
COPY systemd/dynamic.cfg /usr/share/kubefigurator/dynamic.cfg
COPY --chmod=755 docker/haproxy-with-dynamic-config /usr/bin/haproxy-with-dynamic-config
COPY --chmod=755 dist/kubefigurator-consumer.cjs /usr/bin/kubefigurator-consumer
COPY LICENSE dist/kubefigurator-consumer.licenses.txt /usr/share/doc/kubefigurator-consumer/
ENV KUBEFIGURATOR_HAPROXY_CONFIG=/var/lib/kubefigurator/dynamic.cfg \
  KUBEFIGURATOR_HAPROXY_MASTER_SOCKET=/run/haproxy/master.sock \
  KUBEFIGURATOR_METRICS_ADDRESS=0.0.0.0:9641 \
  MALLOC_ARENA_MAX=1 \
  MALLOC_MMAP_THRESHOLD_=262144 \
  MALLOC_TRIM_THRESHOLD_=262144
USER 65532:65532
# Both are on volumes that the two containers share.
VOLUME ["/run/haproxy", "/var/lib/kubefigurator"]
EXPOSE 9641
ENTRYPOINT ["kubefigurator-consumer"]
CMD ["watch"]
