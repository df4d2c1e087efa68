import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..');
/** Node keeps compiled code here: the next command starts in half the time. */
const COMPILED = join(ROOT, 'node_modules/.cache/compile');

/**
 * The tests use AMIKEO's people: the command works with AMIKEO's policy, not with the deployed one.
 */
export const WITH_AMIKEO = pathToFileURL(join(import.meta.dirname, 'kit/preload/amikeoDeployed.mjs')).href;

/** The output of a command, and its exit code. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run compliance -- …` as an officer or a regulator runs it, without npm's own start. */
export function runCompliance(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Ran> {
  return new Promise((resolve, reject) =>
    execFile(
      process.execPath,
      ['--import', WITH_AMIKEO, join(ROOT, 'cli/main.ts'), ...args],
      { cwd: ROOT, env: { NODE_COMPILE_CACHE: COMPILED, ...env }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else reject(new Error('the command was ended', { cause: error }));
      },
    ),
  );
}
