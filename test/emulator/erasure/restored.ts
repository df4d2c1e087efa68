import { Timestamp } from 'firebase-admin/firestore';
import { pseudonym } from '../../kit/suite.ts';
import { DAY } from '../retention/nightly.ts';

/** The documents of a person in the app's database, in the tests of a restored backup. */

export const OLD = Timestamp.fromMillis(Date.now() - 10 * DAY);
/** The id of a log line says nothing of the person. */
export const logOf = (uid: string): string => `systemLogs/log-${pseudonym(uid).slice(3, 19)}`;
export const rowsOf = (uid: string, email: string): Record<string, object> => ({
  [`users/${uid}`]: { firstName: 'Ada', email },
  [`users/${uid}/activity/1`]: { createdAt: OLD },
  [`users/${uid}/sessions/1`]: { createdAt: OLD },
  [`users/${uid}/notes/1`]: { text: 'a collection that nobody declares' },
  [`customers/${uid}`]: { stripeId: 'cus_none' },
  [logOf(uid)]: { uid, ip: '192.0.2.1', line: 'kept', createdAt: OLD },
  [`contactRequests/${uid}-1`]: { uid, email, message: 'hello', createdAt: OLD },
  [`contactRequests/${uid}-2`]: { email, message: 'before I had an account', createdAt: OLD },
});
