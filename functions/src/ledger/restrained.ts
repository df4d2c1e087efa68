import type { DocumentData, Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { restraintNames, statedAt, type RestraintKind, type Statement } from '../subject/statements.ts';
import { headRef, ourHead } from './documents.ts';
import { chainsOf, newestHeads } from './find.ts';
import { allOf, runsAt, type Restraint, type Restraints, type RestraintVersion } from './restraints.ts';

/** Compares the legal holds and restrictions that chains remember with their documents. */

/** The restraints that a chain remembers; null if its head is not as the backend wrote it. */
export interface RestrainedChain {
  readonly chain: string;
  readonly restraints: Restraints | null;
}

const PAGE = 300;

/**
 * Reads the heads that remember holds or restrictions: those stated after a moment (`at`), or those
 * of which one runs after it (`until`). One read for each.
 */
export async function* restrainedChains(
  own: Firestore,
  keys: PseudonymKeys,
  field: 'at' | 'until',
  after: Instant,
): AsyncGenerator<RestrainedChain> {
  const name = `restraints.${field}`;
  for await (const document of documentsOf(own.collection('ledger').where(name, '>', after).orderBy(name), PAGE)) {
    yield restrainedIn(document.id, document.data(), keys);
  }
}

/** Reads the heads of everybody that remember any; of a person, those of all of their chains. */
export async function restrainedChainsOf(store: OwnStore, uid: string | undefined): Promise<RestrainedChain[]> {
  const { clients, keys } = store;
  const own = clients.own();
  if (uid === undefined) return Array.fromAsync(restrainedChains(own, keys, 'at', 0));
  const chains = await chainsOf(store, uid);
  const heads = await Promise.all(chains.map((chain) => headRef(own, chain).get()));
  return heads.flatMap((head) => (head.exists ? [restrainedIn(head.id, head.data() ?? {}, keys)] : []));
}

/** Reads the restraints that a head remembers. */
export function restrainedIn(chain: string, data: DocumentData, keys: PseudonymKeys): RestrainedChain {
  const head = ourHead(chain, data, keys);
  return { chain, restraints: head && (head.restraints ?? null) };
}

/** A document, as unsealed if a newer version is remembered: somebody put an older one back. */
export const withVersion = (stated: Statement, remembered: Pick<Restraint, 'at'> | undefined): Statement =>
  (statedAt(stated) ?? 0) < (remembered?.at ?? -Infinity) ? { ...stated, isSealed: false } : stated;

/**
 * Notes which of the remembered holds and restrictions have their document, as documents pass.
 * A document without the right seal, or of an older version, is none.
 */
export class Remembered {
  readonly #versions: ReadonlyMap<string, Restraint>;
  readonly #byChain: ReadonlyMap<string, RestrainedChain>;
  readonly #chainOf = new Map<string, string>();
  readonly #keys: PseudonymKeys;
  readonly #found = new Set<string>();

  constructor(chains: readonly RestrainedChain[], keys: PseudonymKeys) {
    this.#versions = allOf(chains.map(({ restraints }) => restraints));
    this.#byChain = new Map(chains.map((one) => [one.chain, one]));
    for (const { chain, restraints } of chains)
      for (const name of restraints?.names ?? []) this.#chainOf.set(name, this.#chainOf.get(name) ?? chain);
    this.#keys = keys;
  }

  /** The version of a document that a chain remembers. */
  of(kind: RestraintKind, id: string): RestraintVersion | undefined {
    const name = restraintNames(kind, id, this.#keys).find((one) => this.#versions.has(one));
    const version = name === undefined ? undefined : this.#versions.get(name);
    return name === undefined || version === undefined ? undefined : { ...version, name };
  }

  /** The first chain that remembers a document. */
  chainOf(kind: RestraintKind, id: string): string | undefined {
    const name = this.of(kind, id)?.name;
    return name === undefined ? undefined : this.#chainOf.get(name);
  }

  /** Returns a document as it counts. */
  see(kind: RestraintKind, document: Statement): Statement {
    const version = this.of(kind, document.id);
    if (version === undefined) return document;
    const counted = withVersion(document, version);
    if (counted.isSealed) this.#found.add(version.name);
    return counted;
  }

  /**
   * Returns the restraints that run and of which no document was seen.
   *
   * @param chain absent: those of all chains
   */
  gone(now: Instant, chain?: string): RestraintVersion[] {
    const versions = chain === undefined ? this.#versions : allOf([this.#byChain.get(chain)?.restraints ?? null]);
    return [...versions].flatMap(([name, one]) =>
      runsAt(one, now) && !this.#found.has(name) ? [{ ...one, name }] : [],
    );
  }
}

/**
 * Reads the holds and restrictions that the newest heads of these people remember.
 *
 * @throws ComplianceError as `newestHeads` does: such a head could hide one
 */
export async function rememberedOf(store: OwnStore, people: readonly string[]): Promise<Remembered> {
  const heads = (await Promise.all(people.map((uid) => newestHeads(store, uid)))).flat();
  const chains = heads.map(({ chain, head: { restraints = null } }) => ({ chain, restraints }));
  return new Remembered(chains, store.keys);
}
