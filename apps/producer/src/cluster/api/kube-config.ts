/** The one thing we take of the package, so that a bundle leaves the rest of it out. */
export { KubeConfig } from '@kubernetes/client-node';
