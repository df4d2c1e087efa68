import type { Command } from 'commander';
import { enterCommand } from './requestEnter.ts';

/** `compliance request …`: requests about rights (Art. 15 to 21), for the officer who answers. */
export function requestCommands(program: Command): void {
  const request = program.command('request').description('requests about rights (Art. 15 to 21)');
  enterCommand(request);
}
