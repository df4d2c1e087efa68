import { openTerminal, type Asked, type Ran } from '../../emulator/terminal/terminal.ts';

/** Officers who work side by side. Each one's process costs a second of the processor to start. */
const OFFICERS = 2;
const idle = Array.from({ length: OFFICERS }, openTerminal);
const queue: (() => void)[] = [];

/**
 * Runs a command in a process that stays for the next one. A command that comes while another one
 * runs has the process of another officer; it waits if all are busy.
 */
export async function runCommand(args: Asked['args'], env: Asked['env']): Promise<Ran> {
  while (idle.length === 0) await new Promise<void>((resolve) => queue.push(resolve));
  const run = idle.pop() as (typeof idle)[number];
  try {
    return await run({ args, env });
  } finally {
    idle.push(run);
    queue.shift()?.();
  }
}
