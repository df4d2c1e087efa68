import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { unsealed, sealed } from '../../crypto/seal.ts';
import { defined } from '../../platform/defined.ts';
import { millisOf } from '../../platform/firestore.ts';
import type { PseudonymKeys } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import type { RecordId } from '../../policy/schema.ts';

/**
 * Disclosures to authorities, as they are recorded: `disclosures/{id}` is in the person's access as
 * a recipient (Art. 15(1)(c)). One that the person must not know of yet lies in
 * `hiddenDisclosures/{id}`, which is in no export, until it is released.
 */
export interface Disclosure {
  readonly id: string;
  /** The chain of the person, or the pseudonym of their address. */
  readonly pseudonym: string;
  /** The authority that got the data. */
  readonly authority: string;
  /** The legal basis, as the authority names it. */
  readonly basis: string;
  /** Ids of the policy's records of which something was given. */
  readonly records: readonly RecordId[];
  /** The time that the data are about; absent: all of it. */
  readonly from?: Instant;
  readonly until?: Instant;
  readonly disclosedAt: Instant;
  readonly recordedAt: Instant;
  /** Pseudonyms of the officers that decided and recorded it, if they were named. */
  readonly decidedBy?: string;
  readonly recordedBy?: string;
  /** Hidden until then; null: until an officer releases it; absent: never hidden. */
  readonly hiddenUntil?: Instant | null;
  readonly releasedAt?: Instant;
  /** The officer's pseudonym, or `backend` if its day had come. */
  readonly releasedBy?: string;
}

/** The places of disclosures: hidden from the person, or shown. */
export const PLACES = { hidden: 'hiddenDisclosures', shown: 'disclosures' } as const;
export type Place = keyof typeof PLACES;

export const disclosures = (own: Firestore, place: Place) => own.collection(PLACES[place]);

const pathOf = (place: Place, id: string): string => `${PLACES[place]}/${id}`;

const TIMES = ['from', 'until', 'disclosedAt', 'recordedAt', 'hiddenUntil', 'releasedAt'] as const;

/** A disclosure as its document: whole, and sealed. */
export function disclosureDocument(place: Place, { id, ...fields }: Disclosure, keys: PseudonymKeys): DocumentData {
  const times = TIMES.map((name) => {
    const at = fields[name];
    return [name, typeof at === 'number' ? Timestamp.fromMillis(at) : at] as const;
  });
  return sealed(pathOf(place, id), defined({ ...fields, ...Object.fromEntries(times) }), keys);
}

/**
 * Reads a disclosure.
 *
 * @throws ComplianceError `seal.broken` if the backend did not write it so
 */
export function disclosureIn(place: Place, id: string, data: DocumentData, keys: PseudonymKeys): Disclosure {
  const fields = unsealed(pathOf(place, id), data, keys);
  const times = TIMES.flatMap((name) => (fields[name] instanceof Timestamp ? [[name, millisOf(fields[name])]] : []));
  return { ...fields, ...(Object.fromEntries(times) as object), id } as Disclosure;
}
