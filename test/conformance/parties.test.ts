import { isDeepStrictEqual } from 'node:util';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Scope } from '../../functions/src/systems/system.ts';
import { collect, drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { conformance, type Planted } from './suite.ts';
import { heldPeople } from '../kit/sealed/held.ts';
import { contentsOf, ground, record, source, withAccount, writeRows, type Rows } from './worlds/rows.ts';

const year = { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' as const }, source };

/** An app in which people write to each other. */
const policy: Policy = {
  ...amikeo,
  records: {
    chats: record('cpChats/{chat}', {
      subject: { parties: [{ as: 'array', field: 'participants' }] },
      mentions: [{ field: 'names', as: 'key' }],
      subcollections: true,
      fate: [year, withAccount],
    }),
    messages: record('cpChats/{chat}/cpMessages/{id}', {
      subject: {
        parties: [
          { as: 'value', field: 'sender', wrote: ['text', 'from.phone'], masked: ['from.phone'] },
          { as: 'value', field: 'recipient' },
        ],
      },
      fate: [year, withAccount],
    }),
    // Kept by law, with both of its people.
    deals: record('cpDeals/{id}', {
      subject: {
        parties: [
          { as: 'value', field: 'buyer' },
          { as: 'value', field: 'seller' },
        ],
      },
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P10Y', then: { do: 'retain', ground }, source }],
    }),
  },
};

const context = testContext({}, policy);
const createdAt = Timestamp.fromMillis(NOW - 86_400_000);
let db: Firestore;
beforeAll(() => {
  db = context.clients.app();
});

const write = (rows: Rows): Promise<void> => writeRows(db, rows);
const contents = (paths: readonly string[]) => contentsOf(db, paths);

/** Rows that name a person and others, each with the rest of it without them. */
function sharedWith(
  uid: string,
  id: string,
): Record<string, readonly [Record<string, unknown>, Record<string, unknown>]> {
  const [a, b] = ['somebody', uid.slice(0, -1)];
  const chat = `cpChats/${id}`;
  return {
    [`${chat}-many`]: [
      { participants: [a, uid, b], names: { [a]: 'A', [uid]: 'Ada' }, topic: 'x' },
      { participants: [a, b], names: { [a]: 'A' }, topic: 'x' },
    ],
    [`${chat}/cpMessages/sent`]: [
      { sender: uid, recipient: a, text: 'from me', from: { phone: '+33', app: 2 }, createdAt },
      { recipient: a, from: { app: 2 }, createdAt },
    ],
    [`${chat}/cpMessages/received`]: [
      { sender: a, recipient: uid, text: 'to me', createdAt },
      { sender: a, text: 'to me', createdAt },
    ],
  };
}

async function plant(): Promise<Planted> {
  // Characters that a path of fields would take for its own.
  const uid = fresh('cp.a`b c-');
  const id = fresh('chat');
  const [a, b] = ['somebody', `${uid}a`];
  const named = sharedWith(uid, id);
  /** Of the person alone, by now: nobody else is left in them. */
  const last: Rows = {
    [`cpChats/${id}-last`]: { participants: [uid], names: {} },
    [`cpChats/${id}-last/files/f`]: { of: 'nobody’s declaring' },
    [`cpChats/${id}/cpMessages/note-to-self`]: { sender: uid, recipient: uid, text: 'mine' },
    [`cpChats/${id}/cpMessages/unread`]: { recipient: uid, text: 'to me' },
  };
  const kept: Rows = { [`cpDeals/${id}`]: { createdAt, buyer: uid, seller: a } };
  const others: Rows = {
    // The documents below a row that lives on stay with the others.
    [`cpChats/${id}-many/files/f`]: { of: 'the others' },
    [`cpChats/${id}-others`]: { participants: [a, b], names: { [a]: 'A' } },
    [`cpChats/${id}-odd`]: { participants: { [uid]: true }, sender: uid },
    [`cpChats/${id}/cpMessages/others`]: { sender: a, recipient: b, text: uid },
    [`cpElsewhere/${id}/cpMessages/sent`]: { sender: uid, recipient: a, text: 'of another collection' },
  };
  await write({ ...last, ...kept, ...others });
  await write(Object.fromEntries(Object.entries(named).map(([path, [before]]) => [path, before])));
  const still = async () => [
    ...(await contents(Object.keys(last))).filter((data) => data !== undefined),
    ...(await contents(Object.keys(named))).filter(
      (data, index) => !isDeepStrictEqual(data, Object.values(named)[index]?.[1]),
    ),
  ];
  return {
    subject: subjectOf(uid),
    stranger: subjectOf(fresh('nobody')),
    left: async () => (await still()).length,
    retained: { deals: 1 },
    others: async () => contents([...Object.keys(others), ...Object.keys(kept)]),
    rows: { chats: 4, messages: 4, deals: 1 },
    counts: { chats: 3, messages: 4 },
  };
}

const system = await loadSystem('firestore', context);
conformance(system, { policy, plant }, 'somebody who shares rows with others');

describe('rows of several people, further', () => {
  const named = (id: string) => {
    const found = recordsOf(policy, 'firestore').find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };
  const scopeOf = (uid: string): Promise<Scope> => scopeFor(system, policy, subjectOf(uid));
  const apply = async (id: string, uid: string) =>
    (await drive((s) => system.apply(named(id), s, erase), await scopeOf(uid))).outcomes;

  it('goes through more of them than a page, after any loss in between', async () => {
    const [uid, chat] = [fresh('cp'), fresh('chat')];
    const path = (index: number) => `cpChats/${chat}/cpMessages/${String(index)}`;
    const sent = (index: number) => ({ sender: uid, recipient: index % 3 === 0 ? uid : 'somebody', text: 'x' });
    await write(Object.fromEntries(Array.from({ length: 900 }, (_, index) => [path(index), sent(index)])));
    const scope = await scopeOf(uid);
    const first = await system.apply(named('messages'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    // lost
    await system.apply(named('messages'), { ...scope, deadline: 0, cursor: first.more }, erase);
    const from: Scope = { ...scope, cursor: first.more };
    const { outcomes } = await drive((s) => system.apply(named('messages'), s, erase), from, { interrupted: true });
    expect(outcomes).toEqual([
      { record: 'messages', count: 300, outcome: 'done', how: 'deleted' },
      { record: 'messages', count: 600, outcome: 'done', how: 'anonymised' },
    ]);
    const rest = (await db.collection(`cpChats/${chat}/cpMessages`).get()).docs.map((document) => document.data());
    expect(rest).toHaveLength(600);
    expect(new Set(rest.map((data) => JSON.stringify(data)))).toEqual(
      new Set([JSON.stringify({ recipient: 'somebody' })]),
    );
  });

  it('ends a row with the last of its people, though two are erased at once', async () => {
    const [a, b] = [fresh('cp'), fresh('cp')];
    const chats = Array.from({ length: 30 }, (_, index) => `cpChats/${a}-${String(index)}`);
    await write(
      Object.fromEntries(
        chats.flatMap((path): [string, Record<string, unknown>][] => [
          [path, { participants: [a, b], names: { [a]: 'A', [b]: 'B' } }],
          [`${path}/files/f`, { of: 'both' }],
        ]),
      ),
    );
    await Promise.all([apply('chats', a), apply('chats', b)]);
    // A row that one of them left after the other had looked is the other's next attempt.
    await apply('chats', a);
    await apply('chats', b);
    expect((await contents(chats)).filter((data) => data !== undefined)).toEqual([]);
    expect((await contents(chats.map((path) => `${path}/files/f`))).filter((data) => data !== undefined)).toEqual([]);
  });

  it('says that an officer has to look if something else in the row names the person', async () => {
    const [uid, other] = [fresh('cp'), fresh('cp')];
    await write({ [`cpChats/${uid}_${other}`]: { participants: [uid, other], names: {} } });
    expect(await apply('chats', uid)).toEqual([
      expect.objectContaining({ record: 'chats', count: 1, outcome: 'manual' }),
    ]);
    expect(await contents([`cpChats/${uid}_${other}`])).toEqual([{ participants: [other], names: {} }]);
  });

  it('are left alone by a sweep while one of their people is held, and end as a whole by time', async () => {
    const [a, b] = [fresh('cp'), fresh('cp')];
    const old = { createdAt: Timestamp.fromMillis(NOW - 500 * 86_400_000), participants: [a, b], names: {} };
    await write({ [`cpChats/${a}`]: old });
    const sweep = (held: readonly string[]) =>
      system.expire?.(named('chats'), {
        ...{ policy, now: NOW, field: 'createdAt', cutoff: NOW - 400 * 86_400_000, figures: NO_FIGURES },
        held: heldPeople(held),
        deadline: Infinity,
      });
    expect(await sweep([b])).toMatchObject({ figures: { held: 1, deleted: 0 } });
    expect(await sweep([])).toMatchObject({ figures: { held: 0, deleted: 1 } });
    expect(await contents([`cpChats/${a}`])).toEqual([undefined]);
  });

  it('are read once by a person who is two of their parties', async () => {
    const uid = fresh('cp');
    await write({ [`cpChats/${uid}/cpMessages/1`]: { sender: uid, recipient: uid } });
    expect(await collect(system.read(named('messages'), await scopeOf(uid)))).toHaveLength(1);
  });
});
