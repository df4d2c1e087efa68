import type { Command } from 'commander';
import { exportCommand } from './export.ts';
import { checkpointCommand, keygenCommand } from './checkpoint.ts';
import { proveCommand } from './prove.ts';
import { verifyCommand } from './verify.ts';

/** `compliance ledger …`: the ledger's answers for a regulator. */
export function ledgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the ledger of consents');
  for (const command of [proveCommand, verifyCommand, exportCommand, checkpointCommand, keygenCommand]) command(ledger);
}
