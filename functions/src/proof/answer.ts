import type { ChainProblem } from '../ledger/verifyChain.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { findPersons, type PersonQuery, type Found, type Search } from './findPerson.ts';
import type { Reader } from './history.ts';
import { proveAt, provenNotice, type Proof, type ProvenNotice } from './prove.ts';

/** The ledger's answer about one person. */
export interface PersonAnswer {
  readonly by: Found['by'];
  /** Names of the chains, the oldest first: pseudonyms. */
  readonly chains: readonly string[];
  /** A chain before these, which was deleted when its period ended. */
  readonly ended?: string;
  /** Entries of all kinds that were verified. */
  readonly verified: number;
  /** The faults of the chains. Empty: nothing was changed, removed, added or re-ordered. */
  readonly problems: readonly ChainProblem[];
  readonly proof: Proof;
  /** The text that the entry names which shows the state. */
  readonly notice: ProvenNotice;
}

export interface LedgerAnswer {
  readonly purpose: PurposeId;
  readonly at: Instant;
  readonly account: Search['account'];
  /**
   * One for each account. There are several if a uid or an address was used again after an erasure.
   */
  readonly persons: readonly PersonAnswer[];
}

/**
 * `compliance ledger prove`: finds the person, verifies their chains, and says which answer applied
 * for the purpose at that moment.
 *
 * @throws the errors of Auth and Firestore
 */
export async function askLedger(
  reader: Reader,
  policy: Policy,
  question: { readonly person: PersonQuery; readonly purpose: PurposeId; readonly at: Instant },
): Promise<LedgerAnswer> {
  const { purpose, at } = question;
  const { found, account } = await findPersons(reader, question.person);
  const persons = found.map(({ by, history }): PersonAnswer => {
    const proof = proveAt(history.entries, purpose, at);
    return {
      by,
      chains: history.chains.map(({ chain }) => chain),
      ...defined({ ended: history.ended }),
      verified: history.entries.length,
      problems: history.problems,
      proof,
      notice: proof.shownBy === null ? { kind: 'notRecorded' } : provenNotice(policy, proof.shownBy),
    };
  });
  return { purpose, at, account, persons };
}
