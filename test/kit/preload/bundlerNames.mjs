import { registerHooks } from 'node:module';

/**
 * Resolves the imports of the client as the bundler of an app does: without an extension. Node,
 * which runs the unit tests, wants one.
 */
registerHooks({
  resolve(specifier, context, next) {
    const isOfClient = context.parentURL?.includes('/client/') === true && /^\.\/\w+(\.generated)?$/.test(specifier);
    return next(isOfClient ? `${specifier}.ts` : specifier, context);
  },
});
