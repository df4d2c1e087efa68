import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import type { Change, Scope } from '../../functions/src/systems/system.ts';
import { proven } from '../kit/proven.ts';
import { drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf } from './harness.ts';
import { contents, context, db, plant, policy, shared, write } from './worlds/mentions.ts';
import { conformance, sum } from './suite.ts';
import { ground, withAccount, type Rows } from './worlds/rows.ts';

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

  it.each(shared)('goes through more rows than a page by $as, after any loss in between', async ({ as }) => {
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
    // lost
    await system.apply(named('teams'), { ...scope, deadline: 0, cursor: first.more }, erase);
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
  ])('does not undo another writer’s change meanwhile: %s', async (_, change, expected) => {
    const { paths, scope } = await plantTeams(1, (uid) => ({ owner: uid, members: ['a', uid] }));
    const [path = ''] = paths;
    const racing = await loadSystem('firestore', racingContext(path, change));
    const { outcomes } = await drive((s) => racing.apply(named('teams'), s, erase), scope);
    expect(outcomes.length).toBe(1);
    const [data] = await contents([path]);
    expect(data === undefined ? data : { ...data, x: undefined }).toEqual(expected);
    await drive((s) => system.check(named('teams'), s, erase), scope);
  });

  it('leaves them alone if a consent is withdrawn, and for a person without an account', async () => {
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
