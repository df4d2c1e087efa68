import type { Instant } from '../platform/time.ts';
import type { Power } from '../policy/powers.ts';
import type { LegalBasis, PurposeId } from '../policy/schema.ts';
import type { RestraintVersion } from './restraints.ts';

/** The fields of an entry, before it has its place in a chain. */

type EntryKind =
  | 'consent'
  | 'devicePermission'
  | 'request'
  | 'erasure'
  | 'access'
  /** An order to another company because of the answers, and its result. */
  | 'effect'
  /** The protection of this person from now on. */
  | 'protection'
  /** A legal hold or a restriction (Art. 18) was set, changed or ended. */
  | 'statement';

/**
 * The actor: the person, a holder of parental responsibility or guardian, this backend by a
 * rule of the policy, a server of the app, an officer.
 */
export type Actor = 'subject' | 'holder' | 'backend' | 'server' | 'officer';

/** The actor of an order, and the pseudonym of the officer if one was named. */
export interface OrderedBy {
  readonly actor: Actor;
  readonly officer?: string | undefined;
  /** Pseudonym of a parent or guardian. */
  readonly holder?: string | undefined;
}

/**
 * The terms under which a consent was asked (ISO/IEC TS 27560, consent record structure; W3C DPV
 * guide). They stand in the entry itself, so that a later change of the policy does not change an
 * old entry.
 */
export interface ConsentTerms {
  readonly schemaVersion?: string;
  readonly dataTypes?: readonly string[];
  readonly legalBasis?: LegalBasis;
  readonly controller?: string;
  readonly recipients?: readonly string[];
  /** ISO 3166-1 alpha-2 code of the law that applies. */
  readonly jurisdiction?: string;
  /** ISO 3166-1 alpha-2 codes of the countries in which the data are processed. */
  readonly storageLocation?: readonly string[];
  /** Per record that this purpose uses: from when its period counts, and how long it is. */
  readonly retention?: readonly string[];
  readonly withdrawalMethod?: string;
  /**
   * The version of the text that the person saw, as the app declared it; absent if the repository
   * has no text of it.
   */
  readonly noticeVersion?: string;
  readonly noticeLanguage?: string;
  /** SHA-256 of that text, hexadecimal. */
  readonly noticeHash?: string;
  /** The app did not say in which language: the default text. */
  readonly noticeAssumed?: boolean;
}

/** An entry to be recorded. `recordedAt` is the function's clock: it is part of the hash. */
export interface Draft extends ConsentTerms {
  readonly kind: EntryKind;
  readonly state: string;
  readonly purpose?: PurposeId;
  readonly permission?: string;
  /** A keyed hash: no device id stands in the ledger. */
  readonly device?: string;
  readonly policyVersion?: string;
  readonly source?: string;
  readonly appVersion?: string;
  readonly locale?: string;
  /** Names the fields above that the app declared: nobody else can vouch for them. */
  readonly declared?: readonly string[];
  /** The answer, if the state is `pending`: `given` or `reconfirmed`. */
  readonly answer?: string;
  readonly actor?: Actor;
  /** Pseudonym of the officer who acted, if they said who they are (subject/officers.ts). */
  readonly officer?: string;
  /** Pseudonym of the holder of parental responsibility, or guardian, if one acted. */
  readonly holder?: string;
  /** Pseudonyms of the deciding holders from now on. */
  readonly holders?: readonly string[];
  /** All of it, if somebody decides with or for the person from now on. */
  readonly protection?: Protection;
  /** All powers to act for the person from now on, also those that begin later. */
  readonly powers?: readonly HeldPower[];
  /** A legal hold or a restriction that was set or ended. */
  readonly statement?: RestraintVersion;
  /**
   * Until when the hold or the restriction of this entry keeps data (`NEVER` without an end). It
   * goes when that is over, so it is part of the seal and not of the hash.
   */
  readonly keepsUntil?: Instant;
  /** Purposes to which an agreement from before the age of deciding alone counts no longer. */
  readonly asked?: readonly PurposeId[];
  /** Why the backend wrote it: `policyVersion`, `period`, `age`, `guardianship`. */
  readonly reason?: string;
  /** Effects: the system, its permission now, and its answer. */
  readonly system?: string;
  readonly outcome?: string;
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
  /**
   * Since when the state applies, if that is not when this happened (the second of two agreements
   * was already there).
   */
  readonly effectiveAt?: Instant;
  /** The document's time lay in the future and was taken as the server's. */
  readonly clamped?: boolean;
  /** Of an erasure: the creation time of the account, whole seconds; null if nobody knows it. */
  readonly accountCreatedAt?: number | null;
  /** Its event was lost, and the decision was found by comparing the documents with the ledger. */
  readonly reconciled?: boolean;
}

/** Holders decide with (`both`) or for (`holder`) a person; absent: the person alone. */
export interface Protection {
  readonly mode: 'both' | 'holder';
  readonly reason: 'age' | 'guardianship';
  readonly since: Instant;
  /** When it ends by itself: the age is reached. */
  readonly until?: Instant;
  /** Pseudonyms of the holders, and from when to when they may act. */
  readonly holders: readonly { readonly holder: string; readonly from: Instant; readonly until?: Instant }[];
}

/** A power to act for the person, with the holder's pseudonym. */
export interface HeldPower extends Power {
  /** Absent if the holder has no account. */
  readonly holder?: string;
}
