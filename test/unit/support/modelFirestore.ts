import type { DocumentData, Firestore } from 'firebase-admin/firestore';

/**
 * A model of Firestore's promises, for tests that need thousands of interleavings. Documents have
 * versions. Creates refuse an existing document. Transactions are tried again if something they
 * read has changed. Queries are ranges of names within a collection, outside of transactions. Every
 * call goes through `step`, which decides the next caller, and may kill a caller before the call
 * takes effect or after. The suite runs the same code on real Firestore.
 */

/** The process died here: nothing after this line ran. */
export class Crash extends Error {}

/** Called around every call: waits for its turn; throws a Crash to kill the caller. */
export type Step = (when: 'before' | 'after') => Promise<void>;

const ALREADY_EXISTS = 6;
const conflict = (): Error => Object.assign(new Error('already exists'), { code: ALREADY_EXISTS });

interface Stored {
  readonly data: DocumentData;
  readonly version: number;
}

export class ModelFirestore {
  readonly documents = new Map<string, Stored>();
  #version = 0;

  /** A client of one process: its calls go through that process's steps. */
  client(step: Step): Firestore {
    const ref = (path: string) => ({
      path,
      id: path.slice(path.lastIndexOf('/') + 1),
      collection: (name: string) => collection(`${path}/${name}`),
      get: async () => this.#call(step, () => this.#snapshot(path)),
      create: async (data: DocumentData) => this.#call(step, () => this.#commit([{ path, data, create: true }])),
      set: async (data: DocumentData) => this.#call(step, () => this.#commit([{ path, data }])),
      update: async (data: DocumentData) =>
        this.#call(step, () => this.#commit([{ path, data: { ...this.documents.get(path)?.data, ...data } }])),
    });
    const collection = (path: string) => ({
      doc: (id: string) => ref(`${path}/${id}`),
      orderBy: () => ({ startAt: (from: string) => ({ endBefore: (to: string) => range(path, from, to) }) }),
    });
    const range = (path: string, from: string, to: string) => {
      const inRange = (): string[] =>
        this.idsIn(path)
          .filter((id) => id >= from && id < to)
          .sort();
      const docs = () => inRange().map((id) => this.#snapshot(`${path}/${id}`));
      const query = { get: async () => this.#call(step, () => ({ docs: docs() })) };
      return { ...query, select: () => query };
    };
    const collectionGroup = (name: string) => {
      const within = (from: string, to: string, most: number) =>
        [...this.documents.keys()]
          .filter((path) => path.split('/').at(-2) === name && !isBefore(path, from) && isBefore(path, to))
          .sort((a, b) => (isBefore(a, b) ? -1 : 1))
          .slice(0, most)
          .map((path) => ({ ref: { parent: { parent: { id: path.split('/').at(-3) } } } }));
      const get = (from: string, to: string, most: number) => async () =>
        this.#call(step, () => ({ docs: within(from, to, most) }));
      const endBefore = (from: string) => (to: string) => ({ limit: (most: number) => ({ get: get(from, to, most) }) });
      return { orderBy: () => ({ startAt: (from: string) => ({ endBefore: endBefore(from) }) }) };
    };
    const client = {
      collectionGroup,
      doc: (path: string) => ref(path),
      collection,
      runTransaction: async <T>(work: (tx: unknown) => Promise<T>): Promise<T> => {
        for (;;) {
          const read = new Map<string, number>();
          const writes: Write[] = [];
          const result = await work({
            get: async ({ path }: { path: string }) =>
              this.#call(step, () => {
                read.set(path, this.documents.get(path)?.version ?? 0);
                return this.#snapshot(path);
              }),
            create: ({ path }: { path: string }, data: DocumentData) => writes.push({ path, data, create: true }),
            set: ({ path }: { path: string }, data: DocumentData) => writes.push({ path, data }),
          });
          const committed = await this.#call(step, () => {
            for (const [path, version] of read) if ((this.documents.get(path)?.version ?? 0) !== version) return false;
            this.#commit(writes);
            return true;
          });
          if (committed) return result;
        }
      },
    };
    return client as unknown as Firestore;
  }

  /** Ids of the documents directly in a collection. */
  idsIn(collection: string): string[] {
    const inside = [...this.documents.keys()].filter((path) => path.startsWith(`${collection}/`));
    return inside.map((path) => path.slice(collection.length + 1)).filter((rest) => !rest.includes('/'));
  }

  #snapshot(path: string) {
    const data = this.documents.get(path)?.data;
    return {
      exists: data !== undefined,
      ref: { path },
      id: path.slice(path.lastIndexOf('/') + 1),
      data: () => data,
      get: (field: string): unknown => data?.[field],
    };
  }

  #commit(writes: readonly Write[]): void {
    if (writes.some(({ path, create }) => create === true && this.documents.has(path))) throw conflict();
    for (const { path, data } of writes) this.documents.set(path, { data, version: (this.#version += 1) });
  }

  async #call<T>(step: Step, effect: () => T): Promise<T> {
    await step('before');
    const result = effect();
    await step('after');
    return result;
  }
}

/** Firestore orders paths by their parts. */
function isBefore(path: string, other: string): boolean {
  const [parts, others] = [path.split('/'), other.split('/')];
  const index = parts.findIndex((part, at) => part !== others[at]);
  return index === -1 ? parts.length < others.length : (parts[index] ?? '') < (others[index] ?? '');
}

interface Write {
  readonly path: string;
  readonly data: DocumentData;
  readonly create?: boolean;
}
