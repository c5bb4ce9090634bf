import type { KubeConfig as Class } from '@kubernetes/client-node';

/**
 * The only export of the package that we use, in a file of its own so that the bundle leaves out the rest of the package.
 * It makes the agents and TLS options of requests. It doesn't read kubeconfigs for us: its reader (1.4.0) refuses a name
 * in two files, ignores tokenFile, gives plugins no $KUBERNETES_EXEC_INFO and no time limit, and refreshes id-tokens
 * without the client's secret.
 */
export { KubeConfig } from '@kubernetes/client-node';

/** The type for functions that get the class as an argument: loading it takes 0.2 s, which is saved with `--from`. */
export type KubeConfigClass = typeof Class;
