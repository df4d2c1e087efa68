import type { Command } from 'commander';
import type { Copied, NoCopy } from '../../functions/src/rights/ways/copied.ts';
import { writeCopy } from '../../functions/src/rights/ways/copy.ts';
import { fail, json, print, project } from '../common.ts';
import { officerContext } from '../context.ts';
import { as, officerOf, type Deciding } from '../officer.ts';
import { fileStore } from './fileStore.ts';
import { findOrFail, key, uidOption, type Named } from './options.ts';

const refusals: Readonly<Record<NoCopy, string>> = {
  another: 'no copy answers this right: only an access and a portability',
  unnamed: 'it names neither an account nor an address: nothing can be found',
  unentered: 'its person asked for it in the app, or by a link, and downloads it in the app',
  doubted: 'it is not proven who asks: enter it again with --proven when you know',
  mailbox:
    'an answer from a mailbox does not prove who asks for the copy of an account: check it otherwise, and enter that as a request of its own',
  power: 'the power is over, or the person disagrees: `request show` has both sides',
  final: 'it is closed, refused or taken back',
  address: 'the address is kept no longer, or an account has verified it by now',
  notReady: 'its export has not ended: `request show` says how far it is',
  over: 'its archives have ended by their period: enter the request again',
  erased: 'the erasure of this person has begun',
  changed: 'it changed meanwhile: look at it again',
};

/** `compliance request copy`: the data of a person, as files to give into somebody's hands. */
export function copyCommand(request: Command): void {
  request
    .command('copy')
    .addArgument(key())
    .requiredOption('--to <file>', 'the archive to write; it must not exist. Further parts are named copy-2.zip …')
    .addOption(uidOption())
    .description('writes the copy of a proven request that you entered (Art. 15(3)), to give it into their hands')
    .addHelpText(
      'after',
      [
        '',
        'Needs PSEUDONYM_KEY_V1; of a person without an account also EVIDENCE_SIGNING_KEY_V1, and the keys of the',
        'systems in which it looks.',
      ].join('\n'),
    )
    .addOption(as)
    .addOption(project)
    .addOption(json)
    .action(async (id: string, options: Named & Deciding & { to: string }) => {
      const context = officerContext(options);
      const { store, keep, end } = await fileStore(options.to);
      try {
        const found = await findOrFail(context, id, options);
        const copied = await writeCopy(context, found, store, await officerOf(options));
        const names = copied.ok ? await keep() : [];
        const of = found.ref.uid === '' ? 'address' : 'account';
        print(options, copied.ok ? { ...copied, names } : copied, () => words(copied, names, of));
        if (!copied.ok) fail();
      } finally {
        await end();
      }
    });
}

function words(copied: Copied, names: readonly string[], of: 'address' | 'account'): string {
  if (!copied.ok) return refusals[copied.because];
  const { files, counts, missing, toLookAt = {} } = copied;
  const others = Object.entries(toLookAt).map(([record, rows]) => `${record} (${rows})`);
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    ...files.map(({ bytes, sha256 }, index) => `${names[index] ?? ''}: ${bytes} bytes, SHA-256 ${sha256}`),
    `${rows} rows; give it to them on a safe way, then delete it`,
    ...(others.length === 0
      ? []
      : [
          `look at these rows before you give it, since they may hold words of others (Art. 15(4)): ${others.join(', ')}`,
        ]),
    ...(missing.length === 0 ? [] : [`${NOT_IN_IT[of]}: ${missing.join(', ')}`]),
    THEN[of],
  ].join('\n');
}

const NOT_IN_IT = {
  address: 'not in it, ask or look yourself',
  account: 'not in it; of a part that comes (`officer-task list`), copy it again then',
} as const;

const THEN = {
  address: 'then `request answer` closes the request',
  account: 'its export answers the request, and the last part closes it',
} as const;
