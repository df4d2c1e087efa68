import module from 'node:module';
import process from 'node:process';

/**
 * Spares each worker of the unit tests two things of Vitest's, a tenth of a run's time. Node strips
 * types in place, so that each position in a stack is right without a source map: yet with maps
 * turned on each error looks for one. And each import of a module is told to the main process,
 * which needs it only if it watches files.
 */
module.setSourceMapsSupport = () => undefined;

if (process.env['VITEST_MODE'] !== 'WATCH') {
  const { registerHooks } = module;
  /** The files of tests alone go through Vitest: each is loaded anew, under a name of its own. */
  const isOfVitest = (specifier) => specifier.includes('%3Fvitest=');
  module.registerHooks = ({ resolve, ...hooks }) => {
    if (resolve === undefined) return registerHooks(hooks);
    return registerHooks({
      ...hooks,
      resolve: (specifier, context, next) =>
        isOfVitest(specifier) ? resolve(specifier, context, next) : next(specifier, context),
    });
  };
}
