import { registerHooks } from 'node:module';

/**
 * Loaded with `--import`: makes the sources of the SDK resolve `@opentelemetry/*` to the 2.x line with API 1.9, as they
 * would in the node_modules of an application that has not moved to 3.x.
 */
const LINE_2 = new URL('../../../examples/existing-setup/package.json', import.meta.url).href;
const SDK = new URL('..', import.meta.url).href;

registerHooks({
  resolve(specifier, resolving, next) {
    const ours = specifier.startsWith('@opentelemetry/') && resolving.parentURL?.startsWith(SDK);
    return next(specifier, ours ? { ...resolving, parentURL: LINE_2 } : resolving);
  },
});
