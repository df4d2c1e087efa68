import { registerHooks } from 'node:module';

/**
 * Has `functions/policies/deployed.ts` name AMIKEO's policy in this process, whatever it names: the
 * people of the demo and of the tests are AMIKEO's. The settings stay as they are.
 */
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/functions/policies/deployed.ts')) return loaded;
    const source = String(loaded.source).replace(
      /^export \{.*\} from '.*';$/m,
      "export { amikeo as policy } from './amikeo/index.ts';",
    );
    return { ...loaded, source };
  },
});
