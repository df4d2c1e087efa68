import { Timestamp, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import * as z from 'zod/mini';
import { sealed, unsealed } from '../../crypto/seal.ts';
import type { OwnStore } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { keyedHash } from '../../platform/keys.ts';
import { lazily } from '../../platform/shapes.ts';

/**
 * `contactAnswers/{id}`: the work of officers on one message of the contact form. The message
 * itself is the app's row, which anybody with write access to that database can change. So the
 * backend keeps its own knowledge apart and sealed: the answers that left, and when the message was
 * closed. Its id is a keyed hash of the message's: a client chooses that one.
 */

const moment = () => z.instanceof(Timestamp);
const shape = lazily(() =>
  z.strictObject({
    startedAt: moment(),
    answers: z.array(
      z.strictObject({
        /** SHA-256 of the text, hexadecimal. */
        text: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
        /** `printed`: an officer gave it by letter or by hand. */
        by: z.enum(['mail', 'printed']),
        /** Since when it may have left. */
        since: moment(),
        /** When it had left; absent: an attempt died, or is under way. */
        at: z.optional(moment()),
        officer: z.optional(z.string()),
      }),
    ),
    closedAt: z.optional(moment()),
    closedBy: z.optional(z.string()),
  }),
);

export type ContactState = z.infer<ReturnType<typeof shape>>;
export type KnownAnswer = ContactState['answers'][number];

/**
 * Places of the state of a message, one under every pseudonym key, the current one's last: the
 * state stays where it was begun.
 */
export const stateRefs = ({ clients, keys }: OwnStore, collection: string, id: string): DocumentReference[] =>
  Object.keys(keys.keys).map((version) => {
    const hash = keyedHash('contact', [collection, id], keys, Number(version));
    return clients.own().collection('contactAnswers').doc(`v${version}_${hash}`);
  });

/**
 * Reads a state; null if there is none.
 *
 * @throws ComplianceError `seal.broken` if the backend did not write it so
 */
export function stateIn(document: DocumentSnapshot, { keys }: Pick<OwnStore, 'keys'>): ContactState | null {
  const data = document.data();
  if (data === undefined) return null;
  const read = shape().safeParse(unsealed(document.ref.path, data, keys));
  if (read.success) return read.data;
  throw new ComplianceError('seal.broken', 'a document of contactAnswers is not of the shape that the backend writes');
}

/**
 * Changes the state of a message in one transaction (a read for each key, 1 write); null writes
 * nothing.
 *
 * @returns the state as it is now
 */
export async function changeState(
  store: OwnStore,
  collection: string,
  id: string,
  change: (state: ContactState | null) => ContactState | null,
): Promise<ContactState | null> {
  const refs = stateRefs(store, collection, id);
  return store.clients.own().runTransaction(async (tx) => {
    const documents = await tx.getAll(...refs);
    const known = documents.find(({ exists }) => exists) ?? documents.at(-1);
    if (known === undefined) return null;
    const before = stateIn(known, store);
    const next = change(before);
    if (next !== null) tx.set(known.ref, sealed(known.ref.path, next, store.keys));
    return next ?? before;
  });
}
