import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { millisOf } from '../platform/firestore.ts';
import { strongest, type Power } from '../policy/powers.ts';
import { DECIDERS, REGIMES, RIGHTS, type Right } from '../policy/regimes.ts';
import { isUid } from './identity.ts';
import { pseudonymsOf } from './pseudonym.ts';
import { statedAfter, statement, statementIn, statements, statementsOf, type Statement } from './statements.ts';

/**
 * Reads the protection of a person: the holders that decide with or for them about their data. Only
 * the app's servers state it (rights/statements/submit.ts): a child cannot declare itself an adult,
 * and nobody makes themselves a guardian.
 */

/** `ageBands/{uid}`: a band, not a date of birth. `child`: under the policy's age of consent. */
export interface AgeBand {
  readonly band: 'child' | 'adolescent' | 'adult';
  /** When a child reaches the age from which it decides alone, if servers know it. */
  readonly until?: Instant;
}

/**
 * `guardianships/{id}`: a power to act for a person, as servers stated it. Its papers are the
 * holder's data, and decide nothing here.
 */
export interface Guardianship extends Power {
  /** The uid of the holder; absent if they have no account and act through an officer. */
  readonly holder?: string;
}

/**
 * The holders that decide with (`both`) or for (`holder`) a person, with uids; the ledger has
 * pseudonyms in their place.
 */
export interface Guarded {
  readonly mode: 'both' | 'holder';
  readonly reason: 'age' | 'guardianship';
  readonly until?: Instant;
  readonly holders: readonly { readonly uid: string; readonly from: Instant; readonly until?: Instant }[];
}

const runs = ({ from, until }: Guardianship, now: Instant): boolean =>
  from <= now && (until === undefined || until > now);

/** True of a power that names consents: the others have no part in them. */
const isAboutConsents = ({ scope }: Guardianship): boolean => scope.includes('consents');

/**
 * Returns the protection of a person now; null: the person alone. Under the age of
 * consent child and holder decide together (GDPR Art. 8; loi Informatique et Libertés, art. 45),
 * also while nobody is named as holder: the consent waits. An adult decides alone unless a
 * guardianship that runs says otherwise; of several, the one that protects most counts.
 */
export function guardedAs(age: AgeBand | null, guardianships: readonly Guardianship[], now: Instant): Guarded | null {
  const running = guardianships.filter((one) => runs(one, now) && isAboutConsents(one));
  const holdersOf = (some: readonly Guardianship[]): Guarded['holders'] =>
    some.flatMap(({ holder, from, until }) =>
      holder === undefined ? [] : [{ uid: holder, from, ...defined({ until }) }],
    );
  if (age?.band === 'child' && (age.until === undefined || age.until > now)) {
    const until = age.until === undefined ? {} : { until: age.until };
    return { mode: 'both', reason: 'age', ...until, holders: holdersOf(running) };
  }
  for (const mode of ['holder', 'both'] as const) {
    const some = running.filter(({ decides }) => decides === mode);
    if (some.length === 0) continue;
    const ends = some.map(({ until }) => until ?? Infinity);
    const last = Math.max(...ends);
    return { mode, reason: 'guardianship', ...(last === Infinity ? {} : { until: last }), holders: holdersOf(some) };
  }
  return null;
}

type Reading = Pick<Context, 'clients' | 'now' | 'keys'>;

/** The statements about a person's age and guardians. */
export interface Stated {
  readonly age: Statement | null;
  readonly guardianships: readonly Statement[];
}

/** Reads the statements about a person's age and guardians: one document and one query. */
export async function readStated({ clients, keys }: Reading, uid: string): Promise<Stated> {
  const own = clients.own();
  const [age, guardianships] = await Promise.all([
    statements(own, 'ageBands').doc(uid).get(),
    statementsOf(statements(own, 'guardianships').where('child', '==', uid), keys),
  ]);
  return { age: statementIn(age, keys), guardianships };
}

/** Derives the protection of a person now from statements; null: the person alone. Pure. */
export const guardedBy = ({ age, guardianships }: Stated, now: Instant): Guarded | null =>
  guardedAs(
    ageBandOf(age),
    guardianships.flatMap((one) => guardianshipOf(one) ?? []),
    now,
  );

/**
 * The powers over a person that are not over, also those that begin later. A server that says that
 * somebody is of age ends parental authority. Pure.
 */
export function powersIn({ age, guardianships }: Stated, now: Instant): Guardianship[] {
  const isAdult = ageBandOf(age)?.band === 'adult';
  return guardianships
    .flatMap((one) => guardianshipOf(one) ?? [])
    .filter(({ until }) => until === undefined || until > now)
    .filter(({ regime }) => !isAdult || regime !== 'parentalAuthority');
}

/**
 * True if a power lets its holder use a right of a person now, alone or together with them. Servers
 * state it. For a stranger it costs one query that finds nothing, whether the other lives, was
 * erased, or is unknown.
 */
export async function isHolderOf(
  context: Reading & Pick<Context, 'policy'>,
  holder: string,
  child: string,
  right: Right,
): Promise<boolean> {
  // Firestore compares texts of up to 1,500 bytes; no uid is that long.
  const asked = isUid(child) ? child : '';
  const own = context.clients.own();
  const named = statements(own, 'guardianships').where('child', '==', asked).where('holder', '==', holder);
  const none = (await named.limit(1).get()).empty;
  if (none || asked === '') return false;
  const stated = await readStated(context, child);
  const now = context.now();
  const theirs = powersIn(stated, now).filter((one) => one.holder === holder);
  const found = strongest(context.policy, theirs, { right, now });
  if (found === null || found.ruling.may === 'no') return false;
  // Nobody answers about consents for a person who decides alone.
  return right !== 'consents' || (guardedBy(stated, now)?.holders ?? []).some(({ uid }) => uid === holder);
}

/**
 * A band as it was stated; null if nobody states one, or no longer. Anything else is taken as a
 * child's: neither the mistake of a server nor a forged document takes a protection away.
 */
export function ageBandOf(stated: Omit<Statement, 'id'> | null): AgeBand | null {
  if (stated === null) return null;
  const { isSealed, data } = stated;
  if (!isSealed) return { band: 'child' };
  if (data['withdrawnAt'] !== undefined) return null;
  const band: unknown = data['band'];
  const known = band === 'adult' || band === 'adolescent' ? band : 'child';
  return { band: known, ...defined({ until: millisOf(data['until']) }) };
}

/**
 * A power as it was stated; null if the backend did not seal it, or it lacks its beginning, a
 * regime or a scope. Nothing is guessed: a power that nobody described gives none.
 */
export function guardianshipOf({ isSealed, data }: Omit<Statement, 'id'>): Guardianship | null {
  const from = millisOf(data['from']);
  const regime = REGIMES.find((one) => one === data['regime']);
  const named: unknown = data['scope'];
  const scope = RIGHTS.filter((right) => Array.isArray(named) && named.includes(right));
  if (!isSealed || from === undefined || regime === undefined || scope.length === 0) return null;
  const holder: unknown = data['holder'];
  return {
    regime,
    scope,
    decides: DECIDERS.find((one) => one === data['decides']) ?? 'person',
    from,
    ...defined({ until: millisOf(data['until']) }),
    ...(typeof holder === 'string' && holder !== '' ? { holder } : {}),
  };
}

/**
 * Ends the guardianships of an erased holder. Their uid and their papers go. Their pseudonyms stay,
 * under every key, since the ledger of the protected person has one of them. A child stays
 * protected by its age: a consent waits for another holder (Art. 8). An adult decides alone again.
 * A document that nobody sealed gets no seal by this. Runs twice harmlessly: a released
 * guardianship is not found again.
 */
export async function releaseHolder(
  { clients, keys }: Pick<Context, 'clients' | 'keys'>,
  uid: string,
  at: Instant,
): Promise<void> {
  const own = clients.own();
  const found = await statements(own, 'guardianships').where('holder', '==', uid).get();
  for (const { ref } of found.docs)
    await own.runTransaction(async (tx) => {
      const stated = statementIn(await tx.get(ref), keys);
      if (stated?.data['holder'] !== uid) return;
      const released = releasedFrom(stated.data, pseudonymsOf(uid, keys), at);
      const next = { ...released, statedAt: statedAfter(stated, at) };
      tx.set(ref, stated.isSealed ? statement(ref, next, keys) : released);
    });
}

function releasedFrom(data: DocumentData, holderPseudonyms: readonly string[], at: Instant): DocumentData {
  const kept = Object.entries(data).filter(([name]) => name !== 'holder' && name !== 'evidence');
  const until = Math.min(millisOf(data['until']) ?? Infinity, at);
  return { ...Object.fromEntries(kept), holderPseudonyms, until: Timestamp.fromMillis(until) };
}
