import { FieldPath, type DocumentSnapshot, type Firestore, type Query } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { millisOf, documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Ground, Policy, RecordId } from '../policy/schema.ts';
import { inLanguages } from '../texts/index.ts';
import { LANGUAGES } from '../texts/languages.ts';
import { statementIn, statements, statementsOf, type Statement } from './statements.ts';

/**
 * Legal holds and restrictions of processing (Art. 18). One without the right seal protects as
 * well: whoever writes it can only keep data. It then keeps all of them until it is lifted, since
 * the part that narrows it may be the forged one.
 */

/** Somebody whose rows stay: of the records that a hold names, or of all. */
interface HeldPerson {
  readonly uid: string;
  readonly records: readonly string[] | null;
  /** Infinity: until it is lifted. */
  readonly until: Instant;
}

/** People a page of the list. */
const HELD_PAGE = 5_000;
/**
 * The list is read again after this long (milliseconds): windows and records that are swept by one
 * instance share it.
 */
const HELD_KNOWN_MS = 15_000;
const known = new WeakMap<Firestore, { readonly at: Instant; readonly people: Promise<readonly HeldPerson[]> }>();

/**
 * The people whose rows of a record nothing may end now: processing restricted (Art. 18), or a
 * legal hold that still runs and that names the record or none. Lists that are read whole, in
 * pages, whatever their number: no look-up per row. What was read less than 15 seconds ago is not
 * read again: a sweep hands over as often, so that a hold is honoured half a minute after it was
 * set, also by a sweep that had begun.
 *
 * @param since what was read before this is read again: a run honours what was set before it began
 * @returns uids
 */
export async function heldSubjects(
  context: Reading,
  record: RecordId,
  since: Instant = -Infinity,
): Promise<ReadonlySet<string>> {
  const own = context.clients.own();
  const now = context.now();
  let read = known.get(own);
  if (read === undefined || now < read.at || now >= read.at + HELD_KNOWN_MS || read.at < since) {
    read = { at: now, people: heldPeople(own, context.keys) };
    known.set(own, read);
    // A failure is not remembered.
    read.people.catch(() => known.delete(own));
  }
  const people = await read.people;
  const held = people.filter(({ records, until }) => until > now && (records === null || records.includes(record)));
  return new Set(held.map(({ uid }) => uid));
}

async function heldPeople(own: Firestore, keys: PseudonymKeys): Promise<HeldPerson[]> {
  const [restrictions, holds] = await Promise.all([
    wholeList(statements(own, 'restrictions').select()),
    wholeList(statements(own, 'legalHolds')),
  ]);
  const scopeIn = (hold: DocumentSnapshot): HeldPerson[] => {
    const stated = statementIn(hold, keys);
    const uid: unknown = stated?.data['uid'];
    return stated === null || typeof uid !== 'string' ? [] : [{ uid, ...scopeOf(stated) }];
  };
  return [...restrictions.map(({ id }) => ({ uid: id, records: null, until: Infinity })), ...holds.flatMap(scopeIn)];
}

/** Returns the records that a hold keeps, null for all of them, and until when. */
function scopeOf({ isSealed, data }: Statement): Omit<HeldPerson, 'uid'> {
  if (!isSealed) return { records: null, until: Infinity };
  const records: unknown = data['records'];
  return {
    records: Array.isArray(records) ? records.filter((record) => typeof record === 'string') : null,
    until: millisOf(data['until']) ?? Infinity,
  };
}

const wholeList = (query: Query) => Array.fromAsync(documentsOf(query.orderBy(FieldPath.documentId()), HELD_PAGE));

/**
 * A legal hold on what is kept of a person: on one record, or on all where none is named; without
 * `until`, until it is lifted.
 */
export interface Hold {
  readonly record?: RecordId;
  readonly ground: Ground;
  readonly until?: Instant;
}

/** The ground that a hold names; if it names none, legal claims (Art. 17(3)(e)). */
function groundOf(policy: Pick<Policy, 'languages'>, value: unknown): Ground {
  const { article, text } = (value ?? {}) as { article?: unknown; text?: Readonly<Record<string, unknown>> | null };
  const said = LANGUAGES.flatMap((language) => {
    const one = text?.[language];
    return typeof one === 'string' ? [[language, one] as const] : [];
  });
  if (typeof article !== 'string' || said.length === 0)
    return { article: 'Art. 17(3)(e)', text: inLanguages(policy, ({ officer }) => officer.heldByLaw) };
  return { article, text: Object.fromEntries(said) };
}

type Reading = Pick<Context, 'clients' | 'now' | 'keys'>;

const holdsOf = ({ clients, keys }: Reading, uid: string): Promise<Statement[]> =>
  statementsOf(statements(clients.own(), 'legalHolds').where('uid', '==', uid), keys);

/**
 * The legal holds on a person that run now. One that names no ground rests on Art. 17(3)(e), and so
 * does one without the right seal: the words of a stranger stand in no certificate.
 */
export async function holdsOn(context: Reading & Pick<Context, 'policy'>, uid: string): Promise<Hold[]> {
  return (await holdsOf(context, uid)).flatMap((stated): Hold[] => {
    const { records, until } = scopeOf(stated);
    if (until <= context.now()) return [];
    const ground = groundOf(context.policy, stated.isSealed ? stated.data['ground'] : undefined);
    const hold = { ground, ...defined({ until: until === Infinity ? undefined : until }) };
    return records === null ? [hold] : records.map((record) => ({ ...hold, record }));
  });
}

/**
 * Until when a legal hold keeps anything of a person from being ended (epoch milliseconds); null if
 * none runs. A hold without an end runs until it is lifted: the answer is then `Infinity`.
 */
async function heldUntil(context: Reading, uid: string): Promise<number | null> {
  const running = (await holdsOf(context, uid)).map((stated) => scopeOf(stated).until);
  const ends = running.filter((end) => end > context.now());
  return ends.length > 0 ? Math.max(...ends) : null;
}

/**
 * True if the person's processing is restricted (Art. 18): their data are kept and used for
 * nothing.
 */
export async function isRestricted(context: Pick<Context, 'clients'>, uid: string): Promise<boolean> {
  return (await context.clients.own().collection('restrictions').doc(uid).get()).exists;
}

/**
 * Until when rows of a person must stay, for a legal hold that runs or for a restriction (Art.
 * 18(2): stored, and nothing else); null if nothing keeps them, `Infinity` if nobody can say for
 * how long.
 */
export async function untouchableUntil(context: Reading, uid: string): Promise<number | null> {
  const [restricted, until] = await Promise.all([isRestricted(context, uid), heldUntil(context, uid)]);
  return restricted ? Infinity : until;
}
