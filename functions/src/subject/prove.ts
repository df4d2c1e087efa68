import { foldEmail } from './emails.ts';
import type { Candidate, Handle, Refusal, RefusalReason, Subject } from './identity.ts';

/**
 * The only place where a candidate becomes a handle (design: identity is proven, not claimed). Pure.
 *
 * - Found by the uid: it must name the uid itself, and the account if it tells one.
 * - Found by an id that a server wrote: only together with the other side naming the uid.
 * - Found by a verified e-mail: only when it is the only candidate of its system and names nobody else.
 * - Of a person without an account: by the proven e-mail only, alone, and where the other side names no account at all.
 *
 * What is refused is for an officer: each refusal becomes a `manual` outcome, never silence.
 *
 * @example prove(subject, [{ system: 'stripe', id: 'cus_1', by: 'uid', namesUid: subject.uid }]).handles // [{ system: 'stripe', id: 'cus_1' }]
 */
export function prove(subject: Subject, candidates: readonly Candidate[]): { handles: Handle[]; refused: Refusal[] } {
  const handles: Handle[] = [];
  const refused: Refusal[] = [];
  const seen = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = JSON.stringify([candidate.system, candidate.id]);
    seen.set(key, [...(seen.get(key) ?? []), candidate]);
  }
  for (const same of seen.values()) {
    // One thing that was found in several ways is proven by any of them, unless one of them speaks against it.
    const verdicts = same.map((candidate) => ({ candidate, reason: reasonAgainst(subject, candidate, candidates) }));
    const against = verdicts.find(({ reason }) => reason === 'namesSomebodyElse' || reason === 'anotherAccount');
    const proven = against ? undefined : verdicts.find(({ reason }) => reason === null);
    const refusal = against ?? verdicts[0];
    if (proven) handles.push({ system: proven.candidate.system, id: proven.candidate.id });
    else if (refusal?.reason) refused.push({ candidate: refusal.candidate, reason: refusal.reason });
  }
  return { handles, refused };
}

function reasonAgainst(subject: Subject, candidate: Candidate, all: readonly Candidate[]): RefusalReason | null {
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
    case 'verifiedEmail': {
      const email = candidate.email === undefined ? undefined : foldEmail(candidate.email);
      if (email === undefined || !subject.verifiedEmails.includes(email)) return 'emailNotVerified';
      const alone = all.every((other) => other.system !== candidate.system || other.id === candidate.id);
      return alone ? null : 'ambiguous';
    }
  }
}
