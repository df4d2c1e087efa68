import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { WITH_AMIKEO, type Asked, type Ran } from '../emulator/terminal/terminal.ts';

const ROOT = join(import.meta.dirname, '..');
/** Node keeps compiled code here: the next command starts in half the time. */
const COMPILED = join(ROOT, 'node_modules/.cache/compile');

/** `npm run compliance -- …` as an officer or a regulator runs it, without npm's own start. */
export function runCompliance(args: Asked['args'], env: Asked['env'] = process.env): Promise<Ran> {
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
