import type { Firestore } from 'firebase-admin/firestore';

/** The process died: nothing after this point ran. */
export class Died extends Error {}

/**
 * Lets a process die at one of its transactions, before or after the transaction took effect.
 *
 * @param moments how many of these moments pass before it dies, from 0
 * @returns puts the databases back as they were
 */
export function dieAfter(moments: number, databases: readonly Firestore[]): () => void {
  let left = moments;
  const originals = databases.map((db) => {
    const original = db.runTransaction.bind(db);
    db.runTransaction = async (...args) => {
      if (left-- <= 0) throw new Died('before');
      const result: unknown = await original(...(args as Parameters<typeof original>));
      if (left-- <= 0) throw new Died('after');
      return result as never;
    };
    return () => {
      db.runTransaction = original;
    };
  });
  return () => {
    for (const restore of originals) restore();
  };
}
