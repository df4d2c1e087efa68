import type { Command } from 'commander';
import { carryCommand } from './carry.ts';
import { copyCommands } from './copy.ts';
import { decidingCommands } from './decide.ts';
import { enterCommand } from './enter.ts';
import { letOnCommand } from './letOn.ts';
import { readingCommands } from './list.ts';
import { upholdCommand } from './uphold.ts';

/** `compliance request …`: requests about rights (Art. 15 to 21), for the officer who answers. */
export function requestCommands(program: Command): void {
  const request = program.command('request').description('requests about rights (Art. 15 to 21)');
  enterCommand(request);
  readingCommands(request);
  copyCommands(request);
  carryCommand(request);
  decidingCommands(request);
  upholdCommand(request);
  letOnCommand(request);
}
