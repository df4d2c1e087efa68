import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../platform/time.ts';
import {
  answersOf,
  DAILY_LIMITS,
  isNewerAccount,
  patched,
  proofOf,
  spend,
  type Answered,
  type Entry,
  type Erased,
  type Head,
  type PurposeAnswers,
} from './chain.ts';
import { restraintsWith } from './restraints.ts';
import { askedAgain, stands, answersUnder, statesAfter, withAnswer, withObjection } from './standing.ts';

/**
 * The head anew from the entries, as pure functions: with the rules by which the entries were
 * decided (ledger/standing.ts). Nothing is read but the entries, so that who forged a head is found
 * out without any key.
 */

/** The head after one more entry. Needs no policy: `askAgainAt` only says that there is one. */
export function afterEntry(before: Head, entry: Entry): Head {
  const { continues, carries, seq, hash, recordedAt } = entry;
  const head =
    continues === undefined ? before : { ...before, ...carries, continues: { ...continues, at: recordedAt } };
  const changed = { ...changeOf(head, entry), ...spentBy(head, entry) };
  const after = { ...patched(head, changed), seq, hash, changedAt: recordedAt };
  return entry.kind === 'erasure' ? afterErasure(after, entry) : after;
}

/**
 * The head after an entry about an erasure: `begun`, `completed`, or `givenUp`. `ended`: given up,
 * of a person without an account. Nothing else would ever end their chain, so it is closed.
 */
export function afterErasure(head: Head, entry: Entry): Head {
  const { id, state, occurredAt: at, recordedAt, accountCreatedAt = null } = entry;
  const erased: Erased = { at, accountCreatedAt };
  if (state === 'begun') return { ...head, erasing: erased };
  const isGivenUp = state === 'givenUp' || state === 'ended';
  const after = isGivenUp ? { ...head, givenUp: [...(head.givenUp ?? []), id] } : head;
  return state === 'givenUp' ? after : { ...proofOf(after), changedAt: recordedAt, closed: erased };
}

/** The budget after an entry that somebody's own act made. */
function spentBy({ budget }: Head, { kind, actor, reason, holder, recordedAt }: Entry): Partial<Head> {
  const isOwn = actor !== 'backend' || reason === 'documentDeleted';
  const spent = isOwn && kind in DAILY_LIMITS ? spend(budget, kind, recordedAt, holder) : null;
  return spent === null ? {} : { budget: spent };
}

/** The change that an entry makes in the head, beside the end of the chain. */
function changeOf(head: Head, entry: Entry): Partial<Head> {
  const { kind, purpose, recordedAt } = entry;
  if (kind === 'protection') {
    const { protection, powers, asked = [] } = entry;
    const changed = answersUnder(head, protection, recordedAt, asked);
    return {
      ...statesOf(patched(head, { protection }), changed, recordedAt),
      ...{ protection, powers },
    } as Partial<Head>;
  }
  if (kind === 'statement') {
    const restraints = entry.statement && restraintsWith(head.restraints, entry.statement);
    return { restraints } as Partial<Head>;
  }
  if (kind !== 'consent' || purpose === undefined || repeatsProtection(entry)) return {};
  const known = head.consents[purpose] ?? {};
  const answers = entry.state === 'expired' ? askedAgain(known, recordedAt) : answeredBy(known, entry);
  return statesOf(head, { [purpose]: answers }, recordedAt);
}

function statesOf(head: Head, changed: Readonly<Record<string, PurposeAnswers>>, now: Instant): Partial<Head> {
  const { countsSince: askAgainAt, ...states } = statesAfter(head, changed, now);
  return { ...states, askAgainAt } as Partial<Head>;
}

/** The entry of a protection before this one said it already: this one shows it for its purpose. */
const repeatsProtection = ({ actor, reason }: Entry): boolean =>
  actor === 'backend' && (reason === 'age' || reason === 'guardianship');

function answeredBy(known: PurposeAnswers, entry: Entry): PurposeAnswers {
  const { state, answer = state, occurredAt, policyVersion } = entry;
  if (state === 'objected') return withObjection(known, occurredAt);
  const by = entry.actor === 'holder' || entry.holder !== undefined ? 'holder' : 'subject';
  const answered: Answered = {
    granted: state === 'pending' || stands(state),
    at: occurredAt,
    state: answer,
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...(entry.actor === 'officer' ? { entered: true } : {}),
  };
  return withAnswer(known, by, answered);
}

/** Fields of a head that differ from what its entries say. */
export type HeadField = keyof Head;

/**
 * Compares a head with the one that its entries say. No entry tells which documents, bands and
 * guardianships are known: the seal alone protects those. A chain that goes on under another key is
 * closed with that one, without an entry of its own.
 */
export function differencesOf(head: Head, derived: Head): HeadField[] {
  // A chain that continues another one says so in its first entry, and has none yet.
  if (head.seq === 0 && derived.seq === 0 && head.continues !== undefined) return [];
  const isFormer = head.continuedBy !== undefined;
  const expected = head.closed !== undefined && derived.closed === undefined ? proofOf(derived) : derived;
  const comparisons: [HeadField, unknown, unknown][] = [
    ['seq', head.seq, expected.seq],
    ['hash', head.hash, expected.hash],
    ['current', head.current, expected.current],
    ['since', head.since, expected.since],
    ['consents', answered(head), answered(expected)],
    ['protection', head.protection, expected.protection],
    ['powers', head.powers, expected.powers],
    ['continues', withoutTime(head.continues), withoutTime(expected.continues)],
    ['givenUp', head.givenUp, expected.givenUp],
    ['successor', isSuccessor(head), true],
    ...(isFormer ? [] : whileOpen(head, derived)),
  ];
  return comparisons.flatMap(([field, is, says]) => (isDeepStrictEqual(is, says) ? [] : [field]));
}

const whileOpen = (head: Head, derived: Head): [HeadField, unknown, unknown][] => [
  ['changedAt', head.changedAt, derived.changedAt],
  ['erasing', head.erasing, derived.erasing],
  ['closed', head.closed, derived.closed],
  ['budget', head.budget, derived.budget],
  ['askAgainAt', head.askAgainAt !== undefined, derived.askAgainAt !== undefined],
  ['agreedTo', head.agreedTo, derived.agreedTo],
  ['restraints', head.restraints, derived.restraints],
];

/** Only a closed chain has a successor: an account that is newer than the erased one. */
const isSuccessor = ({ closed, successor }: Head): boolean =>
  successor === undefined || (closed !== undefined && isNewerAccount(closed, successor));

/** The answers of every purpose that has one. */
const answered = ({ consents }: Head): unknown =>
  Object.fromEntries(
    Object.entries(consents).flatMap(([purpose, all]) => {
      const answers = answersOf(all);
      return Object.keys(answers).length === 0 ? [] : [[purpose, answers] as const];
    }),
  );

const withoutTime = (continues: Head['continues']): unknown =>
  continues && [continues.chain, continues.seq, continues.hash];
