import { FieldPath, type Firestore, type Query } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { defined } from '../platform/defined.ts';
import { millisOf, documentsOf } from '../platform/firestore.ts';
import type { Ground, Policy, RecordId } from '../policy/schema.ts';
import { inLanguages, LANGUAGES } from '../texts/index.ts';

/** Somebody whose rows stay: of the records that a hold names, or of all. */
interface HeldPerson {
  readonly uid: string;
  readonly records: readonly string[] | null;
  /** Infinity: until it is lifted. */
  readonly until: Instant;
}

/** People a page of the list. */
const HELD_PAGE = 5_000;
/** The list is read again after this long (milliseconds): windows and records that are swept by one instance share it. */
const HELD_KNOWN_MS = 15_000;
const known = new WeakMap<Firestore, { readonly at: Instant; readonly people: Promise<readonly HeldPerson[]> }>();

/**
 * The people whose rows of a record nothing may end now: processing restricted (Art. 18), or a legal hold that still runs and that names the
 * record or none. Lists that are read whole, in pages, whatever their number: no look-up per row. What was read less than 15 seconds ago is not
 * read again: a sweep hands over as often, so that a hold is honoured half a minute after it was set, also by a sweep that had begun.
 *
 * @param since what was read before this is read again: a run honours what was set before it began
 * @returns uids
 */
export async function heldSubjects(
  context: Pick<Context, 'clients' | 'now'>,
  record: RecordId,
  since: Instant = -Infinity,
): Promise<ReadonlySet<string>> {
  const own = context.clients.own();
  const now = context.now();
  let read = known.get(own);
  if (read === undefined || now < read.at || now >= read.at + HELD_KNOWN_MS || read.at < since) {
    read = { at: now, people: heldPeople(own) };
    known.set(own, read);
    // A failure is not remembered.
    read.people.catch(() => known.delete(own));
  }
  const people = await read.people;
  const held = people.filter(({ records, until }) => until > now && (records === null || records.includes(record)));
  return new Set(held.map(({ uid }) => uid));
}

async function heldPeople(own: Firestore): Promise<HeldPerson[]> {
  const [restrictions, holds] = await Promise.all([
    wholeList(own.collection('restrictions').select()),
    wholeList(own.collection('legalHolds').select('uid', 'records', 'until')),
  ]);
  return [
    ...restrictions.map(({ id }) => ({ uid: id, records: null, until: Infinity })),
    ...holds.flatMap((hold): HeldPerson[] => {
      const { uid, records, until } = hold.data() as { uid?: unknown; records?: unknown; until?: unknown };
      if (typeof uid !== 'string') return [];
      return [
        {
          uid,
          records: Array.isArray(records) ? records.filter((record) => typeof record === 'string') : null,
          until: millisOf(until) ?? Infinity,
        },
      ];
    }),
  ];
}

const wholeList = (query: Query) => Array.fromAsync(documentsOf(query.orderBy(FieldPath.documentId()), HELD_PAGE));

/** A legal hold on what is kept of a person: on one record, or on all where none is named; without `until`, until it is lifted. */
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

/**
 * The legal holds on a person that run now. `legalHolds/{id}`: `uid, createdAt, records?: [record], until?: timestamp, ground?: { article, text:
 * { en, fr, … } }`; one that names no ground rests on Art. 17(3)(e).
 */
export async function holdsOn(context: Pick<Context, 'clients' | 'now' | 'policy'>, uid: string): Promise<Hold[]> {
  const found = await context.clients.own().collection('legalHolds').where('uid', '==', uid).get();
  return found.docs.flatMap((document): Hold[] => {
    const { until, records, ground } = document.data() as { until?: unknown; records?: unknown; ground?: unknown };
    const end = millisOf(until);
    if (end !== undefined && end <= context.now()) return [];
    const hold = { ground: groundOf(context.policy, ground), ...defined({ until: end }) };
    if (!Array.isArray(records)) return [hold];
    return records.filter((record) => typeof record === 'string').map((record) => ({ ...hold, record }));
  });
}

/**
 * Until when a legal hold keeps anything of a person from being ended (epoch milliseconds); null where none runs. A hold without an end
 * runs until it is lifted: the answer is then `Infinity`.
 */
async function heldUntil(context: Pick<Context, 'clients' | 'now'>, uid: string): Promise<number | null> {
  const holds = await context.clients.own().collection('legalHolds').where('uid', '==', uid).get();
  const ends = holds.docs.map((hold) => millisOf(hold.get('until')) ?? Infinity);
  const running = ends.filter((end) => end > context.now());
  return running.length > 0 ? Math.max(...running) : null;
}

/** Is the person's processing restricted (Art. 18)? Then their data are kept and used for nothing. */
export async function isRestricted(context: Pick<Context, 'clients'>, uid: string): Promise<boolean> {
  return (await context.clients.own().collection('restrictions').doc(uid).get()).exists;
}

/**
 * Until when rows of a person must stay, for a legal hold that runs or for a restriction (Art. 18(2): stored, and nothing else); null where
 * nothing keeps them, `Infinity` where nobody can say for how long.
 */
export async function untouchableUntil(context: Pick<Context, 'clients' | 'now'>, uid: string): Promise<number | null> {
  const [restricted, until] = await Promise.all([isRestricted(context, uid), heldUntil(context, uid)]);
  return restricted ? Infinity : until;
}
