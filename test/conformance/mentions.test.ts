import { isDeepStrictEqual } from 'node:util';
import { FieldValue, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy, PolicyRecord } from '../../functions/src/policy/schema.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import type { Change, Scope } from '../../functions/src/systems/system.ts';
import { proven } from '../kit/proven.ts';
import { drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { conformance, sum, type Planted } from './suite.ts';

type Rows = Record<string, Record<string, unknown>>;

const source = { kind: 'ownChoice' as const, reference: 'a test' };
const ground = { article: 'Art. 17(3)(b)', text: { en: 'a duty', fr: 'une obligation' } };
const withAccount = {
  when: { event: 'accountDeleted' as const },
  after: 'P0D',
  then: { do: 'delete' as const },
  source,
};
const template = amikeo.records['activity'];
if (!template) throw new Error('the policy has no activity');
const record = (path: string, more: Partial<PolicyRecord>): PolicyRecord => ({ ...template, path, ...more });
const shared: NonNullable<PolicyRecord['mentions']> = [
  { field: 'members', as: 'array' },
  { field: 'owner', as: 'value' },
  { field: 'access.roles', as: 'key' },
];

/** An app in which people work together. */
const policy: Policy = {
  ...amikeo,
  records: {
    teams: record('cmTeams/{team}', {
      subject: { none: { en: 'A team is nobody.', fr: "Une équipe n'est personne." } },
      timestamp: null,
      fate: [withAccount],
      mentions: shared,
    }),
    channels: record('cmTeams/{team}/cmChannels/{channel}', {
      subject: { none: { en: 'A channel is nobody.', fr: "Un canal n'est personne." } },
      fate: [withAccount],
      mentions: shared,
    }),
    // A row has a person of its own, and names others.
    notes: record('cmPeople/{uid}/cmNotes/{id}', {
      subject: { pathVariable: 'uid' },
      fate: [withAccount],
      mentions: [{ field: 'sharedWith', as: 'array' }],
    }),
    // Kept by law, with whoever it names as its own person.
    deeds: record('cmDeeds/{id}', {
      subject: { field: 'author' },
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P10Y', then: { do: 'retain', ground }, source }],
      mentions: [{ field: 'readers', as: 'array' }],
    }),
  },
};

const context = testContext({}, policy);
const createdAt = Timestamp.fromMillis(NOW - 86_400_000);
let db: Firestore;
beforeAll(() => {
  db = context.clients.app();
});

async function write(rows: Rows): Promise<void> {
  const writer = db.bulkWriter();
  const writes = Object.entries(rows).map(([path, data]) => writer.set(db.doc(path), data));
  await Promise.all([...writes, writer.close()]);
}
const contents = async (paths: readonly string[]) =>
  (await db.getAll(...paths.map((path) => db.doc(path)))).map((document) => document.data());

/** Rows that name a person, each with what is left of it without them. */
function mentioning(uid: string): Record<string, readonly [Record<string, unknown>, Record<string, unknown>]> {
  const [a, b] = [`${uid}a`, uid.slice(0, -1)];
  const team = { name: 'Les Bleus', members: [a, uid, b], owner: uid, access: { roles: { [a]: 'x', [uid]: 'admin' } } };
  const without = { name: 'Les Bleus', members: [a, b], access: { roles: { [a]: 'x' } } };
  return {
    [`cmTeams/${uid}-all`]: [team, without],
    [`cmTeams/${uid}-twice`]: [{ members: [uid, a, uid] }, { members: [a] }],
    [`cmTeams/${uid}-owner`]: [
      { owner: uid, members: [a], about: uid },
      { members: [a], about: uid },
    ],
    [`cmTeams/${uid}-role`]: [{ access: { roles: { [uid]: { since: createdAt } } } }, { access: { roles: {} } }],
    [`cmTeams/${uid}-null`]: [
      { owner: a, access: { roles: { [uid]: null } } },
      { owner: a, access: { roles: {} } },
    ],
    [`cmTeams/t/cmChannels/${uid}`]: [{ owner: uid, members: [uid] }, { members: [] }],
    [`cmPeople/${a}/cmNotes/${uid}`]: [{ sharedWith: [uid] }, { sharedWith: [] }],
    [`cmDeeds/${uid}-read`]: [
      { createdAt, author: a, readers: [uid] },
      { createdAt, author: a, readers: [] },
    ],
  };
}

async function plant(): Promise<Planted> {
  // Characters that a path of fields would take for its own.
  const uid = fresh('cm.a`b c-');
  const named = mentioning(uid);
  const [a, b] = [`${uid}a`, uid.slice(0, -1)];
  const own = { [`cmPeople/${uid}/cmNotes/n`]: { createdAt, sharedWith: [a] } };
  // Of the person themselves, and retained: it goes on naming them, also as a reader of it.
  const kept = { [`cmDeeds/${uid}-own`]: { createdAt, author: uid, readers: [uid, a] } };
  const others: Rows = {
    [`cmTeams/${uid}`]: { name: uid, members: [a, b, uid.toUpperCase()], owner: a, access: { roles: { [b]: 'x' } } },
    [`cmTeams/${uid}-claims`]: {
      members: { [uid]: true },
      owner: [uid],
      access: { roles: [uid] },
      roles: { [uid]: 1 },
    },
    [`cmTeams/${uid}-map`]: { members: [{ id: uid }], access: { [uid]: 'x' }, 'access.roles': { [uid]: 1 } },
    // Collections of the same name elsewhere, and in the other database.
    [`cmElsewhere/t/cmTeams/${uid}`]: { members: [uid], owner: uid, access: { roles: { [uid]: 1 } } },
    [`cmElsewhere/t/cmChannels/${uid}`]: { members: [uid], owner: uid, access: { roles: { [uid]: 1 } } },
    [`cmTeams/t/cmChannels/${uid}/cmChannels/c`]: { members: [uid], owner: uid },
    [`cmPeople/${a}/cmNotes/other`]: { sharedWith: [b], owner: uid },
    [`cmElsewhere/${uid}/cmNotes/n`]: { sharedWith: [uid] },
    [`cmElsewhere/t/cmDeeds/${uid}`]: { createdAt, author: uid, readers: [uid] },
  };
  await write({ ...own, ...kept, ...others });
  await write(Object.fromEntries(Object.entries(named).map(([path, [before]]) => [path, before])));
  await context.clients
    .own()
    .doc(`cmTeams/${uid}`)
    .set({ members: [uid] });
  const still = async () => [
    ...(await contents(Object.keys(own))).filter((data) => data !== undefined),
    ...(await contents(Object.keys(named))).filter(
      (data, index) => !isDeepStrictEqual(data, Object.values(named)[index]?.[1]),
    ),
  ];
  return {
    subject: subjectOf(uid),
    stranger: subjectOf(fresh('nobody')),
    left: async () => (await still()).length,
    retained: { deeds: 1 },
    others: async () => [
      await contents([...Object.keys(others), ...Object.keys(kept)]),
      (await context.clients.own().doc(`cmTeams/${uid}`).get()).data(),
    ],
    rows: { notes: 1, deeds: 1 },
    counts: { teams: 5, channels: 1, notes: 2, deeds: 2 },
  };
}

const system = await loadSystem('firestore', context);
conformance(system, { policy, plant }, 'somebody whom rows of others mention');

describe('mentions, further', () => {
  const named = (id: string) => {
    const found = recordsOf(policy, 'firestore').find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };
  const plantTeams = async (count: number, team: (uid: string, index: number) => Record<string, unknown>) => {
    const uid = fresh('cm');
    const paths = Array.from({ length: count }, (_, index) => `cmTeams/${uid}-${index}`);
    await write(Object.fromEntries(paths.map((path, index) => [path, team(uid, index)])));
    return { uid, paths, scope: await scopeFor(system, policy, subjectOf(uid)) };
  };
  const done = (count: number) => [{ record: 'teams', count, outcome: 'done', how: 'anonymised' }];

  it.each(shared)('goes through more rows than a page by $as, whatever was lost between', async ({ as }) => {
    const by = {
      value: (uid: string) => ({ owner: uid }),
      array: (uid: string) => ({ members: [uid] }),
      key: (uid: string, index: number) => ({ access: { roles: { [uid]: index % 7 } } }),
    };
    const rest = { value: '{}', array: '{"members":[]}', key: '{"access":{"roles":{}}}' };
    const { paths, scope } = await plantTeams(1100, by[as]);
    expect(await system.preview(named('teams'), scope, erase)).toEqual(done(1100));
    const first = await system.apply(named('teams'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    await system.apply(named('teams'), { ...scope, deadline: 0, cursor: first.more }, erase); // lost
    const from: Scope = { ...scope, cursor: first.more };
    const { outcomes } = await drive((s) => system.apply(named('teams'), s, erase), from, { interrupted: true });
    expect(outcomes).toEqual(done(1100));
    expect(new Set((await contents(paths)).map((data) => JSON.stringify(data)))).toEqual(new Set([rest[as]]));
    const checked = await drive((s) => system.check(named('teams'), s, erase), scope);
    expect(checked.outcomes).toEqual([{ record: 'teams', count: 0, outcome: 'done' }]);
  });

  it('tells rows that were deleted from rows that were rid of a mention, though an attempt died', async () => {
    const uid = fresh('cm');
    const rows = (owner: string, data: object): Rows =>
      Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`cmPeople/${owner}/cmNotes/${i}`, { ...data }]));
    await write({ ...rows(uid, {}), ...rows(`${uid}a`, { sharedWith: [uid] }) });
    let scope = await scopeFor(system, policy, subjectOf(uid));
    const page = async () => {
      const progress = await system.apply(named('notes'), { ...scope, deadline: 0 }, erase);
      if (!('more' in progress)) throw new Error('expected a page');
      return { ...scope, cursor: progress.more };
    };
    scope = await page();
    scope = await page();
    await drive((s) => system.apply(named('notes'), s, erase), scope); // lost
    const { outcomes } = await drive((s) => system.apply(named('notes'), s, erase), scope);
    expect(outcomes).toEqual([
      { record: 'notes', count: 600, outcome: 'done', how: 'deleted' },
      { record: 'notes', count: 600, outcome: 'done', how: 'anonymised' },
    ]);
  });

  it('goes past rows that are not theirs to change: rows elsewhere that fill a page', async () => {
    const uid = fresh('cm');
    const rows = (prefix: string, count: number): Rows =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`${prefix}/${uid}${i}`, { access: { roles: { [uid]: i } } }]),
      );
    const elsewhere = rows('cmElsewhere/t/cmChannels', 700);
    const late = Object.fromEntries(
      Object.keys(rows('cmTeams/t/cmChannels', 600)).map((path) => [path, { access: { roles: { [uid]: 'z' } } }]),
    );
    await write({ ...elsewhere, ...late });
    const scope = await scopeFor(system, policy, subjectOf(uid));
    await expect(
      drive((s) => system.check(named('channels'), s, erase), scope, { interrupted: true }),
    ).rejects.toMatchObject({ code: 'firestore.left' });
    const { outcomes } = await drive((s) => system.apply(named('channels'), s, erase), scope, { interrupted: true });
    expect(outcomes).toEqual([{ record: 'channels', count: 600, outcome: 'done', how: 'anonymised' }]);
    await drive((s) => system.check(named('channels'), s, erase), scope, { interrupted: true });
    expect(await contents(Object.keys(elsewhere))).toEqual(Object.values(elsewhere));
    expect(new Set((await contents(Object.keys(late))).map((data) => JSON.stringify(data)))).toEqual(
      new Set([JSON.stringify({ access: { roles: {} } })]),
    );
  });

  it('keeps them under a legal hold, each row once, and takes them out when it is over', async () => {
    const { paths, scope } = await plantTeams(1, (uid) => ({
      owner: uid,
      members: [uid],
      access: { roles: { [uid]: 1 } },
    }));
    const before = await contents(paths);
    const until = NOW + 1000;
    const held = { ...scope, holds: [{ record: 'teams', ground, until }] };
    const retained = [{ record: 'teams', count: 1, outcome: 'retained', held: true, ground, until }];
    expect(await system.preview(named('teams'), held, erase)).toEqual(retained);
    expect((await drive((s) => system.apply(named('teams'), s, erase), held)).outcomes).toEqual(retained);
    expect((await drive((s) => system.check(named('teams'), s, erase), held)).outcomes).toEqual(retained);
    expect(await contents(paths)).toEqual(before);
    const over = { ...held, now: until };
    expect((await drive((s) => system.apply(named('teams'), s, erase), over)).outcomes).toEqual(done(1));
    const elsewhere = { ...scope, holds: [{ record: 'channels', ground }] };
    expect(sum((await drive((s) => system.check(named('teams'), s, erase), elsewhere)).outcomes, 'retained')).toBe(0);
  });

  it.each([
    ['members', { members: FieldValue.arrayUnion('uid-2') }, { members: ['a', 'uid-2'] }],
    ['the owner', { owner: 'uid-2' }, { owner: 'uid-2', members: ['a'] }],
    ['the list itself', { members: FieldValue.delete() }, {}],
    ['everything', null, undefined],
  ])('does not undo what somebody else writes meanwhile: %s', async (_, change, expected) => {
    const { paths, scope } = await plantTeams(1, (uid) => ({ owner: uid, members: ['a', uid] }));
    const [path = ''] = paths;
    const racing = await loadSystem('firestore', racingContext(path, change));
    const { outcomes } = await drive((s) => racing.apply(named('teams'), s, erase), scope);
    expect(outcomes.length).toBe(1);
    const [data] = await contents([path]);
    expect(data === undefined ? data : { ...data, x: undefined }).toEqual(expected);
    await drive((s) => system.check(named('teams'), s, erase), scope);
  });

  it('leaves them alone where a consent is withdrawn, and for a person without an account', async () => {
    const { paths, scope } = await plantTeams(1, (uid) => ({ owner: uid }));
    const before = await contents(paths);
    const withdrawn: Change = { kind: 'consent', purpose: 'monitoring', granted: false, email: undefined };
    const fate = [{ ...withAccount, when: { withdrawn: 'monitoring' } }];
    const ending = { id: 'teams', record: { ...named('teams').record, fate } };
    expect(await system.apply(ending, scope, withdrawn)).toEqual({
      settled: [{ record: 'teams', count: 0, outcome: 'done' }],
    });
    const nobody = { ...scope, subject: subjectOf('', { verifiedEmails: proven('a@example.com') }) };
    expect(await system.apply(named('teams'), nobody, erase)).toEqual({
      settled: [{ record: 'teams', count: 0, outcome: 'done' }],
    });
    expect(await contents(paths)).toEqual(before);
  });

  it.each(['.', '..', 'a/b', '__x__'])('touches nothing for the uid %j', async (uid) => {
    const scope = await scopeFor(system, policy, subjectOf(uid));
    await expect(system.apply(named('teams'), scope, erase)).rejects.toMatchObject({ code: 'subject.uid' });
  });

  /** A database in which somebody else's write comes between our look and our first write. */
  function racingContext(path: string, change: Record<string, unknown> | null): typeof context {
    let raced = false;
    const race = async () => {
      if (raced) return;
      raced = true;
      await (change === null ? db.doc(path).delete() : db.doc(path).update(change));
    };
    const bound = <T extends object>(target: T, replaced: Partial<Record<keyof T, unknown>>): T =>
      new Proxy(target, {
        get(inner, name) {
          if (Object.hasOwn(replaced, name)) return replaced[name as keyof T];
          const value: unknown = Reflect.get(inner, name, inner);
          return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
        },
      });
    const app = bound(db, {
      bulkWriter: () => {
        const writer = db.bulkWriter();
        const flush = async () => {
          await race();
          await writer.flush();
        };
        return bound(writer, { flush });
      },
    });
    return { ...context, clients: { ...context.clients, app: () => app } };
  }
});
