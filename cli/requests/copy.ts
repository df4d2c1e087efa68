import type { Command } from 'commander';
import { noteRead } from '../../functions/src/rights/reads.ts';
import type { Copied, NoCopy, NoDecision } from '../../functions/src/rights/ways/copied.ts';
import { writeCopy } from '../../functions/src/rights/ways/copy.ts';
import { requestToLook, showCopyRows } from '../../functions/src/rights/ways/lookAtCopy.ts';
import { fail, harmlessJson, print, say, UsageError } from '../common.ts';
import { officerContext } from '../context.ts';
import { answerOptions, keptBack, keptBy, LOOK_CODE, ofRows, REFUSALS, type Answering } from '../looks.ts';
import { decided, officerOf, readerOf, type Deciding } from '../officer.ts';
import { fileStore } from './fileStore.ts';
import { findOrFail, key, uidOption, type Named } from './options.ts';

const refusals: Readonly<Record<NoCopy | NoDecision, string>> = {
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
  toLook: 'nothing is written: these rows may hold words of others (Art. 15(4)); `request look` shows them',
  notSeen: 'nobody has looked at these rows as they are now: `request look` shows them',
  noRow: REFUSALS.noRow,
  noField: REFUSALS.noField,
  everything: REFUSALS.everything,
};

interface Copying extends Named, Deciding, Answering {
  readonly to: string;
  readonly look?: string;
}

/** `compliance request look` and `copy`: the data of a person, as files for somebody's hands. */
export function copyCommands(request: Command): void {
  lookCommand(request);
  copyCommand(request);
}

function lookCommand(request: Command): void {
  decided(request.command('look'))
    .addArgument(key())
    .description(
      'shows the rows with words of others in the copy of somebody without an account (Art. 15(4)); that is noted',
    )
    .addHelpText('after', '\nNeeds PSEUDONYM_KEY_V1, and the keys of the systems in which it reads.')
    .action(look);
}

async function look(id: string, options: Named & Deciding): Promise<void> {
  const context = officerContext(options);
  const looked = requestToLook(await findOrFail(context, id, options));
  // Before anything is read: rows that nobody noted are read by nobody.
  if (looked.ok) await noteRead(context, { what: 'look', of: id, by: await readerOf(options) });
  const rows: object[] = [];
  const shown = looked.ok
    ? await showCopyRows(context, looked.request, (row, at) => {
        if (options.json === true) rows.push({ ...at, row });
        else say(`${at.number}  ${at.record}  ${harmlessJson(row, 2)}`);
      })
    : null;
  if (shown === null) {
    const because = looked.ok ? 'address' : looked.because;
    print(options, { ok: false, because }, () => (because === 'account' ? ACCOUNT : refusals[because]));
    fail();
    return;
  }
  print(options, { ok: true, ...shown, shown: rows }, () =>
    shown.rows === 0
      ? 'no rows to look at: `request copy` writes the copy'
      : `${shown.rows} rows\nthen: compliance request copy ${id} --to FILE --look ${shown.code}, with --all or --keep`,
  );
}

const ACCOUNT = 'rows of an account wait for `export look`: `export missing` names them';

function copyCommand(request: Command): void {
  const copy = decided(request.command('copy'))
    .addArgument(key())
    .requiredOption('--to <file>', 'the archive to write; it must not exist. Further parts are named copy-2.zip …')
    .option('--look <code>', `${LOOK_CODE} (\`request look\`); then --all or --keep`)
    .addOption(uidOption());
  answerOptions(copy)
    .description('writes the copy of a proven request that you entered (Art. 15(3)), to give it into their hands')
    .addHelpText(
      'after',
      [
        '',
        'Needs PSEUDONYM_KEY_V1 and, of exports in a bucket of their own, EXPORT_BUCKET; of a person without an account',
        'also EVIDENCE_SIGNING_KEY_V1, and the keys of the systems in which it looks.',
      ].join('\n'),
    )
    .action(async (id: string, options: Copying) => {
      const answer = answerOf(options);
      const context = officerContext(options);
      const { store, keep, end } = await fileStore(options.to);
      try {
        const found = await findOrFail(context, id, options);
        const copied = await writeCopy(context, found, store, { officer: await officerOf(options), answer });
        const names = copied.ok ? await keep() : [];
        const of = found.ref.uid === '' ? 'address' : 'account';
        print(options, copied.ok ? { ...copied, names } : copied, () => words(copied, names, of));
        if (!copied.ok) fail();
      } finally {
        await end();
      }
    });
}

/** @throws UsageError if rows are given or kept back that nobody says to have looked at */
function answerOf({ look: code, ...answering }: Copying) {
  if (code !== undefined) return { code, kept: keptBy(answering) };
  if (answering.all === undefined && answering.keep === undefined) return undefined;
  throw new UsageError('--all and --keep answer a look: give its code with --look');
}

function words(copied: Copied, names: readonly string[], of: 'address' | 'account'): string {
  if (!copied.ok) {
    const toLook = Object.entries(copied.rows ?? {}).map(([record, rows]) => `\n${record}: ${rows} rows`);
    return `${refusals[copied.because]}${ofRows(copied.named)}${toLook.join('')}`;
  }
  const { files, counts, missing, withheld = {} } = copied;
  const kept = Object.entries(withheld).flatMap(([record, all]) => all.map((one) => `${record}: ${keptBack(one)}`));
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return [
    ...files.map(({ bytes, sha256 }, index) => `${names[index] ?? ''}: ${bytes} bytes, SHA-256 ${sha256}`),
    `${rows} rows; give it to them on a safe way, then delete it`,
    ...kept,
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
