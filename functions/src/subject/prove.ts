import { foldEmail } from './emails.ts';
import { phoneDigits } from './phones.ts';
import type { Candidate, Handle, Refusal, RefusalReason, Subject } from './identity.ts';

/**
 * Turns candidates into handles; nothing else does (identity is proven, not claimed:
 * docs/identity.md). Pure.
 *
 * - Found by the uid: it must name the uid itself, and the account if it tells one.
 * - Found by an id that a server wrote: only together with the other side naming the uid.
 * - Found by an address or telephone that proves now: only if nothing else in its system could be
 * the person's, and if it names nobody else.
 * - Of a person without an account: by the proven address only, alone, and if the other side names
 * no account at all.
 *
 * A refused candidate is for an officer: each becomes a `manual` outcome, never silence. Dropped is
 * only what an identifier without proof found and what names another account: it is that account's.
 *
 * @example prove(subject, [{ system: 'stripe', id: 'cus_1', by: 'uid', namesUid: subject.uid
 * }]).handles // [{ system: 'stripe', id: 'cus_1' }]
 */
export function prove(subject: Subject, candidates: readonly Candidate[]): { handles: Handle[]; refused: Refusal[] } {
  const handles: Handle[] = [];
  const refused: Refusal[] = [];
  const things = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = JSON.stringify([candidate.system, candidate.id]);
    things.set(key, [...(things.get(key) ?? []), candidate]);
  }
  // A find without proof says nothing against a find with one.
  const serious = candidates.filter((candidate) => weaknessOf(subject, candidate) === null);
  for (const same of things.values()) {
    // Any of several ways proves one thing that was found in them, unless one of them speaks
    // against it.
    const verdicts = same.map((candidate) => ({ candidate, reason: reasonAgainst(subject, candidate, serious) }));
    const against = verdicts.find(({ reason }) => reason === 'namesSomebodyElse' || reason === 'anotherAccount');
    const proving = against ? [] : verdicts.filter(({ reason }) => reason === null).map(({ candidate }) => candidate);
    const proven = proving.find(({ by }) => by !== 'email' && by !== 'phone') ?? proving[0];
    const refusal = against ?? verdicts[0];
    const isAnothers = against !== undefined && !same.some((candidate) => serious.includes(candidate));
    if (proven) handles.push(handleOf(proven));
    else if (refusal?.reason && !isAnothers) refused.push({ candidate: refusal.candidate, reason: refusal.reason });
  }
  return { handles, refused };
}

function handleOf({ system, id, by, value = '' }: Candidate): Handle {
  return by === 'email' || by === 'phone' ? { system, id, only: { by, value } } : { system, id };
}

/**
 * Takes the proof from the things that only an identifier proved which proves no more: those are an
 * officer's. Pure.
 */
export function proveAgain(
  subject: Subject,
  before: { readonly handles: readonly Handle[]; readonly refused: readonly Refusal[] },
): { handles: Handle[]; refused: Refusal[] } {
  const handles: Handle[] = [];
  const refused: Refusal[] = [...before.refused];
  for (const handle of before.handles) {
    const candidate = handle.only && { system: handle.system, id: handle.id, ...handle.only };
    const reason = candidate ? weaknessOf(subject, candidate) : null;
    if (candidate && reason !== null) refused.push({ candidate, reason });
    else handles.push(handle);
  }
  return { handles, refused };
}

/**
 * The reason why the identifier that found something proves nothing; null if it proves, or if it
 * was no address or telephone.
 */
function weaknessOf(subject: Subject, { by, value = '' }: Candidate): RefusalReason | null {
  if (by !== 'email' && by !== 'phone') return null;
  const same = by === 'email' ? foldEmail : phoneDigits;
  const proving: readonly string[] = by === 'email' ? subject.verifiedEmails : (subject.phones ?? []);
  if (proving.some((one) => same(one) === same(value))) return null;
  const known = subject.unproven?.find((one) => one.kind === by && same(one.value) === same(value));
  return known?.reason ?? (by === 'email' ? 'emailNotVerified' : 'formerPhone');
}

function reasonAgainst(subject: Subject, candidate: Candidate, serious: readonly Candidate[]): RefusalReason | null {
  if (candidate.id === '') return 'namesNobody';
  if (subject.uid === '' && candidate.namesUid !== undefined) return 'namesSomebodyElse';
  if (candidate.namesUid !== undefined && candidate.namesUid !== subject.uid) return 'namesSomebodyElse';
  if (candidate.accountCreatedAt !== undefined && candidate.accountCreatedAt !== subject.accountCreatedAt) {
    return subject.accountCreatedAt === null ? 'accountUnknown' : 'anotherAccount';
  }
  switch (candidate.by) {
    case 'uid':
    case 'serverWritten':
      return candidate.namesUid === subject.uid ? null : 'namesNobody';
    case 'email':
    case 'phone': {
      const weakness = weaknessOf(subject, candidate);
      if (weakness !== null) return weakness;
      const alone = serious.every((other) => other.system !== candidate.system || other.id === candidate.id);
      return alone ? null : 'ambiguous';
    }
  }
}
