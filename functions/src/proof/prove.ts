import type { Entry } from '../ledger/chain.ts';
import type { Instant } from '../platform/time.ts';
import { noticeHash, noticeText } from '../policy/notices.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { stateWords } from './consentStates.ts';

/** A text, as an entry names it. */
interface NamedText {
  readonly version: string;
  readonly language: string;
  readonly hash: string;
}

/** The text of the question to the person, compared with the one in the repository. */
export type ProvenNotice =
  /**
   * The entry names no text: the app declared a version of which the repository has none, or the
   * backend itself wrote the entry.
   */
  | { readonly kind: 'notRecorded' }
  /**
   * The entry names a text by its hash, and the repository has none of that version and language.
   */
  | (NamedText & { readonly kind: 'notInRepository' })
  /** The repository's text is another one than the person saw: somebody changed it afterwards. */
  | (NamedText & { readonly kind: 'differs'; readonly hashInRepository: string })
  | (NamedText & {
      readonly kind: 'exact';
      /** Nobody said which language the app showed: it is taken to be the policy's default. */
      readonly assumed: boolean;
      readonly text: string;
    });

/** The answer that applied at a moment, and its evidence. */
export interface Applied {
  /** The state of the purpose; null if nobody had answered. */
  readonly state: string | null;
  /** May the purpose be carried out? */
  readonly agreed: boolean;
  /** Since when. */
  readonly since: Instant | null;
  /** The entry that shows it. */
  readonly shownBy: Entry | null;
  /**
   * A no that was recorded after that entry and counts against it. It is of another person who
   * decides with the person, or of the one that had said yes.
   */
  readonly against: Entry | null;
}

/** The answer to the question: which answer applied for this purpose at this moment? */
export interface Proof extends Applied {
  readonly purpose: PurposeId;
  readonly at: Instant;
  /** The answer that the ledger could have shown at that moment: without later recordings. */
  readonly knownThen: Applied;
  /**
   * Happened up to that moment, and was recorded after it (an answer given offline, an event that
   * came late), the earliest first.
   */
  readonly recordedLater: readonly Entry[];
  /** The next entry that changed it; null if it still applies. */
  readonly until: Entry | null;
  /** The person was erased before that moment: the answer that applied until then ended with it. */
  readonly erasedAt: Instant | null;
  /** Every entry of the purpose, in the order in which things happened. */
  readonly history: readonly Entry[];
}

/**
 * Since when an entry applies: a no from when it happened, a yes from when everybody had agreed
 * that had to.
 */
export const appliesFrom = (entry: Entry): Instant =>
  stateWords(entry.state).refuses ? entry.occurredAt : (entry.effectiveAt ?? entry.occurredAt);

interface Placed {
  readonly entry: Entry;
  /** Its place in the order in which the entries were recorded. */
  readonly index: number;
}

/**
 * Does `b` count over `a`? The later one does. At the same moment a no counts before that the
 * person is asked again, this before a yes; otherwise the one that was recorded last.
 */
function outdoes(b: Placed, a: Placed): boolean {
  const [from, to] = [appliesFrom(a.entry), appliesFrom(b.entry)];
  if (from !== to) return to > from;
  const [before, after] = [stateWords(a.entry.state).precedence, stateWords(b.entry.state).precedence];
  return before === after ? b.index > a.index : after > before;
}

/** Returns the last one in an order. */
const last = (placed: readonly Placed[], isAfter = outdoes): Placed | undefined =>
  placed.reduce<Placed | undefined>((best, one) => (best === undefined || isAfter(one, best) ? one : best), undefined);

/**
 * Returns the person behind the answer. A document that somebody deleted is their no, and so is a
 * letter that an officer entered.
 */
function roleOf({ actor = 'subject', holder, reason }: Entry): 'subject' | 'holder' | 'other' {
  if (actor === 'holder' || holder !== undefined) return 'holder';
  return ['subject', 'officer'].includes(actor) || reason === 'documentDeleted' ? 'subject' : 'other';
}

const opposite = (a: string, b: string): boolean =>
  (a === 'subject' && b === 'holder') || (a === 'holder' && b === 'subject');

/**
 * Of one person's answers, the later one; at the same moment a no, and otherwise the one that was
 * recorded last.
 */
function happenedAfter(a: Placed, b: Placed): boolean {
  if (a.entry.occurredAt !== b.entry.occurredAt) return a.entry.occurredAt > b.entry.occurredAt;
  const [refusedA, refusedB] = [a, b].map((one) => stateWords(one.entry.state).refuses);
  return refusedA === refusedB ? a.index > b.index : refusedA === true;
}

/** The objection that stands: the last one, unless the person has said yes since (Art. 21(3)). */
function objectionIn(until: readonly Placed[]): Placed | undefined {
  const objection = last(until.filter(({ entry }) => entry.state === 'objected'));
  const hasAgreed = ({ entry }: Placed): boolean =>
    roleOf(entry) === 'subject' &&
    stateWords(entry.answer ?? entry.state).agrees &&
    entry.occurredAt > (objection?.entry.occurredAt ?? Infinity);
  return until.some(hasAgreed) ? undefined : objection;
}

function applied(all: readonly Placed[], at: Instant): Applied {
  const until = all.filter(({ entry }) => appliesFrom(entry) <= at);
  const shown = objectionIn(until) ?? last(until);
  if (shown === undefined) return { state: null, agreed: false, since: null, shownBy: null, against: null };
  const { entry } = shown;
  const { agrees } = stateWords(entry.state);
  const base = { state: entry.state, since: appliesFrom(entry), shownBy: entry };
  if (!agrees) return { ...base, agreed: false, against: null };
  // A yes that waited for the other's did not know of that one's earlier no, recorded later.
  // Nor did it know that it was taken back while it waited.
  const mine = roleOf(entry);
  const others = last(until.filter((one) => opposite(roleOf(one.entry), mine)));
  const own = last(
    until.filter((one) => roleOf(one.entry) === mine),
    happenedAfter,
  );
  const against =
    [others, own]
      .map((one) => (one && one.index > shown.index && stateWords(one.entry.state).refuses ? one.entry : undefined))
      .find((one) => one !== undefined) ?? null;
  return against ? { ...base, state: 'pending', agreed: false, against } : { ...base, agreed: true, against };
}

/**
 * Finds the answer that applied for a purpose at a moment (GDPR Art. 7(1)). It goes by the time at
 * which things happened, whenever they were recorded. At the same moment a withdrawal counts, and
 * otherwise the entry that was recorded later.
 *
 * Pure. Device permissions, requests and effects are no consents and are not looked at.
 *
 * @param entries of one person, of all their chains, in the order in which they were recorded
 * @param at epoch milliseconds
 * @example proveAt(entries, 'messages', Date.parse('2026-03-01T00:00:00Z')).agreed // true
 */
export function proveAt(entries: readonly Entry[], purpose: PurposeId, at: Instant): Proof {
  const placed = entries.map((entry, index): Placed => ({ entry, index }));
  const consents = placed.filter(({ entry }) => entry.kind === 'consent' && entry.purpose === purpose);
  const erasure = entries.find(({ kind, state }) => kind === 'erasure' && state === 'completed');
  const erasedAt = erasure !== undefined && erasure.occurredAt <= at ? erasure.occurredAt : null;
  const now = applied(consents, at);
  const ordered = [...consents].sort((a, b) => (outdoes(b, a) ? -1 : 1)).map(({ entry }) => entry);
  return {
    purpose,
    at,
    ...now,
    agreed: now.agreed && erasedAt === null,
    knownThen: applied(
      consents.filter(({ entry }) => entry.recordedAt <= at),
      at,
    ),
    recordedLater: ordered.filter((entry) => appliesFrom(entry) <= at && entry.recordedAt > at),
    until: ordered.find((entry) => appliesFrom(entry) > at) ?? null,
    erasedAt,
    history: ordered,
  };
}

/**
 * Returns the exact text that an entry names, from the repository. Its hash is computed again and
 * compared with the one in the entry. So a text that was changed afterwards is not passed off as
 * the one that the person saw.
 */
export function provenNotice(policy: Pick<Policy, 'notices'>, entry: Entry): ProvenNotice {
  const { purpose, noticeVersion: version, noticeLanguage: language, noticeHash: hash } = entry;
  if (purpose === undefined || version === undefined || language === undefined || hash === undefined)
    return { kind: 'notRecorded' };
  const text = noticeText(policy, version, purpose, language);
  if (text === undefined) return { kind: 'notInRepository', version, language, hash };
  const hashInRepository = noticeHash(text);
  if (hashInRepository !== hash) return { kind: 'differs', version, language, hash, hashInRepository };
  return { kind: 'exact', version, language, hash, assumed: entry.noticeAssumed === true, text };
}
