import { beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../../functions/src/export/archive/manifest.ts';
import type { ExportRow } from '../../../../functions/src/export/archive/rows.ts';
import { addOfficersPart } from '../../../../functions/src/export/addendum.ts';
import { closeTask } from '../../../../functions/src/officerTasks/store.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import {
  erase,
  goOn,
  jobNow,
  NOW,
  OFFICER,
  requestOf,
  shownTo,
  takeBack,
  tasksOf,
  UID,
  type ExportWorld,
} from '../../officerTasks/export.sample.ts';
import { archivesOf, codeOfLook, EMAIL, entriesOf, give, lookAt, lookWorld, textOf, write } from './look.sample.ts';

let world: ExportWorld;
beforeEach(async () => {
  world = await lookWorld();
});

const partAfterLook = async (): Promise<Map<string, Buffer>> => {
  const [, part] = await archivesOf(world);
  if (part === undefined) throw new Error('no part was added');
  return part;
};
const rowsIn = (part: Map<string, Buffer>): ExportRow[] =>
  JSON.parse(String(part.get('data/posts.json'))) as ExportRow[];

describe('an export with words of others (Art. 15(4))', () => {
  it('waits for an officer’s look, with the rest of it there: the task says how many rows and whose words, and names nobody', async () => {
    const { posts: task } = await tasksOf(world);
    expect(task).toMatchObject({ for: { look: 'posts' }, status: 'open', by: NOW + 30 * DAY_MS });
    expect(task?.what['en']).toContain('2 rows hold words of other people');
    expect(task?.what['en']).toContain('Anybody writes here.');
    expect(await requestOf(world)).toMatchObject({ status: 'waiting', answer: { looks: { posts: 2 } } });
    const text = await textOf(world);
    expect(text).toContain('my own words');
    expect(text).not.toContain('says Bob');
    const { context } = world;
    const kept = [
      ...(await context.own.collection('officerTasks').get()).docs,
      ...(await context.own.collection('jobs').get()).docs,
    ];
    expect(JSON.stringify(kept.map((one) => one.data()))).not.toMatch(/Bob|Carol|posts\/2|ada@/);
  });

  it('waits as a portability too, and not at all if there are no such rows', async () => {
    expect(await requestOf(await lookWorld('portability'))).toMatchObject({
      status: 'waiting',
      answer: { asked: ['posts'] },
    });
    const none = await lookWorld('portability', { 'posts/2': {}, 'posts/3': {} });
    expect(await requestOf(none)).toMatchObject({ status: 'completed' });
    expect(await tasksOf(none)).toEqual({});
  });

  it('shows the rows of others alone, as the person would get them', async () => {
    const looked = await lookAt(world);
    expect(looked).toMatchObject({ rows: 2, more: false, code: expect.stringMatching(/^[0-9a-f]{12}$/) as string });
    expect(looked.shown.map(({ path }) => path)).toEqual(['posts/2', 'posts/3']);
    // The sheet has hashes alone, and goes with the task.
    const sheets = (await world.context.own.collection('officerSheets').get()).docs.map((one) => one.data());
    expect(JSON.stringify(sheets)).not.toMatch(/Bob|posts/);
    expect(sheets[0]?.['seen']).toHaveLength(2);
  });

  it('gives everything that the officer lets go, and completes: the person is told once more', async () => {
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({
      ...{ ok: true, rows: 2, withheld: [], added: { completed: true, open: [] } },
    });
    expect(rowsIn(await partAfterLook()).map(({ data }) => data['text'])).toEqual([
      'Ada is late, says Bob',
      'Carol told me this',
    ]);
    expect(await entriesOf(world)).toEqual([]);
    const { posts: task } = await tasksOf(world);
    expect(task).toMatchObject({ status: 'done', closedBy: OFFICER });
    const request = await requestOf(world);
    expect(request).toMatchObject({ status: 'completed' });
    expect(request).not.toHaveProperty('missing');
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
    expect((await idsOf(world.context, 'jobs')).filter((id) => id.startsWith('told_'))).toHaveLength(1);
  });

  it('keeps back rows and fields, and the person reads how much, why, and where to complain, in each language', async () => {
    const code = await codeOfLook(world);
    const given = await give(world, {
      ...{
        code,
        kept: [
          { row: 1, because: 'confidence' },
          { row: 2, fields: ['text'], because: 'othersData' },
        ],
      },
    });
    const withheld = [
      { because: 'othersData', rows: 0, fields: 1 },
      { because: 'confidence', rows: 1, fields: 0 },
    ];
    expect(given).toMatchObject({ ok: true, rows: 1, withheld });
    const part = await partAfterLook();
    expect(rowsIn(part)).toEqual([
      { path: 'posts/3', data: { about: 'the school', email: EMAIL }, withheld: ['/text'] },
    ]);
    const manifest = JSON.parse(String(part.get('manifest.json'))) as Manifest;
    expect(manifest.records).toMatchObject([{ record: 'posts', count: 1, withheld }]);
    for (const entry of part.values()) expect(String(entry)).not.toMatch(/Bob|Carol/);
    expect(String(part.get('README.txt'))).toContain('kept back: 1 entry: somebody told it in confidence');
    expect(String(part.get('LISEZMOI.txt'))).toContain('non remis : 1 champ: cela concerne d’autres personnes');
    expect(String(part.get('README.txt'))).toContain('You may lodge a complaint with CNIL');
    expect(String(part.get('report.html'))).toContain('You do not agree? You can complain.');
    // The ledger says who kept something back, and when.
    expect(await entriesOf(world)).toMatchObject([
      { kind: 'request', state: 'access.withheld', actor: 'officer', officer: OFFICER },
    ]);
    // The request says so as long as it is kept, and the person's own document.
    const missing = [{ source: 'posts', name: 'posts/{id}', why: 'withheld' }];
    expect(await requestOf(world)).toMatchObject({
      status: 'completed',
      missing,
      answer: { withheld: { posts: withheld } },
    });
    expect(await shownTo(world)).toMatchObject({ status: 'completed', missing });
  });

  it('is not refused as a whole: of the rows something is left (recital 63)', async () => {
    const code = await codeOfLook(world);
    const all = [1, 2].map((row) => ({ row, because: 'othersData' as const }));
    expect(await give(world, { code, kept: all })).toEqual({ ok: false, because: 'everything' });
    const fields = ['text', 'about', 'email'];
    expect(await give(world, { code, kept: all.map((one) => ({ ...one, fields })) })).toEqual({
      ...{ ok: false, because: 'everything' },
    });
    expect(await requestOf(world)).toMatchObject({ status: 'waiting' });
    expect(await give(world, { code, kept: all.map((one) => ({ ...one, fields: ['text'] })) })).toMatchObject({
      ok: true,
    });
  });

  it('gives nothing that came or changed since the look: look again, or the person is told', async () => {
    const code = await codeOfLook(world);
    await write(world, {
      'posts/2': { email: EMAIL, text: 'Bob says another thing' },
      'posts/4': { email: EMAIL, text: 'Dora is new' },
    });
    expect(await give(world, { code })).toEqual({ ok: false, because: 'new', unseen: 2 });
    expect(await give(world, { code, leaveNew: true })).toMatchObject({
      ...{ ok: true, rows: 1, withheld: [{ because: 'notLookedAt', rows: 2, fields: 0 }] },
    });
    const part = await partAfterLook();
    expect(rowsIn(part).map(({ path }) => path)).toEqual(['posts/3']);
    for (const entry of part.values()) expect(String(entry)).not.toMatch(/another thing|Dora/);
    expect(String(part.get('README.txt'))).toContain('it came or changed after one of us had looked');
  });

  it('does not say that there is nothing if every row changed since the look', async () => {
    const code = await codeOfLook(world);
    await write(world, { 'posts/2': { email: EMAIL, text: 'new' }, 'posts/3': { email: EMAIL, text: 'new' } });
    expect(await give(world, { code, leaveNew: true })).toMatchObject({ ok: true, rows: 0 });
    const page = String((await partAfterLook()).get('report.html'));
    expect(page).not.toContain('We have none of them');
    expect(page).toContain('kept back: 2 entries');
  });

  it('gives the new rows once they were looked at', async () => {
    await codeOfLook(world);
    await write(world, { 'posts/4': { email: EMAIL, text: 'Dora is new' } });
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({ ok: true, rows: 3, withheld: [] });
  });

  it('gives no row beyond those that one look shows', async () => {
    const looked = await lookAt(world, 1);
    expect(looked).toMatchObject({ rows: 1, more: true });
    const code = 'code' in looked ? looked.code : '';
    expect(await give(world, { code })).toEqual({ ok: false, because: 'more', unseen: 1 });
    expect(await give(world, { code, leaveNew: true })).toMatchObject({
      ...{ ok: true, rows: 1, withheld: [{ because: 'tooMany', rows: 1, fields: 0 }] },
    });
    expect(String((await partAfterLook()).get('report.html'))).toContain('It is too much for us to read.');
  });

  it('tells officer and person of rows that waited and are gone meanwhile', async () => {
    await write(world, { 'posts/2': null, 'posts/3': null });
    const looked = await lookAt(world);
    expect(looked).toMatchObject({ rows: 0, lacking: 2 });
    const withheld = [{ because: 'notFound', rows: 2, fields: 0 }];
    const code = 'code' in looked ? looked.code : '';
    expect(await give(world, { code })).toMatchObject({ ok: true, rows: 0, withheld });
    const readme = String((await partAfterLook()).get('README.txt'));
    expect(readme).toContain('2 entries were there when we counted, and are not there any more');
    const missing = [{ source: 'posts', name: 'posts/{id}', why: 'notFound' }];
    expect(await requestOf(world)).toMatchObject({ status: 'completed', missing });
    expect(await shownTo(world)).toMatchObject({ status: 'completed', missing });
    // Nobody has kept anything back.
    expect(await entriesOf(world)).toEqual([]);
  });
});

describe('an answer to a look', () => {
  it('is refused without a look, after another officer’s look at other rows, and with wrong rows or fields', async () => {
    expect(await give(world, { code: 'none' })).toEqual({ ok: false, because: 'notSeen' });
    const code = await codeOfLook(world);
    await write(world, { 'posts/3': null });
    await codeOfLook(world);
    expect(await give(world, { code })).toEqual({ ok: false, because: 'notSeen' });
    const now = await codeOfLook(world);
    expect(await give(world, { code: now, kept: [{ row: 2, because: 'othersData' }] })).toEqual({
      ...{ ok: false, because: 'noRow', named: [2] },
    });
    expect(await give(world, { code: now, kept: [{ row: 1, fields: ['txt'], because: 'othersData' }] })).toEqual({
      ...{ ok: false, because: 'noField', named: [1] },
    });
    expect(await textOf(world)).not.toContain('Bob');
  });

  it('changes nothing if it is only asked', async () => {
    const code = await codeOfLook(world);
    expect(await give(world, { code, isDry: true })).toEqual({ ok: true, rows: 2, withheld: [] });
    expect(await archivesOf(world)).toHaveLength(1);
    expect((await tasksOf(world))['posts']?.status).toBe('open');
  });

  it('is given once: again it says so, and of two officers at once one is refused', async () => {
    const code = await codeOfLook(world);
    const both = await Promise.all([give(world, { code }), give(world, { code })]);
    expect(both.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await archivesOf(world)).toHaveLength(2);
    expect(await give(world, { code })).toEqual({ ok: true, before: true });
  });

  it('is no word of an officer, and no file: neither gives or keeps back rows that nobody looked at', async () => {
    const { posts: task } = await tasksOf(world);
    for (const as of ['done', 'unconfirmed', 'refused', 'impossible'] as const)
      expect(await closeTask(world.context, task?.id ?? '', { as, by: OFFICER, note: 'why' }, NOW)).toEqual({
        ...{ ok: false, because: 'toLook' },
      });
    const add = { uid: UID, request: 'r1', source: 'posts', files: [] };
    expect(await addOfficersPart(world.context, add)).toMatchObject({ ok: false, because: 'toLook' });
    // Nor after the answer, which has completed the request: no file is called added.
    await give(world, { code: await codeOfLook(world) });
    const file = { name: 'a.txt', bytes: 1, read: async function* () {} };
    for (const files of [[], [file]])
      expect(await addOfficersPart(world.context, { ...add, files })).toMatchObject({ ok: false, because: 'toLook' });
  });

  it('is nobody’s if the request was taken back, or its person is being erased', async () => {
    const code = await codeOfLook(world);
    await erase(world);
    expect(await give(world, { code })).toMatchObject({ ok: false, because: 'notWaiting' });
    await goOn(world);
    expect(await idsOf(world.context, 'officerSheets')).toEqual([]);
    world = await lookWorld();
    const second = await codeOfLook(world);
    await takeBack(world);
    expect(await give(world, { code: second })).toMatchObject({ ok: false, because: 'notWaiting' });
    expect(await lookAt(world)).toMatchObject({ because: 'notWaiting' });
  });

  it('holds under a new pseudonym key', async () => {
    const code = await codeOfLook(world);
    const keys = { current: 2, keys: { ...world.context.keys.keys, 2: 'another key for tests' } };
    world = { ...world, context: { ...world.context, keys } };
    const kept = [{ row: 1, because: 'confidence' as const }];
    expect(await give(world, { code, kept })).toMatchObject({ ok: true, rows: 1 });
  });

  it('that never comes ends when the time is over: nothing is given unseen, and the person reads that nobody looked', async () => {
    world.context.time.now = NOW + 100 * DAY_MS;
    await goOn(world);
    expect(await requestOf(world)).toMatchObject({
      ...{ status: 'completed', missing: [{ source: 'posts', name: 'posts/{id}', why: 'notLooked' }] },
    });
    expect(await textOf(world)).not.toContain('Bob');
    expect((await jobNow(world)).status).toBe('completed');
  });
});
