import type { Context } from '../platform/context.ts';
import { append, type Erased } from './chain.ts';
import { entryToDocument, headFromDocument, headRef, headToDocument } from './store.ts';

/** Marks a chain as being erased: what the erasure deletes is no withdrawal, and nothing new of this account is accepted. Runs twice harmlessly. */
export async function beginErasure(context: Context, chain: string, erased: Erased): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const head = headFromDocument(chain, (await tx.get(headRef(own, chain))).data());
    if (!head.closed && !head.erasing) tx.set(headRef(own, chain), headToDocument({ ...head, erasing: erased }));
  });
}

/** Records the erasure as the chain's last entry and closes it (Art. 5(2), 17). Runs twice harmlessly: the job's id makes the entry once. */
export async function closeChain(context: Context, chain: string, job: string, erased: Erased): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const head = headFromDocument(chain, (await tx.get(headRef(own, chain))).data());
    if (head.closed) return;
    const draft = { kind: 'erasure', state: 'completed', occurredAt: erased.at, recordedAt: context.now() } as const;
    const { entry, head: last } = append(head, job, draft);
    const kept = { seq: last.seq, hash: last.hash, current: last.current, since: last.since };
    tx.create(headRef(own, chain).collection('entries').doc(job), entryToDocument(entry));
    tx.set(headRef(own, chain), headToDocument({ ...kept, closed: erased }));
  });
}
