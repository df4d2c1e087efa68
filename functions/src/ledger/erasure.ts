import type { Transaction } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { alreadyExists } from '../platform/codes.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import { append, type Erased, erasureOf, isOfAnother, proofOf, type Head } from './chain.ts';
import type { Actor, Draft } from './entry.ts';
import { afterErasure } from './derive.ts';
import { endKeeping, entryRef, headRef, readEntry, readHead, writeChain } from './documents.ts';
import { keepingEntry } from './forgotten.ts';
import { runsAt } from './restraints.ts';

interface Link {
  readonly chain: string;
  readonly head: Head;
}

/**
 * Returns a chain with those that it continues and that continue it (one person under several
 * pseudonym keys), the open end last.
 */
async function lineage(
  tx: Transaction,
  { clients, keys }: OwnStore,
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

/** An erasure as its job was planned: one that begins anew under the same id is another run. */
export interface ErasureRun {
  readonly job: string;
  readonly createdAt: Instant;
}

/**
 * The entry of a run: it has begun, or was given up before that. One id, so that both cannot be.
 */
const runEntry = ({ job, createdAt }: ErasureRun): string => `${job}_${createdAt}`;
/** The entry of a run that was given up after it had begun. */
const givenUpLater = (run: ErasureRun): string => `${runEntry(run)}_givenUp`;

const isGivenUp = (links: readonly Link[], run: ErasureRun): boolean =>
  links.some(({ head: { givenUp = [] } }) => [runEntry(run), givenUpLater(run)].some((id) => givenUp.includes(id)));

/** Appends an entry about an erasure, and returns it with the head that follows. */
function appended({ chain, head }: Link, id: string, draft: Omit<Draft, 'kind'>) {
  const { entry, head: next } = append(chain, head, id, { kind: 'erasure', ...draft });
  return { entry, head: afterErasure(next, entry) };
}

/**
 * The result of a beginning. Given up, or a chain that ends with another account under the uid:
 * nothing is written, and this run must not go on.
 */
export type Beginning = 'begun' | 'givenUp' | 'chainOfAnother';

/**
 * Records that an erasure has begun: documents that it deletes are no withdrawals, and nothing new
 * of this account is accepted. One read and two writes. Runs twice harmlessly.
 *
 * @throws PermanentError `ledger.set_back` if its entry is there, and the head does not know it
 */
export async function beginErasure(
  context: Context,
  chain: string,
  run: ErasureRun,
  erased: Erased,
): Promise<Beginning> {
  const { clients, keys } = context;
  const id = runEntry(run);
  let end = chain;
  try {
    return await clients.own().runTransaction(async (tx) => {
      const { former, open } = await lineage(tx, context, chain);
      if (isGivenUp([...former, open], run)) return 'givenUp';
      if (isOfAnother(open.head, erased.accountCreatedAt)) return 'chainOfAnother';
      if (erasureOf(open.head) !== undefined) return 'begun';
      end = open.chain;
      const times = { occurredAt: erased.at, recordedAt: context.now() };
      const { accountCreatedAt } = erased;
      const { entry, head } = appended(open, id, { state: 'begun', actor: 'backend', accountCreatedAt, ...times });
      writeChain(tx, context, { chain: open.chain, head, entries: [entry] });
      return 'begun';
    });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
    const data = (await entryRef(clients.own(), end, id).get()).data();
    if (data !== undefined && readEntry(end, id, data, keys).state !== 'begun') return 'givenUp';
    throw new PermanentError(
      'ledger.set_back',
      'the head of a chain is older than its entries, so that no erasure begins by it: compliance ledger verify names the chain',
    );
  }
}

/**
 * Reads the head of a person as it is now, also under a later key of the pseudonyms. Costs a read
 * for each chain of the person.
 */
export const openHead = (store: OwnStore, chain: string): Promise<Head> =>
  store.clients.own().runTransaction(async (tx) => (await lineage(tx, store, chain)).open.head);

/** True if the erasure of this account has begun. Costs a read for each chain of the person. */
export const hasBegun = async (context: Context, chain: string, accountCreatedAt: number | null): Promise<boolean> =>
  erasureOf(await openHead(context, chain))?.accountCreatedAt === accountCreatedAt;

/** An erasure that was given up: by whom, when, and of which person. */
export interface GivenUp {
  readonly by: Actor;
  /** Their pseudonym, if an officer was named. */
  readonly officer?: string | undefined;
  readonly at: Instant;
  /** False: a person without an account: nothing else would end their chain. */
  readonly hasAccount: boolean;
}

/**
 * Records that an erasure was given up, in the transaction that cancels its job: an older version
 * of the job, put back, begins nothing. Reads come first, so it is called before any write. Writes
 * nothing if it was recorded before, or the chain is closed.
 *
 * @throws ComplianceError `seal.broken` if somebody else wrote the chain
 */
export async function recordGivenUp(
  tx: Transaction,
  store: OwnStore,
  chain: string,
  run: ErasureRun,
  { by, officer, at, hasAccount }: GivenUp,
): Promise<void> {
  const { former, open } = await lineage(tx, store, chain);
  if (open.head.closed !== undefined || isGivenUp([...former, open], run)) return;
  const begun = await tx.getAll(
    ...[...former, open].map((link) => entryRef(store.clients.own(), link.chain, runEntry(run))),
  );
  const id = begun.some(({ exists }) => exists) ? givenUpLater(run) : runEntry(run);
  const times = { occurredAt: at, recordedAt: at };
  const draft = { state: hasAccount ? 'givenUp' : 'ended', actor: by, ...defined({ officer }), ...times };
  const { entry, head } = appended(open, id, draft);
  if (!hasAccount) closeFormer(tx, store, former, at, { at, accountCreatedAt: null });
  writeChain(tx, store, { chain: open.chain, head, entries: [entry] });
}

/** Closes the chains that a closed one continues: their period counts from the same moment. */
function closeFormer(tx: Transaction, store: OwnStore, former: readonly Link[], now: Instant, erased: Erased): void {
  for (const { chain, head } of former)
    writeChain(tx, store, { chain, head: { ...proofOf(head), changedAt: now, closed: erased } });
}

/**
 * Closes the chain of somebody without an account, if nothing keeps it open: no hold that runs, and
 * no erasure that has begun. Nothing else would ever end it (Art. 5(1)(e)). Runs twice harmlessly.
 *
 * @param id the id of its last entry
 */
export async function endWithoutAccount(
  context: OwnStore & Pick<Context, 'now'>,
  chain: string,
  id: string,
): Promise<void> {
  await context.clients.own().runTransaction(async (tx) => {
    const { former, open } = await lineage(tx, context, chain);
    const now = context.now();
    const isKept = Object.values(open.head.restraints?.of ?? {}).some((one) => runsAt(one, now));
    if (isKept || open.head.seq === 0 || erasureOf(open.head) !== undefined) return;
    const times = { occurredAt: now, recordedAt: now };
    const { entry, head } = appended(open, id, { state: 'ended', actor: 'backend', ...times });
    closeFormer(tx, context, former, now, { at: now, accountCreatedAt: null });
    writeChain(tx, context, { chain: open.chain, head, entries: [entry] });
  });
}

/**
 * Records the erasure as the chain's last entry and closes it (Art. 5(2), 17), with the chains that
 * it continues: their period counts from the same moment. The state that was mirrored for further
 * answers goes. Runs twice harmlessly: the job's id makes the entry once.
 */
export async function closeChain(context: Context, chain: string, job: string, erased: Erased): Promise<void> {
  await context.clients.own().runTransaction(async (tx) => {
    const { former, open } = await lineage(tx, context, chain);
    if (open.head.closed) return;
    const now = context.now();
    const over = await restrictionsOf(tx, context, open);
    const { at: occurredAt, accountCreatedAt } = erased;
    const draft = { state: 'completed', actor: 'backend', accountCreatedAt, occurredAt, recordedAt: now } as const;
    const { entry, head } = appended(open, job, draft);
    closeFormer(tx, context, former, now, erased);
    writeChain(tx, context, { chain: open.chain, head, entries: [entry] });
    for (const one of over) endKeeping(tx, context, one);
  });
}

/** Finds the entries of the restrictions that run: they end with the person. */
async function restrictionsOf(tx: Transaction, store: OwnStore, link: Link) {
  const found: NonNullable<Awaited<ReturnType<typeof keepingEntry>>>[] = [];
  for (const [name, { kind }] of Object.entries(link.head.restraints?.of ?? {})) {
    const entry = kind === 'restrictions' ? await keepingEntry(tx, store, link, name) : null;
    if (entry !== null) found.push(entry);
  }
  return found;
}
