import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isAlive } from './processes/processes.ts';
import { SUITES } from './workspace.ts';

const stateSchema = z.object({
  id: z.string(),
  project: z.string(),
  launcher: z.int(),
  /** The Firebase CLI's process: the functions run below it. */
  cli: z.int(),
  functionsPort: z.int(),
  env: z.record(z.string(), z.string()),
});

/** The facts with which others find a running suite. */
export type SuiteState = z.infer<typeof stateSchema>;

/** Makes a suite known. */
export function writeState(file: string, state: SuiteState): void {
  writeFileSync(file, JSON.stringify(state, null, 2), { mode: 0o600 });
}

/**
 * Finds the running suite: the one that `env.SUITE_STATE` names, which is set for everything that a
 * suite runs. Without it, the only one there is.
 *
 * @throws Error if none runs, or several and none was named
 */
export function findSuite(env: NodeJS.ProcessEnv, id?: string): SuiteState {
  const named = env.SUITE_STATE;
  if (id === undefined && named !== undefined && existsSync(named)) return read(named);
  const running = (existsSync(SUITES) ? readdirSync(SUITES) : [])
    .map((name) => join(SUITES, name, 'state.json'))
    .filter((file) => existsSync(file))
    .map((file) => read(file))
    .filter((state) => isAlive(state.launcher) && (id === undefined || state.id === id));
  const [first, ...others] = running;
  if (!first) throw new Error(`no suite is running${id === undefined ? '' : ` as ${id}`}: npm run emulators -- start`);
  if (others.length > 0)
    throw new Error(`several suites are running: name one with --suite ${running.map((one) => one.id).join('|')}`);
  return first;
}

const read = (file: string): SuiteState => stateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
