import { accountsOf, accountsWith } from '../subject/accounts.ts';
import { foldEmail } from '../subject/emails.ts';
import { isUid } from '../subject/identity.ts';
import { marksOfAddress } from '../subject/tombstones.ts';
import { historiesOfUid, historyOf, latestChain, type History, type Reader } from './history.ts';

/** The person of a question about their data: a regulator's, a complainant's or an officer's. */
export type PersonQuery = { readonly uid: string } | { readonly email: string };

/** A person with a history in the ledger, and how they were found. */
export interface Found {
  /**
   * `account`: by the uid, or by an account of Auth that has the address now. `erased`: by the
   * keyed hash that the erasure left.
   */
  readonly by: 'account' | 'erased';
  readonly history: History;
}

export interface Search {
  readonly found: readonly Found[];
  /**
   * Auth's knowledge of the address or uid now. An address that is not verified is a claim: anybody
   * can have typed it.
   */
  readonly account: 'none' | 'unverified' | 'exists';
}

/**
 * Finds a person. Auth finds living ones; the HMAC of the address, which the erasure left in
 * `tombstones`, finds erased ones. A uid finds everybody who ever used it, the erased ones too.
 *
 * @throws the errors of Auth and Firestore; that there is nobody is no error
 */
export async function findPersons(reader: Reader, person: PersonQuery): Promise<Search> {
  if ('uid' in person) {
    const users = isUid(person.uid) ? await accountsOf(reader, person.uid) : [];
    const histories = await historiesOfUid(reader, person.uid);
    return { found: histories.map(accountOf), account: users.length === 0 ? 'none' : 'exists' };
  }
  const users = await accountsWith(reader, { email: foldEmail(person.email.trim()) });
  const [living, marks] = await Promise.all([
    Promise.all(users.map(({ uid }) => historiesOfUid(reader, uid))),
    marksOfAddress(reader, person.email),
  ]);
  const erased = await Promise.all(marks.map(({ chain }) => historyOf(reader, chain)));
  // If a uid is used again, the earlier person had another address, unless an erasure's mark says
  // otherwise.
  const marked = new Set(marks.map(({ chain }) => chain));
  const mine = living.flat().filter((history) => {
    const latest = latestChain(history);
    return latest !== undefined && latest.head.closed === undefined && !marked.has(latest.chain);
  });
  return {
    found: [
      ...erased.filter((history) => history !== null).map((history): Found => ({ by: 'erased', history })),
      ...mine.map(accountOf),
    ],
    account: users.length === 0 ? 'none' : users.some(({ emailVerified }) => emailVerified) ? 'exists' : 'unverified',
  };
}

const accountOf = (history: History): Found => ({
  by: latestChain(history)?.head.closed === undefined ? 'account' : 'erased',
  history,
});
