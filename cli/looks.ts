import { InvalidArgumentError, type Command } from 'commander';
import { OFFICERS_REASONS, type Kept, type OfficersReason } from '../functions/src/export/look/decide.ts';
import { giveLooked, type Given, type NotGiven } from '../functions/src/export/look/give.ts';
import { openLook, showRows, type Shown } from '../functions/src/export/look/rows.ts';
import type { Withheld } from '../functions/src/export/archive/manifest.ts';
import type { ExportRow } from '../functions/src/export/archive/rows.ts';
import { isKeptBack } from '../functions/src/requests/answered.ts';
import { noteRead } from '../functions/src/rights/reads.ts';
import { fail, harmlessJson, print, say, UsageError, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { decided, officerOf, readerOf, type Deciding } from './officer.ts';

interface Look extends Common, Deciding {
  readonly uid: string;
  readonly request: string;
  readonly for: string;
}

interface Give extends Look, Answering {
  readonly look: string;
  readonly leaveNew?: true;
  readonly dryRun?: true;
}

const NEEDS =
  '\nNeeds PSEUDONYM_KEY_V1, the keys of the systems in which it reads and, of exports in a bucket of their own, EXPORT_BUCKET.';

/** `export look` and `export give`: rows with words of others, before the person gets them. */
export function lookCommands(exports: Command): void {
  const which = (command: Command): Command =>
    command
      .requiredOption('--uid <uid>', 'of the person')
      .requiredOption('--request <id>', 'the id of their request, or its name in `due`')
      .requiredOption('--for <record>', 'the record, as `export missing` names it');

  which(decided(exports.command('look')))
    .description(
      'shows the rows with words of others that a copy waits for (Art. 15(4)), as the person would get them; that is noted',
    )
    .addHelpText('after', NEEDS)
    .action(look);

  const answering = which(decided(exports.command('give'))).requiredOption('--look <code>', LOOK_CODE);
  answerOptions(answering)
    .option('--leave-new', 'leaves out rows that the look did not show as they are now; the person is told')
    .option('--dry-run', 'only print the result, and give nothing')
    .description('gives the rows that you looked at, but for those that you keep back; the person reads why')
    .addHelpText('after', `${NEEDS} Also EVIDENCE_SIGNING_KEY_V1.`)
    .action(give);
}

export const LOOK_CODE = 'the look that you answer: its last line names it';

/** The decision of an answer to a look. */
export interface Answering {
  readonly all?: true;
  readonly keep?: readonly Kept[];
}

export const answerOptions = (command: Command): Command =>
  command
    .option('--all', 'everything may go out')
    .option(
      '--keep <what...>',
      `keeps something back: ROW=REASON a whole row, ROW:FIELD,FIELD=REASON fields of it; reasons: ${OFFICERS_REASONS.join(', ')}`,
      keptIn,
    );

/**
 * Returns everything that an answer keeps back.
 *
 * @throws UsageError if it says nothing, or both
 */
export function keptBy({ all, keep = [] }: Answering): readonly Kept[] {
  if ((all === true) === keep.length > 0)
    throw new UsageError('give --all, or --keep for each row and field that you keep back');
  return keep;
}

async function look(options: Look): Promise<void> {
  const context = officerContext(options);
  const opened = await openLook(context, { uid: options.uid, request: options.request, record: options.for });
  if ('because' in opened) {
    const { because, open = [] } = opened;
    print(options, { ok: false, because, open }, () => REFUSALS[because]);
    fail();
    return;
  }
  // Before it is read: rows that nobody noted are read by nobody.
  await noteRead(context, { what: 'look', of: opened.task.id, by: await readerOf(options) });
  const rows: { number: number; row: ExportRow }[] = [];
  const isText = options.json !== true;
  const shown = await showRows(context, opened, (row, number) => {
    if (isText) say(`${number}  ${harmlessJson(row, 2)}`);
    else rows.push({ number, row });
  });
  if ('because' in shown) {
    print(options, { ok: false, ...shown }, () => REFUSALS[shown.because]);
    fail();
    return;
  }
  print(options, { ok: true, ...shown, shown: rows }, () => after(shown, options));
}

const after = ({ code, rows, more, lacking }: Shown, { uid, request, for: record }: Look): string =>
  [
    `${rows} rows${more ? ', and more that are not shown: an answer does not give them' : ''}`,
    ...(lacking === 0
      ? []
      : [
          `${lacking} rows that the person was told of are not there any more, or are not found as theirs: find out why; your answer tells the person`,
        ]),
    `then: compliance export give --uid ${uid} --request ${request} --for ${record} --look ${code}, with --all or --keep`,
  ].join('\n');

async function give(options: Give): Promise<void> {
  const { uid, request, for: record, look: code, leaveNew, dryRun: isDry } = options;
  const kept = keptBy(options);
  const context = officerContext(options);
  const officer = await officerOf(options);
  const given = await giveLooked(context, { uid, request, record, code, kept, leaveNew, isDry, officer });
  print(options, { ...given, dryRun: isDry === true }, () => inWords(given));
  if (!given.ok) fail();
}

/** Reads `3=confidence` or `3:text,reply.text=othersData`, with those before it. */
export function keptIn(text: string, before: readonly Kept[] = []): readonly Kept[] {
  const [, row = '', fields, because = ''] = /^(\d+)(?::([^=]+))?=(\w+)$/.exec(text) ?? [];
  const reason = OFFICERS_REASONS.find((one): one is OfficersReason => one === because);
  if (row === '' || reason === undefined)
    throw new InvalidArgumentError(`write 3=REASON or 3:text=REASON; reasons: ${OFFICERS_REASONS.join(', ')}`);
  return [
    ...before,
    { row: Number(row), because: reason, ...(fields === undefined ? {} : { fields: fields.split(',') }) },
  ];
}

function inWords(given: Given): string {
  if (!given.ok) {
    const { because, named, unseen } = given;
    return `${REFUSALS[because]}${ofRows(named)}${unseen === undefined ? '' : ` (${unseen} rows)`}`;
  }
  if ('before' in given) return 'it was given before, nothing is given now';
  const { rows, withheld, added } = given;
  const kept = withheld.map(keptBack);
  const next =
    added === undefined
      ? 'nothing is given yet'
      : added.completed
        ? 'the request is completed; the person is told'
        : `still open: ${added.open.join(', ')}`;
  return [`${rows} rows ${added === undefined ? 'would go out' : 'are given'}`, ...kept, next].join('\n');
}

/** Says how much is kept back for one reason, or how many rows nobody found. */
export const keptBack = (withheld: Withheld): string =>
  isKeptBack(withheld)
    ? `kept back, ${withheld.because}: ${withheld.rows} rows, ${withheld.fields} fields`
    : `not found: ${withheld.rows} rows`;

/** Reads the numbers of rows that an answer names wrongly, for a sentence. */
export const ofRows = (named: readonly number[] | undefined): string =>
  named === undefined ? '' : ` (row ${named.join(', ')})`;

/** Why nothing is given, as the officer reads it. */
export const REFUSALS: Readonly<Record<NotGiven, string>> = {
  notWaiting: 'no export of this request waits for an officer',
  notOpen: 'the export does not wait for this record: see `export missing`',
  working: 'a job of this export is still at work: see `jobs blocked`, or try again in a minute',
  before: 'these rows were given before',
  noLook: 'this part is nothing to look at: `export add` adds it',
  policy: 'the policy has no such record any more: deploy one that has it, or answer the person by a letter',
  sheet: 'the sheet of this task is gone: its job makes it again within a day; look again then',
  gone: 'the account is gone, and nobody is left to answer',
  notSeen: 'this is not the last look at these rows: `export look` shows them as they are now',
  answered:
    'another answer was given to these rows, and this one is used for nothing: `request show` says what was kept back',
  more: 'there are more rows than a look shows: --leave-new leaves out the others and tells the person',
  new: 'rows came or changed since you looked: `export look` shows them, or --leave-new leaves them out and tells the person',
  noRow: 'the answer names a row that was not shown',
  noField: 'the answer names a field that the row does not have',
  everything:
    'nothing would be left of any row: others’ rights are no reason to refuse everything (recital 63). Keep back the fields with their words, and let the rest go out',
  changed: 'the request changed meanwhile, and nothing was given: try again',
};
