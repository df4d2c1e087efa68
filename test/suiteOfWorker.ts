import { z } from 'zod';

/**
 * Gives each worker of the tests a suite of its own, if several suites run side by side (`emulators
 * -- exec --suites`). A file of tests is alone in its suite, as it is with a single one.
 */
const all = process.env['SUITE_ALL'];
if (all !== undefined) {
  const suites = z.array(z.record(z.string(), z.string())).parse(JSON.parse(all));
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 1);
  const mine = suites[worker - 1];
  if (mine === undefined) throw new Error(`${suites.length} suites, and a worker ${worker}`);
  Object.assign(process.env, mine);
}
