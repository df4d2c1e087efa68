import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../scripts/run.ts';

/**
 * Runs a script of bench/inside several times in one suite, each time in a process of its own.
 * Returns their lines of JSON, in order.
 *
 * @param runs the arguments of each
 * @param flags of node
 */
export async function inSuite(
  file: string,
  firestore: string,
  runs: readonly string[][],
  flags = '',
): Promise<unknown[]> {
  const inside = join(ROOT, 'bench/inside', file);
  const script = runs
    .map((args) => `node --expose-gc ${flags} --import tsx '${inside}' ${args.join(' ')}`)
    .join(' && ');
  const suite = ['tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', firestore, '--'];
  const child = spawn('npx', [...suite, 'sh', '-c', script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const lines = out.split('\n').filter((text) => text.startsWith('{'));
  if (code !== 0 || lines.length !== runs.length) throw new Error(`${file} gave no figures:\n${out}`);
  return lines.map((line) => JSON.parse(line) as unknown);
}

/**
 * Runs one script in a suite of its own. Returns its line of JSON.
 *
 * @param script from the root
 */
export async function insideSuite(firestore: string, script: string, ...args: string[]): Promise<unknown> {
  const suite = ['tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', firestore, '--'];
  const child = spawn('npx', [...suite, 'npx', 'tsx', join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`${script} gave no figures:\n${out}`);
  return JSON.parse(line);
}
