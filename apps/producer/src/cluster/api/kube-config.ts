/** The only export of the package that we use, in a file of its own so that the bundle leaves out the rest of it. */
export { KubeConfig } from '@kubernetes/client-node';
