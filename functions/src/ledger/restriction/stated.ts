import { Timestamp, type DocumentData, type Transaction } from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { millisOf } from '../../platform/firestore.ts';
import type { Instant } from '../../platform/time.ts';
import { statedAt, statementIn, statements, type Statement } from '../../subject/statements.ts';
import type { OrderedBy } from '../entry.ts';
import { changeRestraint, endRestraint, type Ending, type Found, type RestraintChange } from '../restrain.ts';
import { rememberedOf } from '../restrained.ts';
import { type Restriction, runsAt } from '../restraints.ts';
import { WHOLE, type RestrictionGround } from './scope.ts';

/**
 * The restrictions of a person (Art. 18): `restrictions/{uid}` holds all of them, each by its name.
 * So one transaction decides about the union of their scopes.
 */

/** The names of the restrictions that no request brought. */
export const NAME_OF = { server: 'server', erasure: 'erasure' } as const;

/** An announced end (Art. 18(3)). */
interface Lifting {
  /** When it was ordered: an older order lifts nothing. */
  readonly at: Instant;
  /** The officer's own words to the person, in the language of the letter. */
  readonly words?: string;
  readonly language?: string;
  /** An officer sends the letter by post. */
  readonly byPost?: true;
  /** When the person was told of it, by the answer to their request: no other message follows. */
  readonly toldAt?: Instant;
}

/** A restriction as its document has it. */
export interface StatedRestriction extends Restriction {
  /** Since when the person is restricted by it. */
  readonly since: Instant;
  /** When this order was given. */
  readonly at: Instant;
  readonly ground?: RestrictionGround;
  readonly reason?: string;
  /** The name in `requests` of the request that it answers. */
  readonly request?: string;
  /** The end that the order itself named; `liftsAt` can be another, which was announced since. */
  readonly until?: Instant;
  readonly lifting?: Lifting;
}

export type Stated = ReadonlyMap<string, StatedRestriction>;

const TIMES = ['since', 'at', 'liftsAt', 'until'] as const;
const TIMES_OF_END = ['at', 'toldAt'] as const;

const timed = (fields: object, names: readonly string[], change: (value: unknown) => unknown): DocumentData =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      names.includes(name) ? change(value) : value,
    ]),
  );

const asTimestamp = (at: unknown): unknown => (typeof at === 'number' ? Timestamp.fromMillis(at) : at);

function toDocument({ lifting, ...one }: StatedRestriction): DocumentData {
  return defined({ ...timed(one, TIMES, asTimestamp), lifting: lifting && timed(lifting, TIMES_OF_END, asTimestamp) });
}

function fromDocument(data: DocumentData): StatedRestriction {
  const { lifting, ...one } = data;
  const ends: unknown = lifting;
  return {
    ...timed(one, TIMES, millisOf),
    ...(typeof ends === 'object' && ends !== null ? { lifting: timed(ends, TIMES_OF_END, millisOf) } : {}),
  } as StatedRestriction;
}

/** The restrictions of a sealed document; one without parts restricts the whole person. */
function partsOf({ data }: Statement): Stated {
  const at = millisOf(data['statedAt']) ?? 0;
  const parts: unknown = data['parts'];
  if (typeof parts !== 'object' || parts === null)
    return new Map([[NAME_OF.server, { ...WHOLE, since: millisOf(data['createdAt']) ?? at, at }]]);
  return new Map(Object.entries(parts).map(([name, one]) => [name, fromDocument(one as DocumentData)]));
}

/**
 * Returns the restrictions that run, as a person's document says. Of one that is gone, or has no
 * right seal, the chain says them. Pure.
 */
export function statedIn({ known, remembered }: Found, now: Instant): Stated {
  if (known?.isSealed === true) return partsOf(known);
  if (remembered === undefined || !runsAt(remembered, now)) return new Map();
  const parts = remembered.parts ?? { [NAME_OF.server]: WHOLE };
  const { at } = remembered;
  return new Map(Object.entries(parts).map(([name, one]) => [name, { ...one, since: at, at }]));
}

/** The scopes as a document counts: without the right seal, everything. */
export const scopesIn = (stated: Statement): readonly Restriction[] =>
  stated.isSealed ? [...partsOf(stated).values()] : [WHOLE];

type Reading = OwnStore & Pick<Context, 'now'>;

/**
 * Reads the restrictions on a person that run, each by its name. Costs 3 reads. The heads come
 * first: one that is set meanwhile is not gone.
 *
 * @throws ComplianceError `seal.broken` if somebody else wrote the head, `ledger.set_back` if it is
 *   older than its entries, or gone: it could hide a restriction
 */
export async function restrictionsOf(
  context: Reading,
  uid: string,
): Promise<{ readonly all: Stated; readonly isSealed: boolean }> {
  const { clients, keys } = context;
  const remembered = await rememberedOf(context, [uid]);
  const stated = statementIn(await statements(clients.own(), 'restrictions').doc(uid).get(), keys);
  const known = stated && remembered.see('restrictions', stated);
  const all = statedIn({ known, remembered: remembered.of('restrictions', uid) }, context.now());
  return { all, isSealed: known?.isSealed ?? true };
}

/**
 * The scopes of the restrictions on a person (Art. 18): their data are kept, and used for no
 * purpose in scope. Without a document their chain is asked: nobody has lifted one that it says is
 * running. A document without the right seal, or of an older version, restricts everything. Costs
 * 3 reads.
 *
 * @throws ComplianceError as `restrictionsOf` does
 */
export async function restrictionsOn(context: Reading, uid: string): Promise<readonly Restriction[]> {
  const { all, isSealed } = await restrictionsOf(context, uid);
  return isSealed ? [...all.values()] : [WHOLE];
}

/** The part of a restriction that the ledger keeps: no words, and no request. */
const scopeOf = ({ purposes, except, liftsAt, job }: Restriction): Restriction =>
  defined({ purposes, except, liftsAt, job });

/** Returns the change after which these restrictions run. Pure. */
function changeTo(found: Found, next: Stated, by: OrderedBy, now: Instant): RestraintChange {
  if (next.size === 0) return { data: null, state: 'ended', ...by };
  const known = found.known?.isSealed === true ? found.known.data : {};
  return {
    data: {
      createdAt: (known['createdAt'] as unknown) ?? Timestamp.fromMillis(now),
      parts: Object.fromEntries([...next].map(([name, one]) => [name, toDocument(one)])),
    },
    state: 'set',
    parts: Object.fromEntries([...next].map(([name, one]) => [name, scopeOf(one)])),
    ...by,
  };
}

type Also = NonNullable<RestraintChange['also']>;

/** A decision about one restriction of a person: null for `next` ends it. */
export interface RestrictionChange extends OrderedBy {
  readonly next: StatedRestriction | null;
  /** When the person was told that it ends. */
  readonly toldAt?: Instant | undefined;
  /** Writes that belong to it, in its transaction: a job. */
  readonly also?: Also | undefined;
}

/** Names one restriction of a person. */
export interface WhichRestriction {
  readonly uid: string;
  readonly name: string;
  /** The names under which older keys of the pseudonyms have it. */
  readonly olderNames?: readonly string[] | undefined;
}

/** The facts of a decision: the restriction of the name, all of them, and the time. */
export interface SeenRestriction {
  readonly current: StatedRestriction | undefined;
  /** Its name: that of today, or the older one under which it runs. */
  readonly name: string;
  readonly all: Stated;
  /** False: a document without the right seal, or a change that no chain could record. */
  readonly isRight: boolean;
  /** A document that somebody else wrote restricts everything, and no chain knows of it. */
  readonly isForged: boolean;
  readonly now: Instant;
  readonly tx: Transaction;
}

/** The outcome of a change. */
export interface RestrictionChanged {
  readonly changed: boolean;
  /** The person is erased: nothing was set. */
  readonly isErased: boolean;
}

/**
 * Sets, changes or ends one restriction of a person; the others go on. Costs 3 reads and a query,
 * and 4 writes. Runs twice harmlessly if `decide` does.
 *
 * @param decide pure but for what it reads in the transaction, which may ask more than once
 * @param tell writes the jobs for other systems in the transaction of a change
 * @throws ComplianceError `seal.broken` if somebody else wrote the head of the person's chain
 */
export async function changeRestriction(
  context: Context,
  { uid, name: today, olderNames = [] }: WhichRestriction,
  decide: (seen: SeenRestriction) => Promise<RestrictionChange | null> | RestrictionChange | null,
  tell: Also,
): Promise<RestrictionChanged> {
  const of = { kind: 'restrictions' as const, id: uid, uid };
  const { changed, isErased = false } = await changeRestraint(context, of, async (found, tx) => {
    const now = context.now();
    const all = statedIn(found, now);
    const name = olderNames.find((older) => all.has(older)) ?? today;
    const { known, remembered } = found;
    const isRight = known?.isSealed === true && remembered !== undefined && statedAt(known) === remembered.at;
    const isForged = found.known?.isSealed === false && all.size === 0;
    const decided = await decide({ current: all.get(name), name, all, isRight, isForged, now, tx });
    if (decided === null) return null;
    const { next, also, toldAt, ...by } = decided;
    // Nothing runs, and no document that somebody else wrote stands there.
    if (next === null && all.get(name) === undefined && found.known === null) return null;
    const both: Also = (tx, recorded) => {
      also?.(tx, recorded);
      tell(tx, recorded);
    };
    return { ...changeTo(found, after(all, name, next), by, now), also: both, ...defined({ toldAt }) };
  });
  return { changed, isErased };
}

function after(all: Stated, name: string, next: StatedRestriction | null): Stated {
  const changed = new Map(all);
  if (next === null) changed.delete(name);
  else changed.set(name, next);
  return changed;
}

/**
 * Ends the restriction that an erasure brought, and no other. Runs twice harmlessly.
 *
 * @param tell writes the jobs for other systems in its transaction
 * @throws ComplianceError `seal.broken` if somebody else wrote the head of the person's chain
 */
export const endOfErasure = (store: Ending, uid: string, job: string, tell: Also): Promise<void> =>
  endRestraint(store, { kind: 'restrictions', id: uid }, (found) => {
    const now = store.now();
    const all = statedIn(found, now);
    if (all.get(NAME_OF.erasure)?.job !== job) return null;
    return { ...changeTo(found, after(all, NAME_OF.erasure, null), { actor: 'backend' }, now), also: tell };
  });
