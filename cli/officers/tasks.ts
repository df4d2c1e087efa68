import { InvalidArgumentError, type Command } from 'commander';
import { newSheetKeys } from '../../functions/src/crypto/sheet.ts';
import { openAlike } from '../../functions/src/officerTasks/alike.ts';
import { listTasks, loadTask } from '../../functions/src/officerTasks/store.ts';
import { isOver } from '../../functions/src/officerTasks/plan.ts';
import type { SheetContent } from '../../functions/src/officerTasks/sheet.ts';
import {
  CLOSINGS,
  isOfExport,
  needsReason,
  NOTE_LENGTH,
  partOf,
  type ClosedAs,
  type OfficerTask,
} from '../../functions/src/officerTasks/task.ts';
import { requestOfParts } from '../../functions/src/export/plan.ts';
import { inLanguage } from '../../functions/src/texts/languages.ts';
import {
  fail,
  json,
  keyVersion,
  NEEDS_KEY,
  openStore,
  print,
  say,
  UnknownError,
  withProject,
  type Common,
} from '../common.ts';
import { decided, readerOf, type Deciding } from '../officer.ts';
import { day } from '../times.ts';
import { close, type Close } from './closing.ts';
import { openNoted, sheetKeysFromEnvironment, showEach, type Shown } from './sheets.ts';

const isLate = ({ status, by }: OfficerTask, now: number): boolean => status === 'open' && by < now;

/** The command for a part of an export. No uid follows from it: `request show` names it. */
function partCommand({ job, for: part }: OfficerTask): string {
  const of = `--uid UID --request ${requestOfParts(job)} --for ${partOf(part)}`;
  return 'look' in part ? `compliance export look ${of}` : `compliance export add ${of}, with --file or --nothing`;
}

function describe(task: OfficerTask, now: number): string {
  const { id, status, by, until, job, closedAt, closedBy } = task;
  const gone = isOver(task, now) ? '; its time is over, and its sheet is gone' : '';
  const state =
    closedAt === undefined
      ? `${isLate(task, now) ? 'OVERDUE since' : 'by'} ${day(by)}, until ${day(until)} at most${gone}`
      : `${status} on ${day(closedAt)} by ${closedBy ?? ''}`;
  const add = status === 'open' && isOfExport(task.for) ? [`  then: ${partCommand(task)}`] : [];
  const lines = [`${id}  ${partOf(task.for)}: ${state}`, `  ${inLanguage(task.what, 'en')}`, `  of ${job}`];
  return [...lines, ...add].join('\n');
}

const DESCRIPTIONS: Readonly<Record<ClosedAs, string>> = {
  done: 'notes that a task is done, and the other side has said so; its sheet goes',
  unconfirmed:
    'notes that the other side did not answer, although it was asked; the certificate, or the person’s document, says so',
  refused:
    'notes that the other side was asked and said no, with its reason; the certificate, or the person’s document, says so',
  impossible:
    'notes that a controller of its own cannot be told (Art. 19), or that a part of a copy cannot be had; with the reason',
  disproportionate: 'notes that telling a controller of its own is too much (Art. 19), with the reason',
};

/** `compliance officer-task …`: the parts of jobs that only a person can do. */
export function officerTaskCommands(program: Command): void {
  const tasks = program.command('officer-task').description('things that only a person can do: recipients to ask');

  withProject(tasks.command('list'))
    .description('lists the open tasks, the next due first, and documents that nobody may act by')
    .option('--job <id>', 'every task of this job, also the closed ones')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common & { job?: string }) => {
      const now = Date.now();
      const found = await listTasks(openStore(options), options.job === undefined ? {} : { job: options.job });
      const late = found.tasks.filter((task) => isLate(task, now));
      print(options, { ...found, overdue: late.map(({ id }) => id) }, () => {
        const lines = found.tasks.map((task) => describe(task, now));
        if (lines.length === 0) lines.push('no task is open');
        return [...lines, ...found.forged.map((id) => `${id} is not as the backend wrote it: nothing acts by it`)].join(
          '\n',
        );
      });
      if (late.length > 0 || found.forged.length > 0) fail();
    });

  decided(tasks.command('show'))
    .argument('<task>', 'its id')
    .description('shows a task, and opens its sheet: by what the other side knows the person; that is noted')
    .option('--alike', 'every open task that asks the same recipient for the same, in the same words')
    .addHelpText('after', `${NEEDS_KEY} Opens the sheet if OFFICER_SHEET_PRIVATE_KEY_V1 and so on are set.`)
    .action(async (id: string, options: Deciding & { alike?: true }) => {
      const store = openStore(options);
      const task = await loadTask(store, id);
      if (task === undefined) throw new UnknownError(`there is no task ${id} as the backend wrote it`);
      const keys = sheetKeysFromEnvironment();
      const open = (one: OfficerTask): Promise<Shown> => openNoted(store, one, { keys, by: () => readerOf(options) });
      if (options.alike !== true) {
        const shown = await open(task);
        print(options, shown, () => shownLines(shown).join('\n'));
        return;
      }
      const isJson = options.json === true;
      await showEach('recipient' in task.for ? await openAlike(store, task) : [task], open, {
        one: (shown) => {
          if (!isJson) say(`${shownLines(shown).join('\n')}\n`);
        },
        all: (all) => {
          if (isJson) print(options, { tasks: all }, () => '');
        },
      });
    });

  for (const status of CLOSINGS) {
    const command = decided(tasks.command(status))
      .argument('<task>', 'its id')
      .description(DESCRIPTIONS[status])
      .option('--proof <file>', 'an answer or a screenshot: its SHA-256 is kept, the file is not');
    if (needsReason(status)) command.requiredOption('--reason <text>', 'why, without names of people', bounded);
    else command.option('--note <text>', 'your own words, without names of people', bounded);
    command
      .option('--alike', 'every open task that asks the same recipient for the same, in the same words')
      .option(
        '--read-before <date>',
        'with --alike: when you wrote, such as 2027-01-02T11:00Z; tasks whose sheets nobody had read stay open',
      )
      .option('--dry-run', 'only print the result, and change nothing')
      .addHelpText('after', NEEDS_KEY)
      .action(async (id: string, options: Close) => close(id, status, options));
  }

  tasks
    .command('keys')
    .description('makes a pair of keys for the sheets: the public one is the parameter OFFICER_SHEET_KEY')
    .addOption(keyVersion())
    .addOption(json)
    .action(({ keyVersion: version, ...options }: Common & { keyVersion: number }) => {
      const pair = newSheetKeys(version);
      const secret = `OFFICER_SHEET_PRIVATE_KEY_V${version}`;
      print(options, { ...pair, version, secret }, () =>
        [
          `OFFICER_SHEET_KEY=${pair.publicKey}`,
          '',
          `The private key, as the secret ${secret}, which only the account compliance-officer may read:`,
          pair.privateKey,
        ].join('\n'),
      );
    });
}

const shownLines = ({ task, state, sheet, profile }: Shown): string[] => [
  describe(task, Date.now()),
  ...(profile === undefined ? [] : [`  the right values are in the document ${profile}`]),
  ...(task.note === undefined ? [] : [`  note: ${task.note}`]),
  ...(task.proof === undefined ? [] : [`  proof: sha256 ${task.proof}`]),
  ...(sheet === null ? [`  sheet: ${SHEETS[state === 'gone' ? 'gone' : 'locked']}`] : knownLines(sheet)),
];

const SHEETS = {
  gone: 'gone: its task is closed, or its time is over',
  locked: 'locked: set OFFICER_SHEET_PRIVATE_KEY_V1 to open it',
} as const;

const knownLines = ({ known }: SheetContent): string[] =>
  known.length === 0
    ? ['  nothing is known by which the other side could find the person']
    : known.map(({ kind, value, proven }) => `  ${kind}: ${value}${proven ? '' : ' (not proven now: compare)'}`);

function bounded(text: string): string {
  if (text.trim() === '' || text.length > NOTE_LENGTH)
    throw new InvalidArgumentError(`at most ${NOTE_LENGTH} characters, and not empty`);
  return text;
}
