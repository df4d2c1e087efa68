import type { Transaction } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { append, type Erased, erasureOf, proofOf, type Head } from './chain.ts';
import { headRef, readHead, writeChain } from './documents.ts';

interface Link {
  readonly chain: string;
  readonly head: Head;
}

/** A chain with those that it continues and that continue it (one person under several pseudonym keys), the open end last. */
async function lineage(
  tx: Transaction,
  { clients, keys }: Context,
  chain: string,
): Promise<{ former: Link[]; open: Link }> {
  const read = async (name: string): Promise<Link> => ({
    chain: name,
    head: readHead(name, (await tx.get(headRef(clients.own(), name))).data(), keys),
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
  await context.clients.own().runTransaction(async (tx) => {
    const { open } = await lineage(tx, context, chain);
    if (erasureOf(open.head) === undefined)
      writeChain(tx, context, { chain: open.chain, head: { ...open.head, erasing: erased } });
  });
}

/**
 * Records the erasure as the chain's last entry and closes it (Art. 5(2), 17), with the chains that it continues: their period counts from
 * the same moment. What was mirrored to decide further answers goes. Runs twice harmlessly: the job's id makes the entry once.
 */
export async function closeChain(context: Context, chain: string, job: string, erased: Erased): Promise<void> {
  await context.clients.own().runTransaction(async (tx) => {
    const { former, open } = await lineage(tx, context, chain);
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
    const closed = (last: Head): Head => ({ ...proofOf(last), changedAt: now, closed: erased });
    for (const link of former) writeChain(tx, context, { chain: link.chain, head: closed(link.head) });
    writeChain(tx, context, { chain: open.chain, head: closed(head), entries: [entry] });
  });
}
