import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * Erases a person by the extension delete-user-data, with the Admin SDK of its own; says how long
 * its function took. Arguments: its folder `functions`, built, and the uid.
 */
const [folder = '', uid = ''] = process.argv.slice(2);
const { clearData } = createRequire(join(folder, 'lib/index.js'))('./index.js') as {
  readonly clearData: { run(user: { readonly uid: string }, context: object): Promise<unknown> };
};
// Loaded and connected once, and not measured.
await clearData.run({ uid: 'nobody' }, {});
const start = performance.now();
await clearData.run({ uid }, {});
console.log(JSON.stringify({ ms: performance.now() - start }));
process.exit(0);
