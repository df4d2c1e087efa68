import type { Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed } from '../crypto/seal.ts';
import { restraintNames, statedAt, type RestraintKind, type Statement } from '../subject/statements.ts';
import { headPath, readHead } from './documents.ts';
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
    const data = document.data();
    const sealed = isSealed(headPath(document.id), data, keys) ? readHead(document.id, data, keys) : null;
    yield { chain: document.id, restraints: sealed && (sealed.restraints ?? null) };
  }
}

/** True for an older version that somebody put back. */
const isOlder = (stated: Statement, remembered: Pick<Restraint, 'at'> | undefined): boolean =>
  stated.isSealed && (statedAt(stated) ?? 0) < (remembered?.at ?? -Infinity);

/** A document, as unsealed if a newer version of it is remembered. */
export const withVersion = (stated: Statement, remembered: Pick<Restraint, 'at'> | undefined): Statement =>
  isOlder(stated, remembered) ? { ...stated, isSealed: false } : stated;

/**
 * Notes which of the remembered holds and restrictions have their document, as documents pass.
 * A document without the right seal, or of an older version, is none.
 */
export class Remembered {
  readonly #chains: readonly RestrainedChain[];
  readonly #versions: ReadonlyMap<string, Restraint>;
  readonly #keys: PseudonymKeys;
  readonly #found = new Set<string>();

  constructor(chains: readonly RestrainedChain[], keys: PseudonymKeys) {
    this.#chains = chains;
    this.#versions = allOf(chains.map(({ restraints }) => restraints));
    this.#keys = keys;
  }

  /** The version of a document that a chain remembers. */
  of(kind: RestraintKind, id: string): RestraintVersion | undefined {
    const name = restraintNames(kind, id, this.#keys).find((one) => this.#versions.has(one));
    const version = name === undefined ? undefined : this.#versions.get(name);
    return name === undefined || version === undefined ? undefined : { ...version, name };
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
   * Those that run and of which no document was seen.
   *
   * @param chain absent: those of all chains
   */
  gone(now: Instant, chain?: string): RestraintVersion[] {
    const asked = this.#chains.filter((one) => chain === undefined || one.chain === chain);
    return [...allOf(asked.map(({ restraints }) => restraints))].flatMap(([name, one]) =>
      runsAt(one, now) && !this.#found.has(name) ? [{ ...one, name }] : [],
    );
  }
}
