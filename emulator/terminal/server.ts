import process from 'node:process';
import { main } from '../../cli/main.ts';
import type { Asked } from './terminal.ts';

/**
 * Runs commands of an officer one after the other, each with its own arguments, environment, output
 * and exit code. The process loads the code once.
 */
const said = { stdout: '', stderr: '' };
for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (text: string | Uint8Array): boolean => {
    said[name] += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  };
const exitCode = (): number => Number(process.exitCode ?? 0);

async function answer({ args, env }: Asked): Promise<void> {
  process.env = { ...env };
  process.exitCode = undefined;
  Object.assign(said, { stdout: '', stderr: '' });
  await main(args);
  process.send?.({ code: exitCode(), ...said });
  process.exitCode = undefined;
}

process.on('message', (asked: Asked) => void answer(asked));
process.on('disconnect', () => process.exit());
