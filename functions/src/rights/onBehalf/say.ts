import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import type { Say } from '../../policy/regimes.ts';
import { isHeld, type OnBehalf } from '../../requests/onBehalf.ts';
import { isExport } from '../../requests/request.ts';
import type { RequestRef } from '../../requests/store.ts';
import { recordAbout } from '../written.ts';
import { proceed } from './proceed.ts';

/** The person's word about a request that somebody made for them, from their own document. */

/** A word: `say` of the document. A cancellation of such a request is a no. */
const WORDS: readonly Say[] = ['agrees', 'disagrees'];

type Fields = Readonly<Record<string, unknown>> | undefined;

/** Returns the word that an update of a document says; undefined: none, or the same again. Pure. */
export function wordIn(before: Fields, after: Fields): Say | undefined {
  if (after?.['askedFor'] === undefined) return undefined;
  if (after['cancelled'] === true && before?.['cancelled'] !== true) return 'disagrees';
  const word = WORDS.find((one) => one === after['say']);
  return word !== before?.['say'] ? word : undefined;
}

/** The number of words about one request that are heard; past it a no still is. */
const MOST_WORDS = 10;

/**
 * Does a word change anything? Not the same again, nor an older one that comes late; of two at the
 * same moment the no counts. Pure.
 */
function counts({ say: known, saidAt, words = 0 }: OnBehalf, say: Say, at: Instant): boolean {
  const last = saidAt?.toMillis() ?? -Infinity;
  if (say === known || at < last || (at === last && say === 'agrees')) return false;
  return say === 'disagrees' || words < MOST_WORDS;
}

/** One event of a word, of a request that is recorded. */
interface Word {
  readonly id: string;
  readonly ref: RequestRef;
  readonly say: Say;
  /** When the server wrote it, epoch milliseconds. */
  readonly at: Instant;
}

/**
 * Records the person's word in their ledger and with the request, and does what follows from it.
 * Costs 3 reads and 3 writes, and those of the next thing. Every delivery ends in the same state.
 *
 * @returns `takeBack` if the request has begun and can be stopped: an export, an erasure
 */
export async function hear(context: Context, { id, ref, say, at }: Word): Promise<'takeBack' | 'done'> {
  await recordAbout(context, ref, id, {
    at,
    draft: ({ type, onBehalf }) => {
      if (onBehalf === undefined || !counts(onBehalf, say, at)) return null;
      const state = `${type}.${say === 'agrees' ? 'agreed' : 'disagreed'}`;
      return { kind: 'request', state, actor: 'subject', source: 'app', occurredAt: at, recordedAt: context.now() };
    },
    next: ({ onBehalf, ...current }) => {
      const words = (onBehalf?.words ?? 0) + 1;
      const said = onBehalf && { ...onBehalf, say, saidAt: Timestamp.fromMillis(at), words };
      return { record: { ...current, onBehalf: said } };
    },
  });
  const known = await proceed(context, ref);
  if (known?.onBehalf?.say !== 'disagrees' || isHeld(known)) return 'done';
  // The officer who let it on knew of every earlier no: its event can come again.
  if (at <= (known.onBehalf.letOnAt?.toMillis() ?? -Infinity)) return 'done';
  return known.begunAt !== undefined && (isExport(known.type) || known.type === 'erasure') ? 'takeBack' : 'done';
}
