#!/bin/sh
# Runs Node with these arguments in a sandbox within the sandbox: its own network, mounts and processes.
# Outside of any sandbox (vitest called by hand) it just runs Node.
set -eu
node="${KUBEFIGURATOR_NODE:-node}"
[ -n "${KUBEFIGURATOR_SANDBOX_PID:-}" ] || exec "$node" "$@"
exec unshare --net --mount --pid --fork --kill-child --mount-proc sh -euc '
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir /run/netns
  "${KUBEFIGURATOR_IP:-ip}" link set lo up
  exec "$@"
' sh "$node" "$@"
