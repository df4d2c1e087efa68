import type { UserRecord } from 'firebase-admin/auth';
import { Timestamp, type DocumentData, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { millisOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isSealed, sealed } from '../crypto/seal.ts';
import { cutoff } from '../policy/calendar.ts';
import { collectionPath, fillPath, recordOf } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';

/** `inactivities/{uid}`: an account that was found unused. */
export interface Inactivity {
  /** Whole seconds since the epoch. */
  readonly accountCreatedAt: number | null;
  readonly lastActiveAt: Instant;
  /** How the person was told; absent: not yet. */
  readonly told?: 'sent' | 'undeliverable';
  /** When the account ends; absent: the person has not been told. */
  readonly eraseAt?: Instant;
}

/** The result of a look at an account that was found unused. */
export type Finding = 'cameBack' | 'tell' | 'waits' | 'erase';

/**
 * Returns up to when the last sign of activity must lie for an account to be unused; null if the
 * policy lets accounts be.
 */
export function inactiveSince(policy: Policy, now: Instant): Instant | null {
  const { inactivity } = policy.rights;
  return inactivity === undefined ? null : cutoff(inactivity.period, now, policy.controller);
}

/**
 * Decides about an unused account. Pure. Any sign of activity since it was found counts as coming
 * back, and so does a policy that has become more patient.
 */
export function findingOf(
  policy: Policy,
  known: Inactivity,
  seen: { readonly lastActiveAt: Instant; readonly now: Instant },
): Finding {
  const since = inactiveSince(policy, seen.now);
  if (since === null || seen.lastActiveAt > since || seen.lastActiveAt > known.lastActiveAt) return 'cameBack';
  if (known.told === undefined || known.eraseAt === undefined) return 'tell';
  return seen.now < known.eraseAt ? 'waits' : 'erase';
}

/** A note about an account that nobody uses; sealed, since an erasure begins by it. */
export const sealedInactivity = (uid: string, fields: DocumentData, keys: PseudonymKeys): DocumentData =>
  sealed(`inactivities/${uid}`, fields, keys);

/** True if the backend noted it so. */
export const isInactivitySealed = (document: DocumentSnapshot, keys: PseudonymKeys): boolean =>
  isSealed(`inactivities/${document.id}`, document.data() ?? {}, keys);

export const inactivityRef = (context: Context, uid: string): DocumentReference =>
  context.clients.own().collection('inactivities').doc(uid);

const parsedMillis = (text: string | null | undefined): Instant => {
  const millis = Date.parse(text ?? '');
  return Number.isNaN(millis) ? 0 : millis;
};

/**
 * The last sign of an account that Auth knows: a session that was used, a sign-in, its creation.
 */
export function lastSeen({ metadata }: Pick<UserRecord, 'metadata'>): Instant {
  const { lastRefreshTime, lastSignInTime, creationTime } = metadata;
  return Math.max(parsedMillis(lastRefreshTime), parsedMillis(lastSignInTime), parsedMillis(creationTime));
}

/**
 * Returns the last sign of activity of a person: of the account, and the newest row of each of the
 * records that the policy names (`rights.inactivity.signs`). A row from the future says nothing.
 */
export async function lastActivityOf(context: Context, user: UserRecord): Promise<Instant> {
  const { policy, clients } = context;
  const now = Timestamp.fromMillis(context.now());
  const signs = policy.rights.inactivity?.signs ?? [];
  const newest = await Promise.all(
    signs.map(async (id): Promise<Instant> => {
      const { path, subject, timestamp } = recordOf(policy, id);
      if (!('pathVariable' in subject) || timestamp === null) return 0;
      const rows = clients.app().collection(fillPath(collectionPath(path), { [subject.pathVariable]: user.uid }));
      const found = await rows.where(timestamp, '<=', now).orderBy(timestamp, 'desc').limit(1).select(timestamp).get();
      return millisOf(found.docs[0]?.get(timestamp)) ?? 0;
    }),
  );
  return Math.max(lastSeen(user), ...newest);
}

export const inactivityOf = (document: DocumentSnapshot): Inactivity => {
  const {
    accountCreatedAt: createdAt,
    lastActiveAt,
    told,
    eraseAt,
  } = (document.data() ?? {}) as Record<string, unknown>;
  return {
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    lastActiveAt: millisOf(lastActiveAt) ?? 0,
    ...(told === 'sent' || told === 'undeliverable' ? { told } : {}),
    ...defined({ eraseAt: millisOf(eraseAt) }),
  };
};
