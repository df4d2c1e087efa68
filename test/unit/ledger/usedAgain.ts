import type { Firestore } from 'firebase-admin/firestore';
import { chainOfAccount } from '../../../functions/src/erasure/start.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { record, type Recorded } from '../../../functions/src/ledger/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { testContext } from '../requests/helpers.ts';

/** A uid that one account after the other has. */

export const UID = 'kim';
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

/** The context, and the account that there is: creation time in seconds, null for none. */
export type Again = Omit<ReturnType<typeof testContext>, 'keys'> & {
  keys: { current: number; keys: Record<number, string> };
  account: number | null;
};

/** Parts of a context that differ from those of other tests. */
type Parts = Partial<Omit<Context, 'clients'>> & { readonly clients?: Partial<Context['clients']> };

export function usedAgain(more: Parts = {}): Again {
  const base = testContext(START);
  const creationTime = (): string => new Date((context.account ?? 0) * 1000).toUTCString();
  const users = () => (context.account === null ? [] : [{ uid: UID, metadata: { creationTime: creationTime() } }]);
  const clients = { ...base.clients, ...more.clients, auth: async () => fakeAuth(users) };
  const context: Again = { ...base, ...more, clients, keys: { current: 1, keys: { 1: 'old' } }, account: null };
  useAgain(context);
  return context;
}

/** The uid has another account from tomorrow on. */
export function useAgain(context: Again): void {
  context.time.now += DAY;
  context.account = context.time.now / 1000;
}

/** The present person answers. @param at when the server wrote it; absent: now */
export const answer = (context: Again, id: string, at = context.time.now): Promise<Recorded> =>
  record(
    context,
    UID,
    id,
    ({ erasing, current }) =>
      erasing
        ? { reject: 'late' }
        : {
            record: { kind: 'access', state: 'given', occurredAt: at, recordedAt: context.time.now },
            patch: { current },
          },
    { at },
  );

/** The present account is deleted, and its person erased. */
export async function erase(context: Again): Promise<string> {
  const { chain } = await chainOfAccount(context, UID, context.account);
  const erased = { at: context.time.now, accountCreatedAt: context.account };
  const job = `erasure_${context.account ?? 0}`;
  await beginErasure(context, chain, { job, createdAt: 1 }, erased);
  await closeChain(context, chain, job, erased);
  context.account = null;
  return chain;
}

/** The period of a chain is over: it is deleted as the nightly retention does, entries first. */
export async function end({ own }: { readonly own: Firestore }, chain: string): Promise<void> {
  for (const { ref } of (await own.collection(`ledger/${chain}/entries`).get()).docs) await ref.delete();
  await own.doc(`ledger/${chain}`).delete();
}

/** The name of the person's n-th chain under the first key. */
export const nth = ({ keys }: Pick<Again, 'keys'>, n = 1): string =>
  n === 1 ? pseudonymOf(UID, keys, 1) : `${pseudonymOf(UID, keys, 1)}~${n}`;
