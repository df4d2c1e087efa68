import { DAY_MS, type Instant } from '../platform/time.ts';

/**
 * Keeps a system's reading for an export for a while. Further attempts and exports of that day
 * need not ask again. It lies in the bucket of the exports under the person's own
 * prefix: the erasure of the person and the retention of the exports end it whatever else happens.
 */

/** How long something kept is used, in milliseconds. */
export const KEPT_MS = DAY_MS;

/** Firestore takes no id of the form `__…__`: no request of a person has this name. */
const FOLDER = '__kept__';

/** The folder in the bucket, with its slash. */
export const keptPrefix = (uid: string): string => `exports/${uid}/${FOLDER}/`;

/** Is it too old to be used? */
export const isOutdated = (keptAt: Instant, now: Instant): boolean => now - keptAt >= KEPT_MS;
