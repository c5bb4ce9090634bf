declare const __KUBEFIGURATOR_VERSION__: string | undefined;

/** The version of the program, set by the bundler; `0.0.0-source` if it runs from the sources. */
export const VERSION: string =
  typeof __KUBEFIGURATOR_VERSION__ === 'string' ? __KUBEFIGURATOR_VERSION__ : '0.0.0-source';
