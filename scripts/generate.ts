import './requireNode.mjs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { policy, settings } from '../functions/policies/deployed.ts';
import { run } from './generate/run.ts';

/** `npm run generate`: writes what follows from the policy; with `--check`, says what is stale and exits with 1. */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

process.exitCode = await run({
  root: join(import.meta.dirname, '..'),
  policy,
  settings,
  check: values.check,
  print: (line) => console.log(line),
});
