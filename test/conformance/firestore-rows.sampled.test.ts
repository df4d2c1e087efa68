import { describe, expect, it } from 'vitest';
import { placesOf } from '../../functions/src/systems/firestore/place.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { times } from '../kit/depth.ts';
import { proven } from '../kit/proven.ts';
import { at, context, exist, named, NOTES, plant, policy, record, write } from './worlds/firestore.ts';
import { collect, drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf } from './harness.ts';
import { readsOn, sum } from './suite.ts';
import { ground } from './worlds/rows.ts';

/**
 * Rows in a collection with those of others. Google's emulator goes through all of them to list
 * the documents below each.
 */
const POSTS = times(610, 1100);

const system = await loadSystem('firestore', context);

describe('rows in Firestore', () => {
  it('counts rightly although an attempt died after deleting a page and before writing it down', async () => {
    const planted = await plant();
    const scope = await scopeFor(system, policy, planted.subject);
    const first = await system.apply(named('notes'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    // lost
    await system.apply(named('notes'), { ...scope, deadline: 0, cursor: first.more }, erase);
    const { outcomes } = await drive((s) => system.apply(named('notes'), s, erase), { ...scope, cursor: first.more });
    // The documents below and between them as well.
    expect(sum(outcomes, 'done')).toBe(NOTES + 4);
  });

  it.each(['.', '..', 'a/b', '__x__', 'x'.repeat(129)])('touches nothing for the uid %j', async (uid) => {
    const scope = await scopeFor(system, policy, subjectOf(uid));
    for (const r of recordsOf(policy, 'firestore')) {
      await expect(system.apply(r, scope, erase), r.id).rejects.toMatchObject({ code: 'subject.uid' });
      await expect(collect(system.read(r, scope))).rejects.toMatchObject({ code: 'subject.uid' });
    }
  });

  it('finds rows by more addresses than one query takes, each row once', async () => {
    const uid = fresh('cf');
    const emails = Array.from({ length: 20 }, (_, i) => `kim.${fresh('cf')}${i}@example.com`);
    const createdAt = at('2026-05-01T00:00:00Z');
    const rows: Record<string, Record<string, unknown>> = Object.fromEntries([
      ...emails.map((email) => [`cfForms/${fresh('f')}`, { createdAt, contact: { email: email.toUpperCase() } }]),
      ...emails.map((email) => [`cfForms/${fresh('f')}`, { createdAt, uid, contact: { email } }]),
    ]);
    await write(rows);
    const scope = await scopeFor(system, policy, subjectOf(uid, { verifiedEmails: proven(...emails) }));
    expect((await collect(system.read(named('forms'), scope))).map(({ path }) => path).sort()).toEqual(
      Object.keys(rows).sort(),
    );
    expect(await readsOn(system, named('forms'), scope)).toEqual({ rows: 40, begun: 40 });
    const { outcomes } = await drive((s) => system.apply(named('forms'), s, erase), scope, { interrupted: true });
    expect(outcomes).toEqual([{ record: 'forms', count: 40, outcome: 'done', how: 'deleted' }]);
    expect(await exist(Object.keys(rows))).toBe(0);
  });

  it('counts each row and the documents under it once, though many go at the same time', async () => {
    const uid = fresh('cf');
    const createdAt = at('2026-05-01T00:00:00Z');
    const under = (folder: string) => [
      folder,
      `${folder}/cfFiles/a`,
      `${folder}/cfFiles/b`,
      `${folder}/cfFiles/b/cfParts/c`,
    ];
    const folders = Array.from({ length: 12 }, (_, i) => `cfPeople/${uid}/cfFolders/f${i}`);
    // The last one is not there itself: something lies below it all the same.
    const paths = folders.flatMap(under).slice(0, -4);
    const ghost = `cfPeople/${uid}/cfFolders/f11/cfFiles/ghost/cfParts/p`;
    await write(Object.fromEntries([...paths, ghost].map((path) => [path, { createdAt }])));
    const scope = await scopeFor(system, policy, subjectOf(uid));
    // Reading begins with each folder, and with each document below one.
    expect(await readsOn(system, named('folders'), scope)).toEqual({ rows: 45, begun: 45 });
    const all = [{ record: 'folders', count: 45, outcome: 'done', how: 'deleted' }];
    expect(await system.preview(named('folders'), scope, erase)).toEqual(all);
    await expect(drive((s) => system.check(named('folders'), s, erase), scope)).rejects.toMatchObject({
      code: 'firestore.left',
    });
    expect((await drive((s) => system.apply(named('folders'), s, erase), scope)).outcomes).toEqual(all);
    expect(await exist([...paths, ghost])).toBe(0);
    await write({ [ghost]: { createdAt } });
    await expect(drive((s) => system.check(named('folders'), s, erase), scope)).rejects.toMatchObject({
      code: 'firestore.left',
    });
  });

  it('counts the rows of a person who shares a collection with others, though an attempt died', async () => {
    const uid = fresh('cf');
    const mine = Array.from({ length: POSTS }, (_, i) => `cfGroups/g/cfPosts/${uid}-${i}`);
    const others = Array.from({ length: 50 }, (_, i) => `cfTeams/t/cfPosts/${uid}-${i}`);
    await write(Object.fromEntries([...mine, ...others].map((path) => [path, { uid }])));
    const scope = await scopeFor(system, policy, subjectOf(uid));
    const first = await system.apply(named('posts'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    // lost
    await system.apply(named('posts'), { ...scope, deadline: 0, cursor: first.more }, erase);
    const { outcomes } = await drive((s) => system.apply(named('posts'), s, erase), { ...scope, cursor: first.more });
    expect(outcomes).toEqual([{ record: 'posts', count: POSTS, outcome: 'done', how: 'deleted' }]);
    expect(await exist(others)).toBe(50);
  });

  it('refuses a subject without a pseudonym if rows are found by it', async () => {
    const byPseudonym = { cases: record('cfCases/{id}', { subject: { pseudonymField: 'who' } }) };
    const [cases] = recordsOf({ ...policy, records: byPseudonym }, 'firestore');
    if (!cases) throw new Error('no record');
    const scope = await scopeFor(system, policy, subjectOf(fresh('cf'), { pseudonym: '' }));
    await expect(system.apply(cases, scope, erase)).rejects.toMatchObject({ code: 'subject.pseudonym' });
  });

  it('asks for the person alone: no query meets rows of other persons under another uid', async () => {
    const { subject } = await plant();
    const [place] = placesOf(context.clients, named('deep').record, subject);
    expect((await place?.query?.count().get())?.data().count).toBe(2);
  });

  it('leaves rows that another record of the same person, or none, would have to end', async () => {
    const { subject } = await plant();
    const elsewhere = `cfPeople/${subject.uid}/cfUndeclared/x/cfReadings/r`;
    await write({ [elsewhere]: { createdAt: at('2026-05-01T00:00:00Z') } });
    const scope = await scopeFor(system, policy, subject);
    const { outcomes } = await drive((s) => system.apply(named('deep'), s, erase), scope);
    expect(sum(outcomes, 'done')).toBe(5);
    expect(await exist([elsewhere])).toBe(1);
  });

  it('hands over to an officer rows that still name the person after the fields of the policy were removed', async () => {
    const uid = fresh('cf');
    await write({
      [`cfLogs/${fresh('log')}`]: {
        createdAt: at('2026-05-01T00:00:00Z'),
        uid,
        client: { ip: 'x' },
        line: `login of ${uid}`,
      },
    });
    const scope = await scopeFor(system, policy, subjectOf(uid));
    // Also if no field of a row decides when it ends.
    const { id, record: logs } = named('logs');
    const alike = { id, record: { ...logs, fate: logs.fate.filter(({ when }) => 'event' in when) } };
    const foretold = await system.preview(alike, scope, erase);
    const { outcomes } = await drive((s) => system.apply(named('logs'), s, erase), scope);
    expect(outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    expect(foretold).toEqual(outcomes);
  });

  it('keeps rows under a legal hold, and says until when', async () => {
    const planted = await plant();
    const until = NOW + 1000;
    const scope = {
      ...(await scopeFor(system, policy, planted.subject)),
      holds: [{ record: 'tickets', ground, until }],
    };
    const { outcomes } = await drive((s) => system.apply(named('tickets'), s, erase), scope);
    expect(outcomes).toMatchObject([{ outcome: 'retained', held: true, count: 2, until }]);
    expect(await system.preview(named('tickets'), scope, erase)).toEqual(outcomes);
    await drive((s) => system.check(named('tickets'), s, erase), scope);
  });
});
