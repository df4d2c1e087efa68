import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../scripts/run.ts';

/**
 * The billed operations of one consent change: counted by the embedded Firestore, in a project of
 * its own beside everything else.
 */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const costs = z.record(z.string(), billed);
export type Costs = z.infer<typeof costs>;

/** Runs `bench/inside/cost.ts` inside a suite and reads the figures that it prints. */
export async function benchCost(): Promise<Costs> {
  const args = [
    'tsx',
    join(ROOT, 'emulator/cli.ts'),
    'exec',
    '--ports',
    'auto',
    '--firestore',
    'embedded',
    '--',
    'npx',
    'tsx',
    join(ROOT, 'bench/inside/cost.ts'),
  ];
  const child = spawn('npx', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`the cost of a consent change could not be counted:\n${out}`);
  return costs.parse(JSON.parse(line));
}
