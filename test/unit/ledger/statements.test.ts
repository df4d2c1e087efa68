import type { Firestore, Query } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { liftHold, setHold } from '../../../functions/src/erasure/holds.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { statementFaults, statementFaultsOf, type StatementFault } from '../../../functions/src/ledger/statements.ts';
import type { OwnStore } from '../../../functions/src/platform/context.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * The verification of holds and restrictions, while others write: it names nothing that is right at
 * its end. It is the same for all people and for one.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));

const set = async (more: object = {}) => (await setHold(context, { uid: 'kim', ground, unknownUid: true, ...more })).id;
const restrict = () => onStatement(context, { submit: 'restriction', uid: 'kim' });
const chain = () => pseudonymOf('kim', context.keys);

const looks: [string, (store: OwnStore) => AsyncGenerator<StatementFault>][] = [
  ['of all people', (store) => statementFaults(store, context.now())],
  ['of one', (store) => statementFaultsOf(store, 'kim', context.now())],
];

/** The faults, of which the first is a forged band: at that moment something else happens. */
async function faultsWhile(look: (typeof looks)[number][1], act: () => Promise<unknown>): Promise<StatementFault[]> {
  await context.own.doc('ageBands/kim').set({ band: 'adult' });
  const found: StatementFault[] = [];
  for await (const fault of look(context)) {
    if (found.length === 0) await act();
    found.push(fault);
  }
  expect(found[0]).toMatchObject({ problem: 'statementUnsealed', kind: 'ageBands' });
  return found.slice(1);
}

/** A database in which something happens right after the documents of a collection were read. */
function actingAfter(own: Firestore, path: string, act: () => Promise<unknown>): Firestore {
  const acting = (query: Query): Query =>
    new Proxy(query, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(member, target, args);
          if (name === 'get') return (result as Promise<unknown>).then((read) => act().then(() => read));
          return name === 'orderBy' || name === 'limit' || name === 'where' ? acting(result as Query) : result;
        };
      },
    });
  return new Proxy(own, {
    get: (target, name) =>
      name === 'collection'
        ? (of: string) => (of === path ? acting(target.collection(of)) : target.collection(of))
        : (Reflect.get(target, name) as unknown),
  });
}

describe.each(looks)('the look at statements %s', (_, look) => {
  const faults = () => Array.fromAsync(look(context));

  it('names no hold and no restriction that is lifted while it looks', async () => {
    const id = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    await restrict();
    expect((await faults()).map((one) => [one.problem, one.kind])).toEqual([['statementMissing', 'legalHolds']]);
    const lift = async () => {
      await liftHold(context, id);
      await onStatement(context, { withdraw: 'restriction', id: 'kim', toldAt: new Date(context.now()).toISOString() });
    };
    expect(await faultsWhile(look, lift)).toEqual([]);
  });

  it('names nothing of a person whose head goes or is forged while it looks', async () => {
    const id = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    const head = context.own.doc(`ledger/${chain()}`);
    expect(await faultsWhile(look, () => head.update({ lastHash: 'x' }))).toEqual([]);
    expect(await faultsWhile(look, () => head.delete())).toEqual([]);
  });

  it('names no hold that is set after the documents were read', async () => {
    let ids: string[] = [];
    const own = actingAfter(context.own, 'legalHolds', async () => {
      if (ids.length === 0) ids = [await set()];
    });
    expect(await Array.fromAsync(look({ keys: context.keys, clients: { own: () => own } }))).toEqual([]);
    expect(ids).toHaveLength(1);
  });

  it('names a hold that was set under an older key', async () => {
    const id = await set();
    const before = (await context.own.doc(`legalHolds/${id}`).get()).data() ?? {};
    await liftHold(context, id);
    await context.own.doc(`legalHolds/${id}`).set(before);
    context = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'another key for tests' } } };
    const old = pseudonymOf('kim', context.keys, 1);
    expect(await faults()).toEqual([{ problem: 'statementOlder', kind: 'legalHolds', chain: old }]);
    // The person goes on under the new key, and so does that which the chain remembers.
    const other = await set({ requestId: 'case-2026-2' });
    await context.own.doc(`legalHolds/${other}`).delete();
    expect(await faults()).toEqual([
      { problem: 'statementOlder', kind: 'legalHolds', chain: chain() },
      expect.objectContaining({ problem: 'statementMissing', kind: 'legalHolds', chain: chain() }),
    ]);
  });

  it('names one of a person who was erased, in the chain that is closed', async () => {
    const id = await set();
    const erased = { at: NOW, accountCreatedAt: 1 };
    await beginErasure(context, chain(), { job: 'job', createdAt: NOW }, erased);
    await closeChain(context, chain(), 'job', erased);
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await faults()).toMatchObject([{ problem: 'statementMissing', kind: 'legalHolds', chain: chain() }]);
  });
});
