import type { Firestore } from 'firebase-admin/firestore';

class Died extends Error {}

/** Puts something else in the place of a method; returns how to put it back. */
function replaced<Name extends keyof T, T extends object>(target: T, name: Name, by: (original: T[Name]) => T[Name]) {
  const original = target[name];
  target[name] = by(original);
  return () => {
    target[name] = original;
  };
}

/** Counts moments; from the given one on, each of them is a death. */
function counting(moments: number): (when: 'before' | 'after') => void {
  let left = moments;
  return (when) => {
    if (left-- <= 0) throw new Died(when);
  };
}

/** Lets a process die before or after one of its transactions; returns how to end that. */
function dieAfter(moments: number, databases: readonly Firestore[]): () => void {
  const moment = counting(moments);
  const ends = databases.map((db) =>
    replaced(db, 'runTransaction', (original) => async (...args) => {
      moment('before');
      const result: unknown = await original.apply(db, args as Parameters<typeof original>);
      moment('after');
      return result as never;
    }),
  );
  return () => {
    for (const restore of ends) restore();
  };
}

/** The calls of the Firestore client by which everything is written. */
const WRITES: ReadonlySet<string> = new Set(['commit', 'batchWrite']);

/** The part of the Firestore client that carries each call. */
interface Client {
  request(method: string, ...rest: unknown[]): Promise<unknown>;
}

/** Lets a process die before or after one of its writes, of a transaction or alone. */
function dieAtWrite(moments: number, databases: readonly Firestore[]): () => void {
  const moment = counting(moments);
  const ends = databases.map((db) => {
    const client = db as unknown as Client;
    return replaced(client, 'request', (original) => async (method, ...rest) => {
      if (WRITES.has(method)) moment('before');
      const answer = await original.call(client, method, ...rest);
      if (WRITES.has(method)) moment('after');
      return answer;
    });
  });
  return () => {
    for (const restore of ends) restore();
  };
}

/**
 * Runs work in a process that dies before or after one of its transactions: nothing after that
 * point runs. The databases then are as they were.
 *
 * @param moments the number of such moments that pass before it dies, from 0; null: it lives
 * @param at `writes`: it dies at any write, also one that is no transaction
 * @returns true if it died
 * @throws each error of the work's own
 */
export async function runDying(
  moments: number | null,
  databases: readonly Firestore[],
  work: () => Promise<unknown>,
  at: 'transactions' | 'writes' = 'transactions',
): Promise<boolean> {
  const die = at === 'writes' ? dieAtWrite : dieAfter;
  const restore = moments === null ? () => undefined : die(moments, databases);
  try {
    await work();
    return false;
  } catch (error) {
    if (!(error instanceof Died)) throw error;
    return true;
  } finally {
    restore();
  }
}

/**
 * Runs work that loses the answer to one transaction: it has committed, and as the SDK does after
 * UNAVAILABLE, it runs again.
 *
 * @param moments the number of transactions that are answered before that, from 0
 * @returns true if one was lost
 */
export async function runLosing(
  moments: number,
  databases: readonly Firestore[],
  work: () => Promise<unknown>,
): Promise<boolean> {
  let left = moments;
  const ends = databases.map((db) =>
    replaced(db, 'runTransaction', (original) => async (...args) => {
      const run = () => original.apply(db, args as Parameters<typeof original>) as Promise<never>;
      const answer = await run();
      return left-- === 0 ? run() : answer;
    }),
  );
  try {
    await work();
    return left < 0;
  } finally {
    for (const restore of ends) restore();
  }
}
