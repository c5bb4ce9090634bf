import type { KubeConfig as Class } from '@kubernetes/client-node';

/**
 * The only export of the package that we use, in a file of its own so that the bundle leaves out the rest of it.
 * It makes the agents and TLS options of requests. Its own reading of kubeconfigs refuses a name in two files, ignores tokenFile,
 * gives plugins no $KUBERNETES_EXEC_INFO and no limit, and refreshes id-tokens without the client's secret (1.4.0).
 */
export { KubeConfig } from '@kubernetes/client-node';

/** For those to whom the class is given: loading the package takes 0.2 s, which `--from` doesn't need. */
export type KubeConfigClass = typeof Class;
