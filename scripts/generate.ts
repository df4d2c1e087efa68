import './requireNode.mjs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { policy, settings } from '../functions/policies/deployed.ts';
import { run } from './generate/run.ts';

/**
 * `npm run generate`: writes the files that follow from the policy. With `--check`, it names stale
 * files and exits with 1. `--into FILE` merges our rules or indexes into an app's file, and can be
 * given again.
 */
const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    into: { type: 'string', multiple: true, default: [] },
  },
});

process.exitCode = await run({
  root: join(import.meta.dirname, '..'),
  policy,
  settings,
  into: values.into,
  check: values.check,
  print: (line) => console.log(line),
});
