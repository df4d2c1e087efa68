import { jobsIn } from '../../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../../functions/src/jobs/types.ts';
import type { AnsweredPart } from '../../../../../functions/src/requests/answered.ts';
import type { Product } from '../../../../../functions/src/requests/request.ts';
import { keptPrefix } from '../../../../../functions/src/systems/keptReading.ts';
import { stepsOf } from '../matrix.ts';
import { email, formerEmail, REQUEST, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import { pseudonymKeys, type World } from '../world.ts';
import type { Wrong } from '../wrong.ts';
import { contentOf, type Content } from './content.ts';
import { ANOTHERS, exported, LEFT_BY_DEAD, type Size } from './person.ts';

export const jobsOf = (state: State): Job[] => {
  const rows = [...state.own].flatMap(([path, row]) => (path.startsWith('jobs/') ? [row] : []));
  return jobsIn(rows, pseudonymKeys).jobs;
};

export const exportIn = (state: State): Job | undefined => jobsOf(state).find(({ id }) => id.startsWith('export_'));

/** Is this the job of an export that has asked officers for its parts, and waits for them? */
export const waitsForParts = ({ id, steps: { officers } }: Job): boolean =>
  id.startsWith('parts_') && officers?.state === 'waiting' && officers.error === undefined;

/** The request's answer, as the backend keeps it. */
interface Answered {
  readonly status: string | undefined;
  /** Its entry is in the ledger. */
  readonly began: boolean;
  /** It was answered, and then taken back. */
  readonly withdrawn: boolean;
  readonly parts: readonly AnsweredPart[];
  readonly counts: Readonly<Record<string, number>>;
  readonly missing: readonly string[];
  readonly asked: readonly string[];
}

export function answerIn(state: State, { requests }: Pick<Person, 'requests'>): Answered {
  const row = state.own.get(`requests/${requests.mine}`);
  const answer = (row?.get('answer') ?? {}) as Partial<Answered>;
  const { parts = [], counts = {}, missing = [], asked = [] } = answer;
  const status = row?.get('status') as string | undefined;
  const [began, withdrawn] = [row?.get('begunAt') !== undefined, row?.get('withdrawnAt') !== undefined];
  return { status, began, withdrawn, parts, counts, missing, asked };
}

/**
 * The records that the answer names as not read: of everything else that is missing the reason lies
 * elsewhere.
 */
const manifestMissing = ({ manifests }: Content): { readonly source: string; readonly why: string }[] =>
  manifests.flatMap(({ missing }) => missing.map(({ source, why }) => ({ source, why })));
const missingFor = (content: Content, reason: string): string[] => [
  ...new Set(manifestMissing(content).flatMap(({ source, why }) => (why === reason ? [source] : []))),
];
const failedIn = (content: Content): string[] => missingFor(content, 'failed');

/** Is everything there that the request promises? At any moment. */
export function falsePromises(state: State, person: Person): Wrong[] {
  const { status, withdrawn, parts } = answerIn(state, person);
  if (status === 'cancelled' || withdrawn) return [];
  const gone = parts.filter(({ object }) => !state.files.has(`exports:exports/${uid}/${REQUEST}/${object}`));
  return gone.map(({ object }) => ({ kind: 'false done', what: `${object} is published, and is not there` }));
}

/**
 * An export only reads. Everything of everybody is as it was, the person's own data included.
 * Excepted are the notes about the request and the state that the app shows: any event of the
 * person's shows it anew.
 */
export const changed = (before: State, after: State, { chain, requests }: Person): Wrong[] =>
  touched(before, after, {
    app: (path) => path === `users/${uid}/privacyRequests/${REQUEST}` || path === `users/${uid}/privacy/state`,
    own: (path) =>
      path.startsWith(`ledger/${chain}`) ||
      path === `requests/${requests.mine}` ||
      path.startsWith(`jobs/export_${chain}_`) ||
      path.startsWith(`jobs/discard_${chain}_`) ||
      path.startsWith(`jobs/parts_${chain}_`) ||
      path.startsWith('officerTasks/') ||
      path.startsWith('officerSheets/') ||
      path.startsWith('rateLimits/'),
    file: (name) =>
      name.startsWith(`exports:exports/${uid}/${REQUEST}/`) || name.startsWith(`exports:${keptPrefix(uid)}`),
    account: () => false,
    stripe: () => false,
    list: () => false,
    contact: () => false,
    // She is told.
    log: (address) => address === email,
    writesOwn: false,
  });

/** Jobs, tasks and lines of the log name nobody; a job that is over knows nobody's uid any more. */
export function namesIn(world: World, state: State): Wrong[] {
  const wrong: Wrong[] = [];
  const look = (where: string, text: string, names: readonly string[]): void => {
    for (const name of names)
      if (text.includes(name)) wrong.push({ kind: 'other', what: `${where} names ${name}: ${text.slice(0, 300)}` });
  };
  const person = [email, formerEmail, 'Ada', 'Lovelace'];
  for (const [path, row] of state.own) {
    if (!path.startsWith('jobs/')) continue;
    const isOver = row.get('status') === 'completed' || row.get('status') === 'cancelled';
    look(path, JSON.stringify(row.data()), isOver ? [...person, uid] : person);
  }
  for (const task of world.tasks) look('a task', task, [...person, uid]);
  for (const line of world.lines) look('the log', line, [...person, uid]);
  return wrong;
}

/** Did the person take it back: not at all, before it was answered, or afterwards? */
export type TakenBack = 'not' | 'open' | 'answered';

/** Conditions that must hold when it is over. */
export interface Expected {
  readonly product: Product;
  readonly undisturbed: Content;
  /** Systems of which something may lack, if it is said. */
  readonly mayLack: ReadonlySet<string>;
  readonly takenBack: TakenBack;
  readonly messages: { readonly sent: number; readonly least: number; readonly most: number };
}

export async function notAsPromised(
  world: World,
  person: Person,
  state: State,
  { product, undisturbed, mayLack, takenBack: when, messages }: Expected,
): Promise<Wrong[]> {
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const answer = answerIn(state, person);
  const takenBack = when !== 'not';
  const { status, parts } = takenBack ? { ...answer, parts: [] } : answer;
  const published = new Set(parts.map(({ object }) => `exports/${uid}/${REQUEST}/${object}`));
  const stays = new Set<string>([...ANOTHERS, ...(exportIn(state) === undefined ? LEFT_BY_DEAD : [])]);
  for (const key of state.files.keys()) {
    const name = key.startsWith(`exports:exports/${uid}/`) ? key.slice('exports:'.length) : undefined;
    // A reading is kept for other exports of the day, but not of one that was taken back.
    if (name === undefined || (!takenBack && name.startsWith(keptPrefix(uid)))) continue;
    if (!published.has(name) && !stays.has(name)) say(name, 'left behind');
  }
  const { sent, least, most } = messages;
  if (sent < least || sent > most) say(`${sent} messages went to the person, not ${least} to ${most}`);
  const shown: unknown = state.app.get(`users/${uid}/privacyRequests/${REQUEST}`)?.get('status');
  if (shown !== status) say(`the person sees that the request is ${String(shown)}, and it is ${String(status)}`);
  const entries = [...state.own].filter(([path]) => path.startsWith(`ledger/${person.chain}/entries/`));
  const said = entries.map(([, entry]) => String(entry.get('state'))).sort();
  // A request that was taken back before it began has no entry.
  const began = when !== 'open' || answer.began;
  const end = { not: [], open: [`${product}.cancelled`], answered: [`${product}.withdrawn`] }[when];
  const expected = began ? [...end, `${product}.requested`].sort() : [];
  if (said.join(' ') !== expected.join(' ')) say(`the ledger says ${said.join(' ')}`);
  for (const job of jobsOf(state))
    if (job.status !== 'completed' && !(takenBack ? job.status === 'cancelled' : waitsForParts(job)))
      say(`${job.id.split('_')[0] ?? ''} is ${job.status}: ${stepsOf(job)}`, 'not ended');
  const tasks = [...state.own].flatMap(([path, row]) => (path.startsWith('officerTasks/') ? [row] : []));
  const asked = tasks
    .filter((row) => row.get('status') === 'open')
    .map((row) => String(row.get('for.part') ?? row.get('for.look')));
  const sheets = [...state.own.keys()].filter((path) => path.startsWith('officerSheets/'));
  if (sheets.length !== asked.length) say(`${sheets.length} sheets for ${asked.length} open tasks`, 'left behind');
  if (takenBack) {
    if (asked.length > 0) say(`officers are still asked for ${asked.join(' ')}`, 'left behind');
    if (status !== (when === 'open' ? 'cancelled' : 'completed') || answer.withdrawn !== (when === 'answered'))
      say(`it was taken back, and the request is ${String(status)}`);
    return wrong;
  }
  if (exportIn(state) === undefined) say('there is no export', 'not ended');
  const content = await contentOf(world, person, parts);
  if (parts.length === 0) say('nothing is published', 'not ended');
  for (const fault of content.faults) say(fault, 'false done');
  wrong.push(...shorter(content, undisturbed, mayLack));
  // The request's own list of missing sources.
  const missing = [...new Set(manifestMissing(content).map(({ source }) => source))].sort();
  if (missing.join(' ') !== [...answer.missing].sort().join(' '))
    say(`missing are ${missing.join(' ')}, and the request says ${answer.missing.join(' ')}`, 'false done');
  // An officer reads these by hand, or looks at them before the person does.
  const officers = [...failedIn(content), ...missingFor(content, 'look')].sort();
  const open = product === 'access' ? missing : officers;
  if (open.join(' ') !== [...answer.asked].sort().join(' ')) say(`asked is ${answer.asked.join(' ')}`, 'false done');
  if (open.join(' ') !== asked.sort().join(' ')) say(`officers are asked for ${asked.join(' ')}`, 'not ended');
  if (status !== (open.length === 0 ? 'completed' : 'waiting')) say(`it is ${String(status)}`, 'false done');
  const outcomes = exportIn(state)?.steps['archive']?.outcomes ?? [];
  for (const record of new Set([...undisturbed.rows.keys(), ...content.rows.keys()])) {
    const [count, is] = [content.rows.get(record)?.length ?? 0, answer.counts[record] ?? 0];
    if (count !== is) say(`the request counts ${is} of ${record}, and there are ${count}`, 'false done');
    const outcome = outcomes.find((one) => 'record' in one && one.record === record);
    const isFailed = failedIn(content).includes(record);
    if (isFailed ? outcome?.outcome !== 'manual' : outcome?.outcome !== 'done' || outcome.count !== count)
      say(`the job says of ${record}: ${JSON.stringify(outcome)}`, 'false done');
  }
  return wrong;
}

/**
 * Is something not in it that would be, undisturbed, without being named? Is there more? Is
 * something named for nothing?
 */
function shorter(content: Content, undisturbed: Content, mayLack: ReadonlySet<string>): Wrong[] {
  const wrong: Wrong[] = [];
  const say = (what: string): void => void wrong.push({ kind: 'false done', what });
  const failed = new Set(failedIn(content));
  const systems = new Map(
    undisturbed.manifests.flatMap(({ records }) => records.map(({ record, system }) => [record, system] as const)),
  );
  for (const record of failed) {
    const system = systems.get(record);
    if (system !== undefined && !mayLack.has(system)) say(`${record} is named as missing, and could be read`);
    if (mayLack.size === 0) say(`${record} is missing`);
  }
  for (const record of new Set([...content.rows.keys(), ...undisturbed.rows.keys()])) {
    const left = (undisturbed.rows.get(record) ?? []).map(asText).sort();
    const found = (content.rows.get(record) ?? []).map(asText).sort();
    const isWhole = JSON.stringify(left) === JSON.stringify(found);
    if (isWhole) continue;
    if (!failed.has(record)) {
      const [lacks, extra] = [left.filter((one) => !found.includes(one)), found.filter((one) => !left.includes(one))];
      say(`${record} has ${found.length} rows and not ${left.length}: without ${brief(lacks)}, with ${brief(extra)}`);
      continue;
    }
    // The readable part of it is as it would be; of a row the file may lack.
    for (const { row, file } of content.rows.get(record) ?? []) {
      const whole = (undisturbed.rows.get(record) ?? []).find((one) => one.row === row);
      if (whole === undefined || (file !== undefined && file !== whole.file)) say(`${record} has another ${row}`);
    }
  }
  const others = (of: Content): string =>
    [...new Set(manifestMissing(of).flatMap(({ source, why }) => (why === 'failed' ? [] : [`${source} ${why}`])))]
      .sort()
      .join(', ');
  // If the search for the person failed, there is nothing that could not be proven.
  if (failed.size === 0 && others(content) !== others(undisturbed))
    say(`beside it are named ${others(content)}, and not ${others(undisturbed)}`);
  return wrong;
}

const asText = ({ row, file }: { readonly row: string; readonly file?: string }): string => `${row} ${file ?? ''}`;
const brief = (rows: readonly string[]): string =>
  rows.length === 0 ? 'none' : `${rows.slice(0, 2).join(' | ').slice(0, 400)}${rows.length > 2 ? ' …' : ''}`;

/** Does the undisturbed export hold the contents of the fixture? */
export function notAsPlanted(content: Content, size: Size): Wrong[] {
  const { rows, faults } = content;
  const counts = Object.entries(exported(size)).flatMap(([record, planted]) => {
    const count = rows.get(record)?.length ?? 0;
    return count === planted ? [] : [`${count} of ${record}`];
  });
  const failed = failedIn(content).map((record) => `${record} is missing`);
  return [...faults, ...counts, ...failed].map((what) => ({ kind: 'false done', what: `undisturbed: ${what}` }));
}
