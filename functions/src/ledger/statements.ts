import type { DocumentData, DocumentSnapshot, Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { documentsByName, documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { pseudonymsOf, withoutGeneration } from '../subject/pseudonym.ts';
import type { Stated } from '../subject/guardians.ts';
import { statementIn, STATEMENTS, statements, type Statement, type StatementKind } from '../subject/statements.ts';
import { erasureOf, type Head } from './chain.ts';
import { headRef, ourHead } from './documents.ts';
import { chainsOf } from './find.ts';
import { explain, newestOf, olderIn, unexplained } from './protection.ts';
import { Remembered, restrainedChains, restrainedIn, type RestrainedChain } from './restrained.ts';
import { runsAt } from './restraints.ts';

/**
 * Verifies statements about people: each has the right seal, and none is gone on which a protection
 * rests, or that a chain remembers as running.
 */

/** Something that is wrong with a statement. */
export type StatementFault =
  /** A document that the backend did not write so. Its path can name a person: not for logs. */
  | { readonly problem: 'statementUnsealed'; readonly kind: StatementKind; readonly statement: string }
  /** An older version of a document stands there again. */
  | { readonly problem: 'statementOlder'; readonly kind: StatementKind; readonly chain: string }
  /**
   * A chain says that its person is protected, and the statement that says why is gone. Or it says
   * that a hold or a restriction runs, by its name in the ledger, and the document is gone.
   */
  | {
      readonly problem: 'statementMissing';
      readonly kind: StatementKind;
      readonly chain: string;
      readonly statement?: string;
    };

const PAGE = 300;

/**
 * Reads every head that remembers statements, and then every statement, each once.
 * Holds a few words for each of these people. Heads come first: a statement that comes meanwhile
 * explains more and is newer, and none that was withdrawn is gone.
 */
export async function* statementFaults(ledger: OwnStore, now: Instant): AsyncGenerator<StatementFault> {
  const { keys } = ledger;
  const own = ledger.clients.own();
  const guarded = await guardedHeads(own, keys);
  const restrained = await Array.fromAsync(restrainedChains(own, keys, 'at', 0));
  yield* faultsIn(ledger, { guarded, restrained }, everyStatement(own), now);
}

/**
 * The same for one person. Reads the heads of their chains, under every key, and then the
 * statements about them, found by the uid.
 */
export async function* statementFaultsOf(ledger: OwnStore, uid: string, now: Instant): AsyncGenerator<StatementFault> {
  const { keys } = ledger;
  const own = ledger.clients.own();
  const guarded = new Map<string, GuardedHead>();
  const restrained: RestrainedChain[] = [];
  for (const chain of await chainsOf(ledger, uid)) {
    const data = (await headRef(own, chain).get()).data();
    const head = guardedIn(chain, data, keys);
    if (head?.stated !== undefined) guarded.set(chain, head);
    if (data !== undefined) restrained.push(restrainedIn(chain, data, keys));
  }
  yield* faultsIn(ledger, { guarded, restrained }, statementsAbout(own, uid), now);
}

/** The heads that remember statements. */
interface Heads {
  readonly guarded: ReadonlyMap<string, GuardedHead>;
  readonly restrained: readonly RestrainedChain[];
}

/** A document among the statements, of its kind. */
interface Stored {
  readonly kind: StatementKind;
  readonly document: DocumentSnapshot;
}

/** Compares heads with the statements about their people. */
async function* faultsIn(
  { clients, keys }: OwnStore,
  { guarded, restrained }: Heads,
  stored: AsyncIterable<Stored>,
  now: Instant,
): AsyncGenerator<StatementFault> {
  const own = clients.own();
  const remembered = new Remembered(restrained, keys);
  const people = new Map<string, Stated>();
  for await (const { kind, document } of stored) {
    const stated = statementIn(document, keys);
    if (stated === null) continue;
    if (!stated.isSealed) yield { problem: 'statementUnsealed', kind, statement: document.ref.path };
    if (kind === 'legalHolds' || kind === 'restrictions') {
      const chain = remembered.chainOf(kind, document.id);
      if (stated.isSealed && !remembered.see(kind, stated).isSealed && chain !== undefined)
        yield { problem: 'statementOlder', kind, chain };
    }
    note(people, guarded, kind, { id: document.id, stated, keys });
  }
  for (const { chain } of restrained)
    for (const { kind, name } of remembered.gone(now, chain)) {
      // Read again: it may have been lifted by now.
      const data = (await headRef(own, chain).get()).data();
      const version = data && restrainedIn(chain, data, keys).restraints?.of[name];
      if (version !== undefined && runsAt(version, now))
        yield { problem: 'statementMissing', kind, chain, statement: name };
    }
  for (const [chain, head] of guarded) {
    const found = people.get(withoutGeneration(chain)) ?? NOTHING;
    const { age } = found;
    for (const one of olderIn(found, head.stated))
      yield { problem: 'statementOlder', kind: one === age ? 'ageBands' : 'guardianships', chain };
    const missing = unexplained(head.protection, explain(newestOf(found, head.stated), keys), now);
    if (missing === null) continue;
    // Read again: the person may be erased by now, and their statements with them.
    if (guardedIn(chain, (await headRef(own, chain).get()).data(), keys) === undefined) continue;
    if (missing.age) yield { problem: 'statementMissing', kind: 'ageBands', chain };
    if (missing.guardianship || missing.holders.length > 0)
      yield { problem: 'statementMissing', kind: 'guardianships', chain };
  }
}

async function* everyStatement(own: Firestore): AsyncGenerator<Stored> {
  for (const kind of STATEMENTS)
    for await (const document of documentsByName(statements(own, kind), PAGE)) yield { kind, document };
}

/** The statements about one person: two by their names, the others by the uid in them. */
async function* statementsAbout(own: Firestore, uid: string): AsyncGenerator<Stored> {
  for (const kind of ['ageBands', 'restrictions'] as const)
    yield { kind, document: await statements(own, kind).doc(uid).get() };
  const named = [
    ['guardianships', 'child'],
    ['legalHolds', 'uid'],
  ] as const;
  for (const [kind, field] of named)
    for (const document of (await statements(own, kind).where(field, '==', uid).get()).docs) yield { kind, document };
}

type GuardedHead = Pick<Head, 'protection' | 'stated'>;

/** Nobody states anything about this person. */
const NOTHING: Stated = { age: null, guardianships: [] };

/** Reads every head that remembers statements; by the name of its chain. */
async function guardedHeads(own: Firestore, keys: PseudonymKeys): Promise<Map<string, GuardedHead>> {
  const found = new Map<string, GuardedHead>();
  const query = own.collection('ledger').where('stated.at', '>', 0).orderBy('stated.at');
  for await (const document of documentsOf(query, PAGE)) {
    const head = guardedIn(document.id, document.data(), keys);
    if (head !== undefined) found.set(document.id, head);
  }
  return found;
}

/**
 * Returns the part of a head that remembers statements; undefined if its chain has ended, or is not
 * ours.
 */
function guardedIn(chain: string, data: DocumentData | undefined, keys: PseudonymKeys): GuardedHead | undefined {
  const head = ourHead(chain, data, keys);
  if (head === null || erasureOf(head) !== undefined || head.continuedBy !== undefined) return undefined;
  const { protection, stated } = head;
  return defined({ protection, stated });
}

/** Notes a statement about a person, under each name that their chain can have. */
function note(
  people: Map<string, Stated>,
  guarded: ReadonlyMap<string, GuardedHead>,
  kind: StatementKind,
  { id, stated, keys }: { readonly id: string; readonly stated: Statement; readonly keys: PseudonymKeys },
): void {
  if (kind !== 'ageBands' && kind !== 'guardianships') return;
  const child: unknown = kind === 'ageBands' ? id : stated.data['child'];
  if (typeof child !== 'string' || guarded.size === 0) return;
  const { holder, holderPseudonyms, statedAt } = stated.data as Readonly<Record<string, unknown>>;
  const kept: Statement = { ...stated, data: { holder, holderPseudonyms, statedAt } };
  for (const name of pseudonymsOf(child, keys)) {
    const known = people.get(name) ?? NOTHING;
    people.set(
      name,
      kind === 'ageBands' ? { ...known, age: kept } : { ...known, guardianships: [...known.guardianships, kept] },
    );
  }
}
