import type { Command } from 'commander';
import { policy } from '../functions/policies/deployed.ts';
import { lastStatementsLook } from '../functions/src/consent/lastNight.ts';
import { heldBeyond, listDue, type DueItem, type WaitsFor } from '../functions/src/rights/due.ts';
import {
  fail,
  NEEDS_KEY,
  openAppDatabase,
  openStore,
  print,
  shownId,
  UsageError,
  withProject,
  type Common,
} from './common.ts';
import { wrongStatements } from './statements.ts';
import { day, moment } from './times.ts';

const left = (days: number): string =>
  days < 0 ? `OVERDUE since ${-days} day${days === -1 ? '' : 's'}` : `${days} day${days === 1 ? '' : 's'} left`;

const retry = ({ kind, waitsFor }: DueItem, job: string): string =>
  kind === 'erasure' || ('job' in waitsFor && /^(erase|erasure|keep|replay)_/.test(job))
    ? `compliance erasure retry ${job}`
    : `compliance jobs retry ${job}`;

/** Is there an archive, to which an officer has to add something? */
const isWaitingExport = ({ type, status }: DueItem): boolean =>
  status === 'waiting' && (type === 'access' || type === 'portability');

/** No uid follows from the pseudonym: the officer knows that of the person. */
const missingCommand = ({ id }: DueItem): string => `compliance export missing --uid UID --request ${id}`;

/** Says the next thing that an officer does. */
export function next(item: DueItem): string {
  const { waitsFor } = item;
  const tellThem = 'if it will be late, tell the person why before then (Art. 12(3))';
  switch (waitsFor.for) {
    case 'officer':
      if (item.kind === 'contact')
        return `held for review, since its address or account sent many: compliance contact list shows it, compliance contact answer answers it, compliance contact close ends it`;
      if (item.type === 'objection')
        return `waits for an officer: compliance request show ${item.id}, then request uphold ${item.id}, or refuse; ${tellThem}`;
      return `waits for an officer: do what is asked, then compliance request answer ${item.id}, or refuse; ${tellThem}`;
    case 'person':
      return `its clock stands since ${day(waitsFor.since)}, when the person was asked who they are: ask again; compliance request resume ${item.id} when the answer has come, or refuse`;
    case 'answer':
      return `its job ${waitsFor.job} ended without an answer: compliance request answer ${item.id}, or refuse; ${tellThem}`;
    case 'retry':
      return `blocked in ${waitsFor.step} (${waitsFor.code}): mend the cause, then ${retry(item, waitsFor.job)}`;
    case 'release':
      return `held (${waitsFor.why}): compliance erasure release ${waitsFor.job}, or discard`;
    case 'seal':
      if (waitsFor.job === undefined)
        return `the record requests/${item.id} is not as the backend wrote it (seal.broken), and nothing is done by it: find out who wrote it, answer the person by hand, then delete it`;
      return `the job ${waitsFor.job} is not as the backend wrote it (seal.broken), and runs nothing: find out who wrote it, then compliance jobs cancel ${waitsFor.job} removes it, and the work is started again`;
    case 'hold':
      return `a legal hold keeps a part (compliance hold list; compliance hold lift): the rest is done; tell the person why (Art. 12(4))`;
    case 'tasks':
      if (isWaitingExport(item))
        return `waits for parts: compliance officer-task list --job ${waitsFor.job} names whom to ask, and by when; ${missingCommand(item)} names the missing parts with their files, and compliance export add adds one, or compliance export give after a look; ${tellThem}`;
      return `waits for officers: the rest is done; compliance officer-task list --job ${waitsFor.job} names whom to ask, and by when`;
    case 'step':
      if (item.status === 'queued' && waitsFor.wakeAt !== null)
        return `queued, since the person asked for more of this type in a day than begin at once: begins by itself at ${moment(waitsFor.wakeAt)}; ${tellThem}`;
      return `in ${waitsFor.step} (${waitsFor.why})${waitsFor.wakeAt === null ? '' : ` until ${moment(waitsFor.wakeAt)}`}: goes on by itself; ${tellThem}`;
  }
}

/** The item with its ids as commands take them: somebody else may have chosen them. */
export const typeable = (item: DueItem): DueItem => {
  const { id, waitsFor } = item;
  const named = 'job' in waitsFor ? { job: shownId(waitsFor.job) } : {};
  return { ...item, id: shownId(id), waitsFor: { ...waitsFor, ...named } };
};

const isFor = ({ waitsFor }: DueItem, what: WaitsFor['for']): boolean => waitsFor.for === what;

/** Everything that is due, as `compliance due` prints it. */
export interface Due {
  readonly items: readonly DueItem[];
  /** Further messages of the contact form that are held, and follow as these are done. */
  readonly moreHeld: number;
}

/** Loads everything that is due, with ids as commands take them. */
export async function loadDue(context: Parameters<typeof listDue>[0], within: string): Promise<Due> {
  const items = await listDue(context, within);
  return { items: items.map(typeable), moreHeld: await heldBeyond(context, items) };
}

/**
 * Everything that is due in words, and at the end how many there are.
 *
 * @param wrong the line about wrong statements; null: none was wrong
 */
export function dueLines({ items, moreHeld }: Due, within: string, wrong: string | null): string[] {
  const byThemselves = items.filter((item) => isFor(item, 'step')).length;
  const all = items.length + moreHeld;
  return [
    ...items.map(describe),
    ...(moreHeld === 0 ? [] : [`${moreHeld} more messages are held for review: they follow as these are done`]),
    ...(wrong === null ? [] : [wrong]),
    all === 0
      ? `nothing is due within ${within}`
      : `${all} due within ${within}, ${all - byThemselves} of them for an officer`,
  ];
}

const describe = (item: DueItem): string =>
  [
    `${item.kind} ${item.id}`,
    `  ${item.type}, ${item.status}, due ${day(item.dueAt)}, ${left(item.daysLeft)}`,
    `  ${next(item)}`,
  ].join('\n');

/**
 * `compliance due`: lists the requests and erasures that are near their due date and not finished.
 */
export function dueCommand(program: Command): void {
  withProject(program.command('due'))
    .option('--within <period>', 'such as P7D or P1M', policy.rights.escalateBefore.period)
    .description(
      'requests and erasures that are due soon or overdue and not finished, the most urgent first; and whether the last night found a wrong statement about a person',
    )
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common & { within: string }) => {
      if (!/^P(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?$/.test(options.within))
        throw new UsageError('--within is a period of calendar units, such as P7D or P1M');
      const { clients, keys } = openStore(options);
      const context = { clients: { ...clients, app: openAppDatabase }, keys, now: Date.now, policy };
      const due = await loadDue(context, options.within);
      const statements = await lastStatementsLook(context, Date.now());
      const wrong = wrongStatements(statements);
      print(options, { ...due, statements }, () => dueLines(due, options.within, wrong).join('\n'));
      if (due.items.length > 0 || wrong !== null) fail();
    });
}
