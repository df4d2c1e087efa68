import type { Command } from 'commander';
import { policy } from '../../functions/policies/deployed.ts';
import { exportLedger } from '../../functions/src/checkpoints/file/write.ts';
import { openDatabase, print, withProject, type Common } from '../common.ts';
import { chainsAsked, progress } from './verify.ts';

interface Options extends Common {
  readonly uid?: string;
  readonly chain?: string;
  readonly out: string;
}

export function exportCommand(ledger: Command): void {
  withProject(ledger.command('export'))
    .description('writes the ledger with its signed checkpoint into a file that verifies alone')
    .requiredOption('--out <file>', 'the file to write (JSON lines)')
    .option('--uid <uid>', 'only this person (needs PSEUDONYM_KEY_V1)')
    .option('--chain <pseudonym>', 'only this chain')
    .action(async (options: Options) => {
      const own = openDatabase(options);
      const chains = await chainsAsked(own, options);
      const exported = await exportLedger(own, options.out, chains, { policy, now: Date.now(), progress });
      if (process.stderr.isTTY) process.stderr.write('\n');
      const { checkpoint, entries } = exported;
      const signed = checkpoint === null ? 'no checkpoint was signed yet' : `with the checkpoint ${checkpoint}`;
      print(options, exported, () => `${options.out}: ${exported.chains} chains, ${entries} entries, ${signed}`);
    });
}
