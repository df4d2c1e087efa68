import type { Timestamp } from 'firebase-admin/firestore';
import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';
import { requestTypes } from '../policy/contract.ts';
import { keyVersionOf } from '../subject/pseudonym.ts';

export { requestTypes };
export type RequestType = (typeof requestTypes)[number];

/**
 * `queued`: more than a person asks for in a day; it is kept, and begins by itself
 * (rights/queue.ts).
 */
export type RequestStatus = 'received' | 'queued' | 'in_progress' | 'waiting' | 'completed' | 'refused' | 'cancelled';

/** How something came in that did not come through the app. */
export const CHANNELS = ['letter', 'call', 'visit', 'email'] as const;
export type Channel = (typeof CHANNELS)[number];

/** Did an officer enter a request that came in so? */
export const isChannel = (channel: string): boolean => CHANNELS.some((one) => one === channel);

/** Nothing changes any more. */
export const isFinal = (status: unknown): boolean =>
  status === 'completed' || status === 'refused' || status === 'cancelled';

/**
 * The two answers that one machinery gives. `portability`: the data that the person provided or
 * made by using the app, under consent or contract (Art. 20). `access`: everything, with the
 * information of Art. 15(1).
 */
export type Product = 'portability' | 'access';

/** True of the rights that an archive answers. */
export const isExport = (type: unknown): type is Product => type === 'portability' || type === 'access';

/** How a request that did not come through the app was entered. */
export interface Entered {
  /** The officer's pseudonym, if they said who they are. */
  readonly by?: string;
  readonly at: Timestamp;
  /** By what power it was made (Art. 12(2), 80). */
  readonly power: string;
  /** The officer's own mark on the letter, or of the note about a call. It names nobody. */
  readonly reference?: string;
  /** They named neither an account nor an address: nothing finds them. */
  readonly unnamed?: true;
  /** How the identity was checked, and with which result (Art. 12(6)). Never a copy of papers. */
  readonly identity: { readonly method: string; readonly result: 'proven' | 'doubted' };
}

type Noted = Readonly<Partial<Record<'entered' | 'onBehalf' | 'job' | 'type', unknown>>>;

/**
 * Is this erasure or export only noted? A link or an officer entered it, and no job answers it
 * before it is proven who asks. Or somebody else asked for the person: it is held, or its copy is
 * theirs. It must not stand in the way of the person's own request.
 */
export const isOnlyNoted = ({ entered, onBehalf, job, type }: Noted): boolean =>
  (entered !== undefined && job === undefined) || (onBehalf !== undefined && (job === undefined || isExport(type)));

/** The member of a request's `details` that names the address for the archive (Art. 20(2)). */
export const TRANSMIT_TO = 'transmitTo';

/**
 * The state of a sending to another controller (Art. 20(2)), as the person sees it; it never names
 * the address. `pending`: it will be tried. `sending`: it is being tried. `sent`: the other side
 * took every archive that was there; of later ones `reason` says that they were not sent.
 * `refused`: nothing was sent, and `reason` says why. `failed`: it was tried, and nobody knows
 * whether the other side has something.
 */
export interface Transmission {
  readonly state: 'pending' | 'sending' | 'sent' | 'refused' | 'failed';
  /** Of the policy's list; absent if the address is of no host on it. */
  readonly host?: string;
  readonly reason?: string;
  readonly at?: Timestamp;
}

/** Why the other side has not all: an officer's part came after the sending. */
export const LATER_PARTS = 'laterParts';

/** Why nobody sends any more: an officer cancelled the job, or the request was taken back. */
export const SENDING_CANCELLED = 'cancelled';

/** The backend's fields of the person's own document, beside their `details` (`mirror`). */
export const MIRRORED = [
  ...(['status', 'dueAt', 'completedAt', 'reason', 'retryAt', 'transmission', 'missing'] as const),
  ...(['withdrawnAt', 'pausedAt', 'reply', 'statement'] as const),
] as const;
export type Mirrored = Readonly<Partial<Record<(typeof MIRRORED)[number] | 'details', unknown>>>;

/** A part of an export that was asked for, and did not come, or not whole. */
export interface MissingPart {
  /** The id of the recipient, system or record. */
  readonly source: string;
  /** Its name, in the language of the person. */
  readonly name: string;
  /**
   * Nobody answered in time; the other side said no; an officer has another reason. It holds words
   * of others, and no officer looked in time, or one kept something back (Art. 15(4)). Or rows of
   * it that waited for the look were not there any more.
   */
  readonly why: 'unconfirmed' | 'refused' | 'impossible' | 'notLooked' | 'withheld' | typeof NOT_FOUND;
}

/** Why rows are not given that waited for a look: they ended, or are not found any more. */
export const NOT_FOUND = 'notFound';

/**
 * Returns a transmission whose request ended for a reason of its own: an archive on its way may
 * have arrived.
 */
export function givenUp(transmission: Transmission, reason: string): Transmission {
  if (transmission.state !== 'pending' && transmission.state !== 'sending') return transmission;
  return { ...transmission, state: transmission.state === 'pending' ? 'refused' : 'failed', reason };
}

/** Returns a sending after an archive was published that it did not take. */
export const withLaterPart = (transmission: Transmission): Transmission =>
  transmission.state === 'sent' ? { ...transmission, reason: LATER_PARTS } : transmission;

/**
 * A request's id in everything that outlives the person, and in logs and task names. The app chose
 * the id, and may have put a name into it. Salted by the person, under the key of their chain.
 *
 * @throws RangeError if the chain's key is not there
 */
export const requestHash = (chain: string, requestId: string, keys: PseudonymKeys): string =>
  keyedHash('request', [chain, requestId], keys, keyVersionOf(chain));

/** The id of the request's record in `requests`. */
export const requestKey = (chain: string, requestId: string, keys: PseudonymKeys): string =>
  `${chain}_${requestHash(chain, requestId, keys)}`;
