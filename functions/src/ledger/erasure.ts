import type { Firestore, Transaction } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { append, type Erased, erasureOf, type Head } from './chain.ts';
import { entryToDocument, headFromDocument, headRef, headToDocument } from './store.ts';

interface Link {
  readonly chain: string;
  readonly head: Head;
}

/** A chain with those that it continues and that continue it (one person under several pseudonym keys), the open end last. */
async function lineage(tx: Transaction, own: Firestore, chain: string): Promise<{ former: Link[]; open: Link }> {
  const read = async (name: string): Promise<Link> => ({
    chain: name,
    head: headFromDocument(name, (await tx.get(headRef(own, name))).data()),
  });
  let open = await read(chain);
  const former: Link[] = [];
  while (open.head.continuedBy !== undefined) {
    former.push(open);
    open = await read(open.head.continuedBy);
  }
  for (let first = former[0] ?? open; first.head.continues !== undefined;) {
    first = await read(first.head.continues.chain);
    former.unshift(first);
  }
  return { former, open };
}

/** Marks a chain as being erased: what the erasure deletes is no withdrawal, and nothing new of this account is accepted. Runs twice harmlessly. */
export async function beginErasure(context: Context, chain: string, erased: Erased): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const { open } = await lineage(tx, own, chain);
    if (erasureOf(open.head) === undefined)
      tx.set(headRef(own, open.chain), headToDocument({ ...open.head, erasing: erased }));
  });
}

/**
 * Records the erasure as the chain's last entry and closes it (Art. 5(2), 17), with the chains that it continues: their period counts from
 * the same moment. What was mirrored to decide further answers goes. Runs twice harmlessly: the job's id makes the entry once.
 */
export async function closeChain(context: Context, chain: string, job: string, erased: Erased): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const { former, open } = await lineage(tx, own, chain);
    if (open.head.closed) return;
    const now = context.now();
    const draft = {
      kind: 'erasure',
      state: 'completed',
      actor: 'backend',
      occurredAt: erased.at,
      recordedAt: now,
    } as const;
    const { entry, head } = append(open.chain, open.head, job, draft);
    tx.create(headRef(own, open.chain).collection('entries').doc(job), entryToDocument(entry));
    for (const link of [...former, { chain: open.chain, head }])
      tx.set(headRef(own, link.chain), headToDocument({ ...proofOf(link.head), changedAt: now, closed: erased }));
  });
}

/** What a closed chain still needs: its end, and what was current then. */
const proofOf = ({ seq, hash, current, since, continues, continuedBy }: Head): Head => ({
  seq,
  hash,
  current,
  since,
  consents: {},
  ...defined({ continues, continuedBy }),
});
