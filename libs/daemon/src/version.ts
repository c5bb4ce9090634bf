declare const __KUBEFIGURATOR_VERSION__: string | undefined;

/** The program's version, put in by the bundler; `0.0.0-source` when run from the sources. */
export const VERSION: string =
  typeof __KUBEFIGURATOR_VERSION__ === 'string' ? __KUBEFIGURATOR_VERSION__ : '0.0.0-source';
