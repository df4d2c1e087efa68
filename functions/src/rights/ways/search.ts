import { previewErasure } from '../../erasure/preview.ts';
import type { Context } from '../../platform/context.ts';
import { findPersons, type PersonQuery } from '../../proof/findPerson.ts';
import { isSuppressed } from '../../subject/suppression.ts';

/** The finds about somebody: counts, and no value of theirs. */
export interface Findings {
  /** Rows by record of the policy, 0 included: every record that was searched. */
  readonly rows: Readonly<Record<string, number>>;
  /** Records and recipients that the backend cannot search: an officer asks, or looks. */
  readonly unsearched: readonly string[];
  /** Candidates elsewhere that are not proven to be theirs. */
  readonly refused: number;
  /** An objection to marketing is kept, by the keyed hash of the address. */
  readonly objection: boolean;
  /** The erased accounts that left the hash of this address. Their proof is under a pseudonym. */
  readonly erased: number;
}

/**
 * Answers "do you have anything about me?" for an address without an account (Art. 15(1)): looks in
 * every system as an erasure would, and touches nothing.
 *
 * @throws the errors of the systems: nobody is told "nothing" by one that did not answer
 */
export async function searchFor(context: Context, person: PersonQuery): Promise<Findings> {
  const { outcomes, refused } = await previewErasure(context, person);
  const rows: Record<string, number> = {};
  const unsearched = new Set<string>();
  for (const one of outcomes) {
    const id = 'record' in one ? one.record : one.recipient;
    if (one.outcome === 'manual') unsearched.add(id);
    // Proof under the pseudonym of an account that there is not.
    else if ('record' in one && !isOfAccount(context, id)) rows[id] = (rows[id] ?? 0) + one.count;
  }
  const email = 'email' in person ? person.email : '';
  const { found } = await findPersons(context, person);
  return {
    rows,
    unsearched: [...unsearched],
    refused,
    objection: await isSuppressed(context, email),
    erased: found.filter(({ by }) => by === 'erased').length,
  };
}

const isOfAccount = ({ policy }: Context, id: string): boolean => {
  const subject = policy.records[id]?.subject;
  return subject !== undefined && 'pseudonymVariable' in subject;
};
