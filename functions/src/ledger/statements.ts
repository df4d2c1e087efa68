import { FieldPath, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/clock.ts';
import { documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed } from '../platform/seal.ts';
import { pseudonymsOf, withoutGeneration } from '../subject/pseudonym.ts';
import type { Stated } from '../subject/guardians.ts';
import { statementIn, STATEMENTS, statements, type Statement, type StatementKind } from '../subject/statements.ts';
import { erasureOf, type Protection } from './chain.ts';
import { headPath, headRef, readHead, type Ledger } from './documents.ts';
import { explain, unexplained } from './protection.ts';

/**
 * Verifies statements about people: each has the right seal, and none is gone on which a protection
 * rests.
 */

/** Something that is wrong with a statement. */
export type StatementFault =
  /** A document that the backend did not write so. Its path can name a person: not for logs. */
  | { readonly problem: 'statementUnsealed'; readonly kind: StatementKind; readonly statement: string }
  /** A chain says that its person is protected, and the statement that says why is gone. */
  | { readonly problem: 'statementMissing'; readonly chain: string };

const PAGE = 300;

/**
 * Reads the head of everybody who is protected, and then every statement, each once. Holds a few
 * words for each of these people. Heads come first: a statement that comes meanwhile explains more,
 * and none that was withdrawn is gone.
 */
export async function* statementFaults(ledger: Ledger, now: Instant): AsyncGenerator<StatementFault> {
  const { keys } = ledger;
  const own = ledger.clients.own();
  const guarded = await protections(own, keys);
  const people = new Map<string, Stated>();
  for (const kind of STATEMENTS)
    for await (const document of documentsOf(statements(own, kind).orderBy(FieldPath.documentId()), PAGE)) {
      const stated = statementIn(document, keys);
      if (stated === null) continue;
      if (!stated.isSealed) yield { problem: 'statementUnsealed', kind, statement: document.ref.path };
      note(people, guarded, kind, { id: document.id, stated, keys });
    }
  for (const [chain, known] of guarded) {
    const found = people.get(withoutGeneration(chain)) ?? NOTHING;
    if (unexplained(known, explain(found, keys), now) === null) continue;
    // Read again: the person may be erased by now, and their statements with them.
    const head = protectionIn(chain, (await headRef(own, chain).get()).data(), keys);
    if (head !== undefined) yield { problem: 'statementMissing', chain };
  }
}

/** Nobody states anything about this person. */
const NOTHING: Stated = { age: null, guardianships: [] };

/** Everybody whom the ledger says to be protected, by the name of the chain. */
async function protections(own: Firestore, keys: PseudonymKeys): Promise<Map<string, Protection>> {
  const found = new Map<string, Protection>();
  const query = own.collection('ledger').where('protection.mode', 'in', ['both', 'holder']);
  for await (const document of documentsOf(query.orderBy(FieldPath.documentId()), PAGE)) {
    const known = protectionIn(document.id, document.data(), keys);
    if (known !== undefined) found.set(document.id, known);
  }
  return found;
}

/** The protection that a head says; undefined if its chain does not go on, or the backend did not write it. */
function protectionIn(chain: string, data: DocumentData | undefined, keys: PseudonymKeys): Protection | undefined {
  // A forged head is named by the verification of its chain.
  if (data === undefined || !isSealed(headPath(chain), data, keys)) return undefined;
  const head = readHead(chain, data, keys);
  return erasureOf(head) === undefined && head.continuedBy === undefined ? head.protection : undefined;
}

/** Notes a statement about somebody who is protected, under the name of their chain. */
function note(
  people: Map<string, Stated>,
  guarded: ReadonlyMap<string, Protection>,
  kind: StatementKind,
  { id, stated, keys }: { readonly id: string; readonly stated: Statement; readonly keys: PseudonymKeys },
): void {
  if (kind !== 'ageBands' && kind !== 'guardianships') return;
  const child: unknown = kind === 'ageBands' ? id : stated.data['child'];
  if (typeof child !== 'string' || guarded.size === 0) return;
  const { holder, holderPseudonym } = stated.data;
  const kept: Statement = { isSealed: stated.isSealed, data: { holder, holderPseudonym } };
  for (const name of pseudonymsOf(child, keys)) {
    const known = people.get(name) ?? NOTHING;
    people.set(
      name,
      kind === 'ageBands' ? { ...known, age: kept } : { ...known, guardianships: [...known.guardianships, kept] },
    );
  }
}
