import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../platform/time.ts';
import { answersOf, patched, proofOf, type Answered, type Entry, type Head, type Standing } from './chain.ts';
import { askedAgain, later, stands, standingsUnder, statesAfter } from './standing.ts';

/**
 * The head anew from the entries, as pure functions: with the rules by which the entries were
 * decided (ledger/standing.ts). Nothing is read but the entries, so that who forged a head is found
 * out without any key.
 */

/** The head after one more entry. Needs no policy: `askAgainAt` only says that there is one. */
export function afterEntry(before: Head, entry: Entry): Head {
  const { continues, carries, seq, hash, recordedAt, occurredAt } = entry;
  const head =
    continues === undefined ? before : { ...before, ...carries, continues: { ...continues, at: recordedAt } };
  const after = { ...patched(head, changeOf(head, entry)), seq, hash, changedAt: recordedAt };
  if (entry.kind !== 'erasure') return after;
  return { ...proofOf(after), changedAt: recordedAt, closed: { at: occurredAt, accountCreatedAt: null } };
}

/** The change that an entry makes in the head, beside the end of the chain. */
function changeOf(head: Head, entry: Entry): Partial<Head> {
  const { kind, purpose, recordedAt } = entry;
  if (kind === 'protection') {
    const { protection, asked = [] } = entry;
    const changed = standingsUnder(head, protection, recordedAt, asked);
    return { ...statesOf(patched(head, { protection }), changed, recordedAt), ...{ protection } } as Partial<Head>;
  }
  if (kind !== 'consent' || purpose === undefined || isSaidBefore(entry)) return {};
  const known = head.consents[purpose] ?? {};
  const standing = entry.state === 'expired' ? askedAgain(known, recordedAt) : answeredBy(known, entry);
  return statesOf(head, { [purpose]: standing }, recordedAt);
}

function statesOf(head: Head, changed: Readonly<Record<string, Standing>>, now: Instant): Partial<Head> {
  const { countsSince: askAgainAt, ...states } = statesAfter(head, changed, now);
  return { ...states, askAgainAt } as Partial<Head>;
}

/** The entry of a protection before this one said it already: this one shows it for its purpose. */
const isSaidBefore = ({ actor, reason }: Entry): boolean =>
  actor === 'backend' && (reason === 'age' || reason === 'guardianship');

function answeredBy(known: Standing, entry: Entry): Standing {
  const { state, answer = state, occurredAt, policyVersion } = entry;
  const by = entry.actor === 'holder' ? 'holder' : 'subject';
  const answered: Answered = {
    granted: state === 'pending' || stands(state),
    at: occurredAt,
    state: answer,
    ...(policyVersion === undefined ? {} : { policyVersion }),
  };
  return { ...known, [by]: later(known[by], answered) };
}

/** Fields of a head that differ from what its entries say. */
export type HeadField = keyof Head;

/**
 * Compares a head with the one that its entries say. No entry tells of documents, statements, budgets
 * or the beginning of an erasure: the seal alone protects those. A chain that goes on under another
 * key is closed with that one, without an entry of its own.
 */
export function differencesOf(head: Head, derived: Head): HeadField[] {
  // A chain that continues another one says so in its first entry, and has none yet.
  if (head.seq === 0 && derived.seq === 0 && head.continues !== undefined) return [];
  const isFormer = head.continuedBy !== undefined;
  const said = head.closed !== undefined && derived.closed === undefined ? proofOf(derived) : derived;
  const comparisons: [HeadField, unknown, unknown][] = [
    ['seq', head.seq, said.seq],
    ['hash', head.hash, said.hash],
    ['current', head.current, said.current],
    ['since', head.since, said.since],
    ['consents', answered(head), answered(said)],
    ['protection', head.protection, said.protection],
    ['continues', withoutTime(head.continues), withoutTime(said.continues)],
    ...(isFormer ? [] : whileOpen(head, derived)),
  ];
  return comparisons.flatMap(([field, is, says]) => (isDeepStrictEqual(is, says) ? [] : [field]));
}

const whileOpen = (head: Head, derived: Head): [HeadField, unknown, unknown][] => [
  ['changedAt', head.changedAt, derived.changedAt],
  ['closed', head.closed?.at, derived.closed?.at],
  ['askAgainAt', head.askAgainAt !== undefined, derived.askAgainAt !== undefined],
  ['oldestVersion', head.oldestVersion, derived.oldestVersion],
];

/** The answers of every purpose that has one. */
const answered = ({ consents }: Head): unknown =>
  Object.fromEntries(
    Object.entries(consents).flatMap(([purpose, standing]) => {
      const answers = answersOf(standing);
      return Object.keys(answers).length === 0 ? [] : [[purpose, answers] as const];
    }),
  );

const withoutTime = (continues: Head['continues']): unknown =>
  continues && [continues.chain, continues.seq, continues.hash];
