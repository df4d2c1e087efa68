import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy, PolicyRecord } from '../../functions/src/policy/schema.ts';
import { placesOf } from '../../functions/src/systems/firestore/place.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Sweep, type System } from '../../functions/src/systems/system.ts';
import { proven } from '../kit/proven.ts';
import {
  collect,
  drive,
  erase,
  fresh,
  NOW,
  ownProject,
  recordsOf,
  scopeFor,
  subjectOf,
  testContext,
} from './harness.ts';
import { conformance, readsOn, sum, type Planted } from './suite.ts';

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

const record = (path: string, more: Partial<PolicyRecord>): PolicyRecord => ({
  ...template,
  path,
  subject: { pathVariable: 'uid' },
  timestamp: 'createdAt',
  fate: [withAccount],
  ...more,
});

/** Paths of our own, so that no deployed function hears of them. */
const policy: Policy = {
  ...amikeo,
  records: {
    person: record('cfPeople/{uid}', { subcollections: true }),
    notes: record('cfPeople/{uid}/cfNotes/{id}', {
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source }],
    }),
    deep: record('cfPeople/{uid}/cfDays/{day}/cfReadings/{id}', {}),
    bills: record('cfPeople/{uid}/cfBills/{id}', {
      fate: [withAccount, { when: { field: 'createdAt' }, after: 'P10Y', then: { do: 'retain', ground }, source }],
    }),
    folders: record('cfPeople/{uid}/cfFolders/{id}', { subcollections: true }),
    tickets: record('cfTickets/{id}', { subject: { field: 'uid' } }),
    posts: record('cfGroups/{group}/cfPosts/{id}', { subject: { field: 'uid' } }),
    forms: record('cfForms/{id}', { subject: { field: 'uid', email: 'contact.email' } }),
    wishes: record('cfGroups/{group}/cfWishes/{id}', { subject: { field: 'uid', email: 'email' } }),
    logs: record('cfLogs/{id}', {
      subject: { field: 'uid' },
      fate: [
        {
          when: { event: 'accountDeleted' },
          after: 'P0D',
          then: { do: 'anonymise', fields: ['uid', 'client.ip'] },
          source,
        },
        { when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source },
      ],
    }),
    own: record('cfOwn/{uid}/cfRows/{id}', { database: 'compliance' }),
  },
};

const empty = ownProject();
const context = testContext({}, policy);
const at = (text: string) => Timestamp.fromMillis(Date.parse(text));
const NOTES = 520;
const NAME = 'Camille Martin';
const EMAIL = 'camille@example.com';

let db: Firestore;
let own: Firestore;
const write = async (rows: Record<string, Record<string, unknown>>, target = db): Promise<void> => {
  const writer = target.bulkWriter();
  const writes = Object.entries(rows).map(([path, data]) => writer.set(target.doc(path), data));
  await Promise.all([...writes, writer.close()]);
};
const exist = async (paths: readonly string[], target = db): Promise<number> => {
  const found = await target.getAll(...paths.map((path) => target.doc(path)));
  return found.filter((document) => document.exists).length;
};
const contents = async (paths: readonly string[], target = db): Promise<unknown> => {
  const found = await target.getAll(...paths.map((path) => target.doc(path)));
  return found.map((document) => [document.ref.path, document.data(), document.updateTime?.toMillis()]);
};

/** Rows that name nobody by uid, in which an address stands as people and forms write it; and rows in which it proves nothing. */
function byEmail(email: string): { mine: Record<string, Record<string, unknown>>; others: typeof mine } {
  const key = fresh('f');
  const createdAt = at('2026-05-01T00:00:00Z');
  const form = (address: unknown, more = {}) => ({ createdAt, contact: { email: address }, ...more });
  const [local = '', domain = ''] = email.split('@');
  const words = local.replace(/(?<![a-z])[a-z]/g, (letter) => letter.toUpperCase());
  const mine: Record<string, Record<string, unknown>> = {
    [`cfForms/${key}-lower`]: form(email),
    [`cfForms/${key}-upper`]: form(email.toUpperCase(), { uid: null }),
    [`cfForms/${key}-first`]: form(`${email.slice(0, 1).toUpperCase()}${email.slice(1)}`, { uid: '' }),
    [`cfForms/${key}-words`]: form(`${words}@${domain}`),
    [`cfGroups/g/cfWishes/${key}`]: { createdAt, email },
  };
  const others: typeof mine = {
    // Names an account: it is that account's, whatever address was typed.
    [`cfForms/${key}-named`]: form(email, { uid: 'somebody-else' }),
    [`cfForms/${key}-list`]: form(email, { uid: [] }),
    [`cfForms/${key}-other`]: form(`x${email}`),
    [`cfForms/${key}-longer`]: form(`${email}.org`),
    [`cfForms/${key}-array`]: form([email]),
    [`cfForms/${key}-kelvin`]: form(email.replace('k', '\u212a')),
    [`cfForms/${key}-field`]: { createdAt, email, name: email },
    [`cfTeams/t/cfForms/${key}`]: form(email),
    [`cfTeams/t/cfWishes/${key}`]: { createdAt, email },
    [`cfTickets/${key}`]: { createdAt, email },
  };
  return { mine, others };
}

/** Somebody who wrote to the company and has no account. */
async function plantNoAccount(): Promise<Planted> {
  const email = `kim.${fresh('cf')}@example.com`;
  const { mine, others } = byEmail(email);
  const createdAt = at('2026-05-01T00:00:00Z');
  // Rows that an empty uid must not find.
  const empty = {
    [`cfTickets/${fresh('t')}`]: { createdAt, uid: '' },
    [`cfLogs/${fresh('l')}`]: { createdAt, uid: '' },
  };
  await write({ ...mine, ...others, ...empty });
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    subject: subjectOf('', { ...none, verifiedEmails: proven(email) }),
    stranger: subjectOf('', { ...none, verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => exist(Object.keys(mine)),
    retained: {},
    others: async () => contents([...Object.keys(others), ...Object.keys(empty)]),
    rows: { forms: 4, wishes: 1 },
  };
}

async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `kim.${uid}@example.com`;
  const written = byEmail(email);
  const createdAt = at('2026-05-01T00:00:00Z');
  const row = { createdAt, name: NAME, email: EMAIL };
  const notes = Object.fromEntries(Array.from({ length: NOTES }, (_, i) => [`cfPeople/${uid}/cfNotes/n${i}`, row]));
  const gone = {
    [`cfPeople/${uid}`]: row,
    ...notes,
    [`cfPeople/${uid}/cfDays/2026-05-01/cfReadings/r1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-02/cfReadings/r2`]: row,
    // Not declared: ends with the person's document, also below a document that does not exist.
    [`cfPeople/${uid}/cfUndeclared/u1`]: row,
    [`cfPeople/${uid}/cfUndeclared/ghost/cfLeaf/l1`]: row,
    // Below rows, and between them: below rows that do not exist.
    [`cfPeople/${uid}/cfNotes/n1/cfLines/l1`]: row,
    [`cfPeople/${uid}/cfNotes/n1/cfLines/ghost/cfWords/w1`]: row,
    [`cfPeople/${uid}/cfNotes/a-ghost/cfLines/l1`]: row,
    [`cfPeople/${uid}/cfNotes/z-ghost/cfLines/ghost/cfNotes/n1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-01`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-01/cfReadings/r1/cfParts/p1`]: row,
    [`cfPeople/${uid}/cfDays/2026-05-03/cfOthers/o1`]: row,
    [`cfPeople/${uid}/cfBills/ghost/cfItems/i1`]: row,
    // Below rows that lie elsewhere, under the same name as well.
    [`cfTickets/${uid}-1/cfFiles/f1`]: row,
    [`cfTickets/${uid}-1/cfFiles/f1/cfParts/p1`]: row,
    [`cfTickets/${uid}-2/cfGhosts/ghost/cfFiles/f1`]: row,
    [`cfGroups/g/cfPosts/${uid}/cfPosts/${uid}`]: { ...row, uid },
    [`cfForms/${uid}/cfFiles/f1`]: row,
    [`cfTickets/${uid}-1`]: { ...row, uid },
    [`cfTickets/${uid}-2`]: { ...row, uid },
    [`cfGroups/g/cfPosts/${uid}`]: { ...row, uid },
    ...written.mine,
    [`cfForms/${uid}`]: { createdAt, uid, contact: { email: 'another@example.com' } },
    [`cfForms/${uid}-both`]: { createdAt, uid, contact: { email } },
  };
  const anonymous = {
    [`cfLogs/${uid.slice(3)}a`]: { createdAt, uid, client: { ip: '192.0.2.1', os: 'x' }, line: 'ok' },
  };
  const kept = {
    [`cfPeople/${uid}/cfBills/b1`]: { createdAt, total: 12 },
    // It follows the row, and stays with it.
    [`cfPeople/${uid}/cfBills/b1/cfItems/i1`]: { price: 12 },
    [`cfLogs/${uid.slice(3)}a/cfTraces/t1`]: { line: 'ok' },
  };
  const strangers = {
    ...written.others,
    // A uid that begins with the person's, and one that the person's begins with.
    [`cfPeople/${uid}x`]: row,
    [`cfPeople/${uid}x/cfNotes/n1`]: row,
    [`cfPeople/${uid}x/cfDays/2026-05-01/cfReadings/r1`]: row,
    [`cfPeople/${uid.slice(0, -1)}/cfNotes/n1`]: row,
    // Collections of the same name under other parents, with the person's uid in places that name nobody.
    [`cfTeams/${uid}/cfNotes/n1`]: { ...row, uid },
    [`cfTeams/${uid}/cfTickets/t1`]: { ...row, uid },
    [`cfTeams/t/cfPosts/${uid}`]: { ...row, uid },
    [`cfGroups/g/cfPosts/${uid}x`]: { ...row, uid: `${uid}x` },
    [`cfGroups/g/cfPosts/${uid}x/cfPosts/${uid}`]: { ...row, uid },
    [`cfTickets/${uid}-ghost/cfFiles/f1`]: { ...row, uid },
    [`cfTickets/${uid}-other/cfFiles/f1`]: { ...row, uid },
    [`cfPeople/${uid}x/cfNotes/ghost/cfLines/l1`]: row,
    [`cfTeams/t/cfPeople/${uid}`]: { ...row, uid },
    [`cfTeams/t/cfPeople/${uid}/cfDays/d/cfReadings/r1`]: { ...row, uid },
    // Claims: the same e-mail and name; the uid in another field, or in another case.
    [`cfTickets/${uid}-other`]: { ...row, uid: `${uid}x`, about: uid },
    [`cfTickets/${uid}-upper`]: { ...row, uid: uid.toUpperCase() },
    [`cfTickets/${uid}-list`]: { ...row, uid: [uid] },
    [`cfLogs/${uid}-other`]: { createdAt, uid: `${uid}x`, client: { ip: '192.0.2.1' }, line: uid },
  };
  await write({ ...gone, ...anonymous, ...kept, ...strangers });
  const ownGone = { [`cfOwn/${uid}/cfRows/o1`]: row };
  const ownStrangers = { [`cfOwn/${uid}x/cfRows/o1`]: row };
  await write({ ...ownGone, ...ownStrangers }, own);
  // The same paths in the other database are other documents.
  await write({ [`cfOwn/${uid}/cfRows/o1`]: row });
  const [logPath = ''] = Object.keys(anonymous);
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email, EMAIL) }),
    stranger: subjectOf(fresh('nobody')),
    left: async () => {
      const log = await db.doc(logPath).get();
      const named = log.get('uid') !== undefined || log.get('client.ip') !== undefined ? 1 : 0;
      return (await exist(Object.keys(gone))) + named + (await exist(Object.keys(ownGone), own));
    },
    retained: { bills: 2 },
    others: async () => [
      await contents([...Object.keys(strangers), ...Object.keys(kept), `cfOwn/${uid}/cfRows/o1`]),
      await contents(Object.keys(ownStrangers), own),
    ],
    rows: {
      person: 3,
      notes: NOTES + 4,
      deep: 5,
      bills: 3,
      tickets: 5,
      posts: 2,
      forms: 7,
      wishes: 1,
      logs: 2,
      own: 1,
    },
    // The documents below an anonymised row stay with it, and name nobody.
    counts: { logs: 1 },
  };
}

beforeAll(() => {
  db = context.clients.app();
  own = context.clients.own();
});

const system: System = await loadSystem('firestore', context);
conformance(system, { policy, plant });
conformance(system, { policy, plant: plantNoAccount }, 'a person without an account');

describe('Firestore, further', () => {
  beforeAll(empty);

  const named = (id: string, from = policy) => {
    const found = recordsOf(from, 'firestore').find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };

  it('counts rightly although an attempt died after deleting a page and before writing it down', async () => {
    const planted = await plant();
    const scope = await scopeFor(system, policy, planted.subject);
    const first = await system.apply(named('notes'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    await system.apply(named('notes'), { ...scope, deadline: 0, cursor: first.more }, erase); // lost
    const { outcomes } = await drive((s) => system.apply(named('notes'), s, erase), { ...scope, cursor: first.more });
    // And what lies below and between them.
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

  it('counts each row and what lies under it once, though many go at the same time', async () => {
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
    const mine = Array.from({ length: 1100 }, (_, i) => `cfGroups/g/cfPosts/${uid}-${i}`);
    const others = Array.from({ length: 50 }, (_, i) => `cfTeams/t/cfPosts/${uid}-${i}`);
    await write(Object.fromEntries([...mine, ...others].map((path) => [path, { uid }])));
    const scope = await scopeFor(system, policy, subjectOf(uid));
    const first = await system.apply(named('posts'), { ...scope, deadline: 0 }, erase);
    if (!('more' in first)) throw new Error('expected a first page');
    await system.apply(named('posts'), { ...scope, deadline: 0, cursor: first.more }, erase); // lost
    const { outcomes } = await drive((s) => system.apply(named('posts'), s, erase), { ...scope, cursor: first.more });
    expect(outcomes).toEqual([{ record: 'posts', count: 1100, outcome: 'done', how: 'deleted' }]);
    expect(await exist(others)).toBe(50);
  });

  it('refuses a subject without a pseudonym where rows are found by it', async () => {
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

  it('leaves what another record of the same person, or none, would have to end', async () => {
    const { subject } = await plant();
    const elsewhere = `cfPeople/${subject.uid}/cfUndeclared/x/cfReadings/r`;
    await write({ [elsewhere]: { createdAt: at('2026-05-01T00:00:00Z') } });
    const scope = await scopeFor(system, policy, subject);
    const { outcomes } = await drive((s) => system.apply(named('deep'), s, erase), scope);
    expect(sum(outcomes, 'done')).toBe(5);
    expect(await exist([elsewhere])).toBe(1);
  });

  it('hands over to an officer what still names the person after the fields of the policy were removed', async () => {
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
    // Also where no field of a row has a say in when it ends.
    const { id, record: logs } = named('logs');
    const alike = { id, record: { ...logs, fate: logs.fate.filter(({ when }) => 'event' in when) } };
    const foretold = await system.preview(alike, scope, erase);
    const { outcomes } = await drive((s) => system.apply(named('logs'), s, erase), scope);
    expect(outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    expect(foretold).toEqual(outcomes);
  });

  it('keeps what a legal hold is on, and says until when', async () => {
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

  describe('a sweep', () => {
    const sweepPolicy = (name: string): Policy => ({
      ...amikeo,
      records: {
        rows: record(`cfSweep/{uid}/${name}/{id}`, {
          fate: [{ when: { field: 'createdAt' }, after: 'P1Y', then: { do: 'delete' }, source }],
        }),
      },
    });
    const cutoff = Date.parse('2025-05-20T10:00:00Z');
    const sweepOf = (swept: Policy, more: Partial<Sweep> = {}): Sweep => ({
      policy: swept,
      now: NOW,
      field: 'createdAt',
      cutoff,
      held: new Set(),
      figures: NO_FIGURES,
      deadline: Date.now() + 60_000,
      ...more,
    });
    const run = async (swept: Policy, more: Partial<Sweep> = {}) => {
      if (!system.expire) throw new Error('no expire');
      let sweep = sweepOf(swept, more);
      for (let calls = 1; ; calls++) {
        const progress = await system.expire(named('rows', swept), sweep);
        if (!progress.more) return { figures: progress.figures, calls };
        sweep = { ...sweep, figures: progress.figures, cursor: JSON.parse(JSON.stringify(progress.more)) };
      }
    };

    it('ends rows up to the cut-off to the millisecond, in pages, and leaves held persons and other parents alone', async () => {
      const name = `cfs${fresh('c').slice(2)}`;
      const swept = sweepPolicy(name);
      const old = at('2025-01-01T00:00:00Z');
      const many = Object.fromEntries(
        Array.from({ length: 700 }, (_, i) => [`cfSweep/a/${name}/n${i}`, { createdAt: old }]),
      );
      const stay = {
        [`cfSweep/a/${name}/after`]: { createdAt: Timestamp.fromMillis(cutoff + 1) },
        [`cfSweep/a/${name}/undated`]: { createdAt: '2025-01-01' },
        [`cfSweep/a/${name}/none`]: {},
        [`cfSweep/held/${name}/h`]: { createdAt: old },
        [`cfTeams/a/${name}/t`]: { createdAt: old },
        [`cfTeams/a/cfSweep/a/${name}/t`]: { createdAt: old },
      };
      await write({ ...many, ...stay, [`cfSweep/a/${name}/at`]: { createdAt: Timestamp.fromMillis(cutoff) } });
      expect(await system.undated?.(named('rows', swept))).toBe(2);
      const before = await contents(Object.keys(stay));
      const { figures, calls } = await run(swept, { held: new Set(['held']), deadline: 0 });
      expect(figures).toEqual({ ...NO_FIGURES, deleted: 701, held: 1 });
      expect(calls).toBeGreaterThan(1);
      expect(await exist(Object.keys(many))).toBe(0);
      expect(await contents(Object.keys(stay))).toEqual(before);
      expect((await run(swept)).figures.deleted).toBe(1); // the hold is over
    });

    it('leaves what was written meanwhile to the next run', async () => {
      const name = `cfs${fresh('c').slice(2)}`;
      const swept = sweepPolicy(name);
      const path = `cfSweep/a/${name}/n`;
      await write({ [path]: { createdAt: at('2025-01-01T00:00:00Z') } });
      // The device writes between the query and the delete.
      const racing = await loadSystem('firestore', racingContext(path));
      const { figures } = await (racing.expire?.(named('rows', swept), sweepOf(swept)) ?? Promise.reject(new Error()));
      expect(figures.deleted).toBe(0);
      expect((await db.doc(path).get()).get('createdAt')).toEqual(at('2026-05-19T00:00:00Z'));
    });

    /** A database whose writer comes second: the document is written before its delete is sent. */
    function racingContext(path: string): typeof context {
      const app = new Proxy(db, {
        get(target, key) {
          if (key === 'bulkWriter') {
            return () => {
              const writer = target.bulkWriter();
              const wrapped = new Proxy(writer, {
                get(inner, name) {
                  if (name === 'flush') {
                    return async () => {
                      await target.doc(path).set({ createdAt: at('2026-05-19T00:00:00Z') });
                      await inner.flush();
                    };
                  }
                  const value: unknown = Reflect.get(inner, name, inner);
                  return typeof value === 'function' ? (value.bind(inner) as unknown) : value;
                },
              });
              return wrapped;
            };
          }
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      return { ...context, clients: { ...context.clients, app: () => app } };
    }
  });
});
