import type { Firestore } from 'firebase-admin/firestore';

class Died extends Error {}

/** Lets a process die before or after one of its transactions; returns how to end that. */
function dieAfter(moments: number, databases: readonly Firestore[]): () => void {
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

/**
 * Runs work in a process that dies before or after one of its transactions: nothing after that
 * point runs. The databases then are as they were.
 *
 * @param moments the number of such moments that pass before it dies, from 0; null: it lives
 * @throws each error of the work's own
 */
export async function runDying(
  moments: number | null,
  databases: readonly Firestore[],
  work: () => Promise<unknown>,
): Promise<void> {
  const restore = moments === null ? () => undefined : dieAfter(moments, databases);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  } finally {
    restore();
  }
}
