import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import type { Ground, RecordId } from '../policy/schema.ts';

/**
 * The people whose rows of a record nothing may end now: processing restricted (Art. 18), or a legal hold that still runs and that names the
 * record or none. Two queries, whatever their number: no look-up per row.
 *
 * @returns uids
 */
export async function heldSubjects(
  context: Pick<Context, 'clients' | 'now'>,
  record: RecordId,
): Promise<ReadonlySet<string>> {
  const own = context.clients.own();
  const [restrictions, holds] = await Promise.all([
    own.collection('restrictions').select().get(),
    own.collection('legalHolds').select('uid', 'records', 'until').get(),
  ]);
  const now = context.now();
  const held = new Set(restrictions.docs.map(({ id }) => id));
  for (const hold of holds.docs) {
    const { uid, records, until } = hold.data() as { uid?: unknown; records?: unknown; until?: unknown };
    const runs = !(until instanceof Timestamp) || until.toMillis() > now;
    const covers = !Array.isArray(records) || records.includes(record);
    if (typeof uid === 'string' && runs && covers) held.add(uid);
  }
  return held;
}

/** A legal hold on what is kept of a person: on one record, or on all where none is named; without `until`, until it is lifted. */
export interface Hold {
  readonly record?: RecordId;
  readonly ground: Ground;
  readonly until?: Instant;
}

const heldByLaw: Ground = {
  article: 'Art. 17(3)(e)',
  text: {
    en: 'Kept for the establishment, exercise or defence of legal claims, by order of an officer.',
    fr: "Conservé pour la constatation, l'exercice ou la défense de droits en justice, sur décision d'un responsable.",
  },
};

/** The ground that a hold names, where it is one. */
function groundOf(value: unknown): Ground {
  const { article, text } = (value ?? {}) as { article?: unknown; text?: { en?: unknown; fr?: unknown } };
  if (typeof article !== 'string' || typeof text?.en !== 'string' || typeof text.fr !== 'string') return heldByLaw;
  return { article, text: { en: text.en, fr: text.fr } };
}

/**
 * The legal holds on a person that run now. `legalHolds/{id}`: `uid, createdAt, records?: [record], until?: timestamp, ground?: { article, text:
 * { en, fr } }`; one that names no ground rests on Art. 17(3)(e).
 */
export async function holdsOn(context: Pick<Context, 'clients' | 'now'>, uid: string): Promise<Hold[]> {
  const found = await context.clients.own().collection('legalHolds').where('uid', '==', uid).get();
  return found.docs.flatMap((document): Hold[] => {
    const { until, records, ground } = document.data() as { until?: unknown; records?: unknown; ground?: unknown };
    const end = until instanceof Timestamp ? until.toMillis() : undefined;
    if (end !== undefined && end <= context.now()) return [];
    const hold = { ground: groundOf(ground), ...(end === undefined ? {} : { until: end }) };
    if (!Array.isArray(records)) return [hold];
    return records.filter((record) => typeof record === 'string').map((record) => ({ ...hold, record }));
  });
}

/**
 * Until when a legal hold keeps anything of a person from being ended (epoch milliseconds); null where none runs. A hold without an end
 * runs until it is lifted: the answer is then `Infinity`.
 */
export async function heldUntil(context: Pick<Context, 'clients' | 'now'>, uid: string): Promise<number | null> {
  const holds = await context.clients.own().collection('legalHolds').where('uid', '==', uid).get();
  const ends = holds.docs.map((hold) => {
    const until: unknown = hold.get('until');
    return until instanceof Timestamp ? until.toMillis() : Infinity;
  });
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
