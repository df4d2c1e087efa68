import { openTerminal, type Asked, type Ran } from '../../emulator/terminal/terminal.ts';
import { runCompliance } from '../compliance.ts';

const run = openTerminal();
let isBusy = false;

/**
 * Runs a command in a process that stays for the next one. A command that comes while another one
 * runs has a process of its own, as those of two officers have.
 */
export async function runCommand(args: Asked['args'], env: Asked['env']): Promise<Ran> {
  if (isBusy) return runCompliance(args, env);
  isBusy = true;
  try {
    return await run({ args, env });
  } finally {
    isBusy = false;
  }
}
