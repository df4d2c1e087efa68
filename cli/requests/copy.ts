import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeCopy, type Copied, type NoCopy } from '../../functions/src/rights/ways/copy.ts';
import { fail, json, print, project, UsageError } from '../common.ts';
import { officerContext } from '../context.ts';
import { as, officerOf, type Deciding } from '../officer.ts';
import { fileStore } from './fileStore.ts';
import { findOrFail, key, type Named } from './options.ts';

const refusals: Readonly<Record<NoCopy, string>> = {
  account: 'its person has an account: an export answers it, or the person asks for one in the app',
  another: 'no copy answers this right: only an access and a portability',
  doubted: 'it is not proven who asks: enter it again with --proven when you know',
  final: 'it is closed',
  address: 'the address is kept no longer, or an account has verified it by now',
};

/** `compliance request copy`: data of a person without an account, as a file to give to them. */
export function copyCommand(request: Command): void {
  request
    .command('copy')
    .addArgument(key())
    .requiredOption('--to <file>', 'the archive to write; it must not exist')
    .description('writes the copy for a proven person without an account (Art. 15(3)): you give it to them')
    .addHelpText(
      'after',
      '\nNeeds PSEUDONYM_KEY_V1, EVIDENCE_SIGNING_KEY_V1, and the keys of the systems in which it looks.',
    )
    .addOption(as)
    .addOption(project)
    .addOption(json)
    .action(async (id: string, options: Named & Deciding & { to: string }) => {
      const { to } = options;
      if (existsSync(to)) throw new UsageError(`${to} is there already: give another name`);
      const context = officerContext(options);
      const found = await findOrFail(context, id, options);
      const officer = await officerOf(options);
      const { store, end } = await fileStore(to);
      try {
        const copied = await writeCopy(context, found, store, officer);
        if (!copied.ok) await rm(to, { force: true });
        print(options, copied.ok ? { ...copied, file: to } : copied, () => words(copied, to));
        if (!copied.ok) fail();
      } finally {
        await end();
      }
    });
}

function words(copied: Copied, to: string): string {
  if (!copied.ok) return refusals[copied.because];
  const { bytes, counts, missing } = copied;
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    `${to}: ${rows} rows, ${bytes} bytes; give it to the person on a safe way, then delete it`,
    ...(missing.length === 0 ? [] : [`not in it, ask or look yourself: ${missing.join(', ')}`]),
    'then `request answer` closes the request',
  ].join('\n');
}
