import type { DocumentData, Firestore } from 'firebase-admin/firestore';
import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { guardedBy, readStated, type Guarded } from '../../../functions/src/subject/guardians.ts';
import { statement } from '../../../functions/src/subject/statements.ts';
import type { Context } from '../../../functions/src/platform/context.ts';

/** A backend as a test has it: its database and its keys. */
export interface Backend {
  readonly own: Firestore;
  readonly keys: PseudonymKeys;
}

/**
 * A statement about a person with its seal, as the backend writes it: `ageBands/{uid}` and so on.
 */
export const stated = ({ own, keys }: Backend, path: string, data: DocumentData): DocumentData =>
  statement(own.doc(path), data, keys);

/** Writes a statement about a person as the backend does. */
export async function state(backend: Backend, path: string, data: DocumentData): Promise<void> {
  await backend.own.doc(path).set(stated(backend, path, data));
}

/** Reads the people who decide with or for a person now. */
export const guardedNow = async (context: Context, uid: string): Promise<Guarded | null> =>
  guardedBy(await readStated(context, uid), context.now());
