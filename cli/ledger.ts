import type { Command } from 'commander';
import { verifyAll, verifyOne, type Verified } from '../functions/src/ledger/verify.ts';
import { pseudonymOf } from '../functions/src/subject/pseudonym.ts';
import { fail, json, keysFromEnvironment, openDatabase, print, project, type Common } from './common.ts';
import { proveCommand } from './prove.ts';

/** `compliance ledger …`: what a regulator asks of the ledger. */
export function ledgerCommands(program: Command): void {
  const ledger = program.command('ledger').description('the ledger of consents');
  proveCommand(ledger);
  ledger
    .command('verify')
    .description('finds a changed, missing, added or re-ordered entry, and names it')
    .option('--uid <uid>', 'only this person (needs PSEUDONYM_KEY_V1)')
    .option('--chain <pseudonym>', 'only this chain')
    .addOption(project)
    .addOption(json)
    .action(async (options: Common & { uid?: string; chain?: string }) => {
      const own = openDatabase(options);
      const chain =
        options.chain ?? (options.uid === undefined ? undefined : pseudonymOf(options.uid, keysFromEnvironment()));
      let verified: Verified = { chains: 0, entries: 0, problems: [] };
      if (chain !== undefined) verified = await verifyOne(own, chain);
      else
        for await (const soFar of verifyAll(own)) {
          verified = soFar;
          if (process.stderr.isTTY) process.stderr.write(`\r${soFar.chains} chains, ${soFar.entries} entries`);
        }
      print(options, verified, () =>
        [
          ...verified.problems.map(
            ({ chain: c, seq, id, problem }) => `${c} entry ${seq}${id === undefined ? '' : ` (${id})`}: ${problem}`,
          ),
          `${verified.chains} chains, ${verified.entries} entries, ${verified.problems.length} problems`,
        ].join('\n'),
      );
      if (verified.problems.length > 0) fail();
    });
}
