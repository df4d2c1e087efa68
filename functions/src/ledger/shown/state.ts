import { isDeepStrictEqual } from 'node:util';
import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { defined } from '../../platform/defined.ts';
import type { Instant } from '../../platform/time.ts';
import { isConsentPurpose } from '../../policy/lookup.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { versionsAt } from '../../policy/versions/inForce.ts';
import type { Head } from '../chain.ts';
import { restrictedUse, type RestrictedUse } from '../restriction/scope.ts';
import { stands } from '../standing.ts';

/**
 * The state of a person as the app reads it, `users/{uid}/privacy/state`: a projection of the head
 * of their chain. Pure. The rules of the policy's `enforce` read it too; no decision of the backend
 * does.
 */

/** The answer to one purpose. `Time` is a Firestore timestamp in the document. */
export interface ShownPurpose<Time = Instant> {
  /** The ledger's state: `given`, `reconfirmed`, `refused`, `withdrawn`, `expired`, `pending`. */
  readonly state: string;
  /** True if the app may act on the consent now. */
  readonly stands: boolean;
  /** A yes that waits for a second agreement: a guardian's, or the person's own. */
  readonly pending?: true;
  /** The consent has expired: the app asks again. */
  readonly askAgain?: true;
  readonly since: Time;
  /** The version of the policy that the answer was given to. */
  readonly policyVersion?: string;
}

/** The whole state. */
export interface ShownState<Time = Instant> {
  /** By the id of the purpose; one that nobody has answered is absent. */
  readonly purposes: Readonly<Record<PurposeId, ShownPurpose<Time>>>;
  /** Processing that is restricted (Art. 18): everything, or these purposes. */
  readonly restricted: RestrictedUse;
  /** The purposes that the person objects to (Art. 21). */
  readonly objections: readonly PurposeId[];
  /** The version of the policy that was in force when this was written. */
  readonly policyVersion: string;
  /** The next version, from its announcement on: the app tells the person before it takes effect. */
  readonly announced?: { readonly version: string; readonly from: Time };
  /** The number of the last entry that the state follows from. */
  readonly seq: number;
}

/** Returns the state that a head shows under a policy. */
export function shownState(head: Head, policy: Policy, now: Instant): ShownState {
  const { current, seq } = head;
  const purposes = Object.keys(current).map((purpose) => [purpose, purposeIn(head, policy, purpose)] as const);
  const { inForce, announced } = versionsAt(policy, now);
  return {
    purposes: Object.fromEntries(purposes),
    restricted: restrictedUse(policy, head, now),
    objections: Object.keys(current).filter((purpose) => current[purpose] === 'objected'),
    policyVersion: inForce,
    ...(announced === undefined ? {} : { announced: { version: announced.version, from: announced.from } }),
    seq,
  };
}

function purposeIn({ current, since, consents }: Head, policy: Policy, purpose: PurposeId): ShownPurpose {
  const state = current[purpose] ?? '';
  const { subject, holder } = consents[purpose] ?? {};
  return {
    state,
    stands: stands(state),
    ...(state === 'pending' ? { pending: true } : {}),
    ...(state === 'expired' && isConsentPurpose(policy, purpose) ? { askAgain: true } : {}),
    since: since[purpose] ?? 0,
    ...defined({ policyVersion: (subject ?? holder)?.policyVersion }),
  };
}

/** The fields of the document that are about itself. */
const UNCOMPARED = ['seq', 'updatedAt'];

/** The document of a state, written at a moment. */
export function stateToDocument({ purposes, announced, ...rest }: ShownState, updatedAt: Instant): DocumentData {
  const shown = Object.entries(purposes).map(
    ([purpose, one]) => [purpose, { ...one, since: Timestamp.fromMillis(one.since) }] as const,
  );
  return {
    ...rest,
    purposes: Object.fromEntries(shown),
    ...(announced === undefined ? {} : { announced: { ...announced, from: Timestamp.fromMillis(announced.from) } }),
    updatedAt: Timestamp.fromMillis(updatedAt),
  };
}

const compared = (data: DocumentData): DocumentData =>
  Object.fromEntries(Object.entries(data).filter(([field]) => !UNCOMPARED.includes(field)));

/**
 * True if a document says what a state says. A missing one says that nobody has answered, and that
 * nothing is restricted.
 */
export function saysState(data: DocumentData | undefined, state: ShownState): boolean {
  if (data !== undefined) return isDeepStrictEqual(compared(data), compared(stateToDocument(state, 0)));
  const { purposes, restricted, objections } = state;
  const isRestricted = restricted.all || restricted.purposes.length > 0;
  return Object.keys(purposes).length === 0 && !isRestricted && objections.length === 0;
}

/** True if two states are the same to the app. */
export const sameState = (one: ShownState, other: ShownState): boolean =>
  isDeepStrictEqual({ ...one, seq: 0 }, { ...other, seq: 0 });
