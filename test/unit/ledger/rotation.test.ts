import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import type { Entry } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { entryFromDocument, headFromDocument } from '../../../functions/src/ledger/documents.ts';
import { chainsOf, latestHead } from '../../../functions/src/ledger/find.ts';
import { record } from '../../../functions/src/ledger/store.ts';
import { verifyChain } from '../../../functions/src/ledger/verifyChain.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { ModelFirestore } from '../support/modelFirestore.ts';

/**
 * A change of the pseudonym key: the person goes on under a new name, nothing is lost, doubled or
 * forgotten, and the old chain verifies.
 */

const UID = 'person';
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const v1: PseudonymKeys = { current: 1, keys: { 1: 'old' } };
const v2: PseudonymKeys = { current: 2, keys: { 1: 'old', 2: 'new' } };
const [old, now] = [pseudonymOf(UID, v1), pseudonymOf(UID, v2)];

const draft = (state: string, at: number): Draft => ({
  kind: 'consent',
  purpose: 'messages',
  state,
  occurredAt: at,
  recordedAt: at,
});

function world() {
  const db = new ModelFirestore();
  let account: number | null = null;
  const contextOf = (keys: PseudonymKeys, at: number): Context =>
    ({
      policy: amikeo,
      clients: {
        app: () => db.client(async () => undefined),
        own: () => db.client(async () => undefined),
        auth: () =>
          Promise.resolve(
            fakeAuth(() =>
              account === null ? [] : [{ uid: UID, metadata: { creationTime: new Date(account).toUTCString() } }],
            ),
          ),
      },
      keys,
      now: () => at,
    }) as unknown as Context;
  const give = (keys: PseudonymKeys, id: string, at: number, state = 'given', told = at) =>
    record(
      contextOf(keys, at),
      UID,
      id,
      (head) =>
        head.erasing
          ? { reject: 'late' }
          : { record: draft(state, at), patch: { current: { ...head.current, messages: state } } },
      { at: told },
    );
  const entriesOf = (chain: string): Entry[] =>
    db
      .idsIn(`ledger/${chain}/entries`)
      .map((id) => entryFromDocument(id, db.documents.get(`ledger/${chain}/entries/${id}`)?.data ?? {}));
  const headOf = (chain: string) => headFromDocument(chain, db.documents.get(`ledger/${chain}`)?.data);
  const problems = (chain: string) => verifyChain(chain, headOf(chain), entriesOf(chain));
  return {
    contextOf,
    give,
    entriesOf,
    headOf,
    problems,
    useAccount: (created: number | null) => void (account = created),
  };
}

describe('a change of the pseudonym key', () => {
  it('goes on in a chain under the new key, which names the chain that it continues and knows its state', async () => {
    const { contextOf, give, entriesOf, headOf, problems } = world();
    await give(v1, 'a', START);
    await give(v1, 'b', START + 1, 'reconfirmed');
    await give(v2, 'c', START + 2, 'withdrawn');
    await give(v2, 'd', START + 3);
    expect([entriesOf(old), entriesOf(now)].map((entries) => entries.map(({ id }) => id))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(entriesOf(now)[0]?.continues).toEqual({ chain: old, seq: 2, hash: headOf(old).hash });
    expect(entriesOf(now)[1]?.continues).toBeUndefined();
    expect(headOf(old).continuedBy).toBe(now);
    expect([problems(old), problems(now)]).toEqual([[], []]);
    expect(await latestHead(contextOf(v2, START), UID)).toMatchObject({
      chain: now,
      head: { current: { messages: 'given' } },
    });
    expect(await chainsOf(contextOf(v2, START), UID)).toEqual([old, now]);
  });

  it('finds a person without any event since under the old key', async () => {
    const { contextOf, give } = world();
    await give(v1, 'a', START);
    expect(await latestHead(contextOf(v2, START), UID)).toMatchObject({
      chain: old,
      head: { current: { messages: 'given' } },
    });
  });

  it('does not record an event again that came before the change and comes again after it', async () => {
    const { give, entriesOf } = world();
    await give(v1, 'a', START);
    expect(await give(v2, 'a', START + DAY)).toMatchObject({ recorded: false, because: 'duplicate' });
    await give(v2, 'b', START + DAY);
    expect(await give(v2, 'a', START + 2 * DAY)).toMatchObject({ recorded: false, because: 'duplicate' });
    expect(entriesOf(now).map(({ id }) => id)).toEqual(['b']);
  });

  it('closes the whole line with an erasure, whichever of its chains the job names', async () => {
    for (const named of [old, now]) {
      const { contextOf, give, headOf, problems } = world();
      await give(v1, 'a', START);
      await give(v2, 'b', START + 1);
      const erased = { at: START + 10, accountCreatedAt: 1 };
      await beginErasure(contextOf(v2, START + 10), named, { job: 'job', createdAt: 1 }, erased);
      expect(await give(v2, 'late', START + 5)).toMatchObject({ because: 'late' });
      await closeChain(contextOf(v2, START + 10), named, 'job', erased);
      await closeChain(contextOf(v2, START + 10), named, 'job', erased);
      expect([headOf(old).closed, headOf(now).closed]).toEqual([erased, erased]);
      expect([problems(old), problems(now)]).toEqual([[], []]);
      expect(await give(v2, 'later', START + 20)).toMatchObject({ because: 'late' });
    }
  });

  it('lets nothing of an erased person back in under the new key', async () => {
    const { contextOf, give, entriesOf } = world();
    await give(v1, 'a', START);
    const erased = { at: START + 10, accountCreatedAt: 1 };
    await beginErasure(contextOf(v1, START + 10), old, { job: 'job', createdAt: 1 }, erased);
    expect(await give(v2, 'b', START + 11)).toMatchObject({ because: 'late' });
    await closeChain(contextOf(v1, START + 10), old, 'job', erased);
    expect(await give(v2, 'c', START + 12)).toMatchObject({ because: 'late' });
    expect(entriesOf(now)).toEqual([]);
  });
});

describe('a uid that is used again', () => {
  const created = START + DAY;

  it('has its events in a chain of its own; those of the account before are late, whenever they come', async () => {
    const { contextOf, give, entriesOf, headOf, useAccount } = world();
    await give(v1, 'a', START);
    await closeChain(contextOf(v1, START + 10), old, 'job', {
      at: START + 10,
      accountCreatedAt: Math.floor(START / 1000),
    });
    useAccount(created);
    expect(await give(v1, 'new', created + 1)).toMatchObject({ recorded: true, chain: `${old}~2` });
    expect(await give(v1, 'old', created + 2, 'given', START + 5)).toMatchObject({ because: 'late' });
    expect(entriesOf(`${old}~2`).map(({ id }) => id)).toEqual(['new']);
    // Auth is asked once: afterwards the closed chain knows the account of its uid.
    useAccount(null);
    expect(headOf(old).successor).toBe(created / 1000);
    expect(await give(v1, 'next', created + 3)).toMatchObject({ recorded: true });
    expect(await give(v1, 'older', created + 4, 'given', START + 6)).toMatchObject({ because: 'late' });
  });

  it('is recognised under a new key as well', async () => {
    const { contextOf, give, headOf, useAccount } = world();
    await give(v1, 'a', START);
    const erased = { at: START + 10, accountCreatedAt: Math.floor(START / 1000) };
    await closeChain(contextOf(v1, START + 10), old, 'job', erased);
    useAccount(created);
    expect(await give(v2, 'new', created + 1)).toMatchObject({ recorded: true, chain: `${now}~2` });
    expect(headOf(old).successor).toBe(created / 1000);
  });
});
