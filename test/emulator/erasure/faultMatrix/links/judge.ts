import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { ASKS } from '../../../../../functions/src/rights/ways/link.ts';
import { emailHash } from '../../../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../../../functions/src/subject/pseudonym.ts';
import { uid } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import { pseudonymKeys, type World } from '../world.ts';
import type { Wrong } from '../wrong.ts';

/** The wish of somebody with this address. */
export interface Wish {
  readonly email: string;
  readonly asks: (typeof ASKS)[number];
  readonly hasAccount: boolean;
}

/** Everything that a visitor was shown, and did. */
export interface Visitor {
  /** Answers and pages, word by word. */
  readonly seen: string[];
  /** How often the button was pressed. */
  presses: number;
  /** A page said that it is done. */
  isDone: boolean;
}

/** Rows of one collection of the backend's own database, by id. */
const rowsOf = ({ own }: State, collection: string): [string, QueryDocumentSnapshot][] =>
  [...own].flatMap(([path, row]) => (path.startsWith(`${collection}/`) ? [[row.id, row]] : []));

/** The requests that came by a link. */
const requestsIn = (state: State): QueryDocumentSnapshot[] =>
  rowsOf(state, 'requests').flatMap(([, row]) => (row.get('channel') === 'link' ? [row] : []));

const isSuppressed = ({ own }: State, email: string): boolean =>
  own.has(`suppressions/${emailHash(email, pseudonymKeys)}`);
const isBlocked = ({ contacts }: State, email: string): boolean =>
  (JSON.parse(contacts.get(email) ?? '{}') as { emailBlacklisted?: boolean }).emailBlacklisted === true;
/** The chain has the objection, and nothing that the app shows says otherwise. */
const hasObjected = ({ own, app }: State): boolean =>
  own.get(`ledger/${pseudonymOf(uid, pseudonymKeys)}`)?.get('current.messages') === 'objected' &&
  app.get(`users/${uid}/consents/messages`)?.get('granted') !== true;

/** Is nothing written to this address any more, now and later? */
const isStopped = (state: State, { email, hasAccount }: Wish): boolean =>
  isBlocked(state, email) && (hasAccount ? hasObjected(state) : isSuppressed(state, email));

/** A request came by a link, and no job is left. */
export const isOver = (state: State): boolean =>
  requestsIn(state).length > 0 && rowsOf(state, 'jobs').every(([, row]) => row.get('status') === 'completed');

export function wrongAtAnyMoment(world: World, state: State, wish: Wish, { presses, isDone }: Visitor): Wrong[] {
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const used = rowsOf(state, 'links').flatMap(([id, row]) => (row.get('usedAt') === undefined ? [] : [id]));
  const acting = rowsOf(state, 'jobs').flatMap(([id]) => (id.startsWith('link_') ? [id.slice('link_'.length)] : []));
  const requests = requestsIn(state);
  // A used link and its work are one write: none is used for nothing, and none acts twice.
  if (JSON.stringify(used.sort()) !== JSON.stringify(acting.sort()))
    say(`links ${used.join()} are used, and there is work of ${acting.join()}`);
  if (requests.length > used.length) say(`${requests.length} requests came of ${used.length} links`);
  if (isDone && used.length === 0) say('a page says that it is done, and no link is used', 'false done');
  const hasActed = requests.length > 0 || isStopped(state, wish) || isSuppressed(state, wish.email);
  if (presses === 0 && (used.length > 0 || hasActed)) say('something happened without the button');
  for (const row of requests)
    if (row.get('status') === 'completed' && !isStopped(state, wish))
      say('marketing is said to have stopped, and it has not', 'false done');
  return [...wrong, ...namesIn(world, state, wish)];
}

/** The rows that name an address by its keyed hash alone. */
const NAMELESS = ['links', 'requests', 'rateLimits', 'suppressions', 'officerTasks'];
/** The job of an account names it until it ends. */
const WITH_UID = ['jobs'];

function namesIn({ tasks, lines }: World, state: State, { email }: Wish): Wrong[] {
  const rows = (names: readonly string[]): string[] =>
    names.flatMap((name) => rowsOf(state, name).map(([, row]) => `${row.ref.path} ${JSON.stringify(row.data())}`));
  const texts = [
    ...rows(NAMELESS),
    ...tasks.map((task) => `a task ${task}`),
    ...lines.map((line) => `the log ${line}`),
  ];
  const naming = [
    ...texts.filter((text) => text.includes(email) || text.includes(uid)),
    ...rows(WITH_UID).filter((text) => text.includes(email)),
  ];
  return naming.map((text): Wrong => ({ kind: 'other', what: `names somebody: ${text}` }));
}

/** Everything of everybody else is as it was, and of the person all that they did not ask for. */
export function othersTouched(before: State, after: State, { email, asks, hasAccount }: Wish): Wrong[] {
  const stops = asks === 'marketing';
  // Their chain has the objection, and Auth is asked anew who they are.
  const theirs = [`ledger/${pseudonymOf(uid, pseudonymKeys)}`, `subjects/${uid}`];
  return touched(before, after, {
    app: (path) =>
      stops && hasAccount && (path.startsWith(`users/${uid}/consents/`) || path === `users/${uid}/privacy/state`),
    own: (path) => stops && hasAccount && theirs.includes(path),
    file: () => false,
    account: () => false,
    stripe: () => false,
    list: () => false,
    contact: (address) => stops && address === email,
    log: (address) => address === email,
    writesOwn: true,
  });
}

/** The faults when nothing is left to do. */
export function notAsPromised(
  state: State,
  wish: Wish,
  { isDone, presses }: Visitor,
  { tokens }: { readonly tokens: readonly string[] },
): Wrong[] {
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const requests = requestsIn(state);
  const first = requests[0];
  if (!isDone) say(`no page ever said that it is done, after ${presses} presses`, 'not ended');
  if (new Set(tokens).size !== tokens.length) say(`one link was sent twice: ${tokens.length} messages`);
  if (tokens.length > rowsOf(state, 'links').length) say('more messages than links');
  const begun = wish.asks === 'marketing' ? /^(mail|link|object|change)_/ : /^(mail|link)_/;
  for (const [id] of rowsOf(state, 'jobs')) if (!begun.test(id)) say(`a mailbox alone began ${id}`);
  if (wish.asks === 'marketing') {
    if (!isStopped(state, wish)) say('marketing goes on', 'left behind');
    const ended = requests.filter((row) => row.get('status') === 'completed');
    if (ended.length !== requests.length) say('an objection still waits');
    return wrong;
  }
  if (requests.length !== 1) say(`${requests.length} requests are noted`);
  const noted = [first?.get('type'), first?.get('status'), first?.get('waitingFor'), first?.get('job')];
  if (JSON.stringify(noted) !== JSON.stringify([wish.asks, 'waiting', 'officer', undefined]))
    say(`the request is ${JSON.stringify(noted)}`);
  if (isBlocked(state, wish.email)) say('marketing was stopped, and nobody asked for that');
  return wrong;
}
