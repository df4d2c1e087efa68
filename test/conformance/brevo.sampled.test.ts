import './worlds/brevoPace.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { RetryAfterError } from '../../functions/src/platform/errors.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { proven } from '../kit/proven.ts';
import { contactRecord, logRecord } from './worlds/brevoAccount.ts';
import { before, contact, control, find, logged, mail, system } from './worlds/brevo.ts';
import { survivesFaults } from './faults.ts';
import { collect, drive, erase, fresh, scopeFor, subjectOf } from './harness.ts';
import { conformance, type Planted, type Seed } from './suite.ts';

/**
 * A person with an old contact and old e-mails: the events of its campaigns take more than one
 * question.
 */
async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `${uid}@example.com`;
  const id = await before(200, async () => {
    await mail(email);
    return contact(email, uid);
  });
  await mail(email);
  await mail(email);
  const others = [
    { email: `x${email}`, uid: `${uid}x` },
    { email: `y${email}`, uid: uid.slice(0, -1) },
    { email: `${email}.org`, uid: uid.toUpperCase() },
    { email: `z${email}` },
  ];
  for (const other of others) {
    await contact(other.email, other.uid);
    await mail(other.email);
  }
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email) }),
    stranger: subjectOf(fresh('nobody'), { verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    retained: {},
    others: async () =>
      Promise.all(others.map(async (other) => [await find(other.email, 'email_id'), await logged(other.email)])),
    // Three e-mails are six events: each was sent and delivered. Of the old one, the list that an
    // erasure counts by does not tell.
    rows: { brevoContact: 1, brevoEmails: 6 },
    counts: { brevoContact: 1, brevoEmails: 2 },
  };
}

/** Somebody without an account: the contact of an address, naming nobody. */
async function plantNoAccount(): Promise<Planted> {
  const { subject, others, ...planted } = await plant();
  const email = `${fresh('cf')}@example.com`;
  const id = await contact(email);
  await mail(email);
  const anothers = subject.verifiedEmails[0] ?? '';
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    ...planted,
    subject: subjectOf('', { ...none, verifiedEmails: proven(email) }),
    stranger: subjectOf('', { ...none, verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    others: async () => [await others(), await find(anothers, 'email_id'), await logged(anothers)],
    rows: { brevoContact: 1, brevoEmails: 2 },
    counts: { brevoContact: 1, brevoEmails: 1 },
  };
}

const seed: Seed = { policy: amikeo, plant };

conformance(system, seed);
conformance(system, { policy: amikeo, plant: plantNoAccount }, 'a person without an account');
survivesFaults(system, seed, control, (path) =>
  path.replace(/[^/]*@[^/]*|cf-[^/]+|%40[^/]*/g, '*').replace(/(contacts|processes)\/\d+/, '$1/*'),
);

describe('Brevo, further', () => {
  beforeEach(async () => {
    await control.put('settings', { processPolls: 2, logDeletion: 'process' });
    await control.put('limits', { enforced: false });
  });

  it('is asked every question of an export for the person of the faults above: each of them was met by every fault', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await control.clear();
    for (const record of [contactRecord, logRecord]) await collect(system.read(record, scope));
    const asked = new Set(
      (await control.requests()).map(({ path }) => decodeURIComponent(path).replace(/[^/]*@[^/]*|\d+/g, '*')),
    );
    expect([...asked].sort()).toEqual([
      '/v*/contacts/*',
      '/v*/contacts/*/campaignStats',
      '/v*/contacts/lists/*',
      '/v*/smtp/statistics/events',
    ]);
  });

  it('shows the deletion of a log as submitted, with its process, until Brevo has finished', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    const begun = await system.apply(logRecord, scope, erase);
    expect(begun).toMatchObject({
      wait: expect.any(Number),
      soFar: [{ outcome: 'submitted', count: 2, providerId: expect.stringMatching(/^\d+$/) }],
    });
    await expect(system.check(logRecord, scope, erase)).rejects.toMatchObject({ code: 'brevo.left' });
    if (!('wait' in begun) || begun.cursor === undefined) throw new Error('a wait has a cursor');
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), { ...scope, cursor: begun.cursor });
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
  });

  it('is asked about a deletion of its log less and less often: a minute of age later, six hours at most', async () => {
    await control.put('settings', { processPolls: 100 });
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    const begun = await system.apply(logRecord, scope, erase);
    if (!('wait' in begun) || begun.cursor === undefined) throw new Error('a wait has a cursor');
    const [minute, hour] = [60_000, 3_600_000];
    for (const [age, wait] of [
      [minute, minute],
      [5 * hour, 5 * hour],
      [30 * hour, 6 * hour],
    ] as const) {
      const before = Date.now();
      const cursor = { ...begun.cursor, since: before - age };
      const asked = await system.apply(logRecord, { ...scope, cursor }, erase);
      if (!('wait' in asked)) throw new Error('Brevo has not finished');
      expect(asked.wait - before).toBeGreaterThanOrEqual(wait);
      expect(asked.wait - before).toBeLessThan(wait + minute);
    }
  });

  it('has its full time for the log of each address: the clock of the one before has ended with it', async () => {
    await control.put('settings', { processPolls: 100 });
    const { subject } = await plant();
    const empty = `${fresh('empty')}@example.com`;
    const both = subjectOf(subject.uid, { verifiedEmails: proven(empty, ...subject.verifiedEmails) });
    const scope = await scopeFor(system, amikeo, both);
    const before = Date.now();
    const cursor = { index: 0, process: 'unnamed', since: before - 47 * 3_600_000, deleted: 0, byHand: 0 };
    const asked = await system.apply(logRecord, { ...scope, cursor }, erase);
    if (!('wait' in asked)) throw new Error('Brevo has not finished');
    expect(asked.cursor).toMatchObject({ index: 1 });
    expect(asked.wait - before).toBeLessThan(60_000);
    expect(Number(asked.cursor?.['since'])).toBeGreaterThanOrEqual(before);
  });

  it('understands the answer of the reference too: 204 and no process', async () => {
    await control.put('settings', { logDeletion: '204', processPolls: 0 });
    const { subject, left } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await drive((s) => system.apply(contactRecord, s, erase), scope);
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), scope);
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
    expect(await left()).toBe(0);
  });

  it("waits as long as Brevo's own header says", async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await control.put('limits', { enforced: true, hourMs: 1_800_000, secondMs: 100_000 });
    const ask = async () => {
      for (let i = 0; i < 20; i++)
        await system
          .check(contactRecord, scope, erase)
          .catch((e: unknown) => (e instanceof RetryAfterError ? Promise.reject(e) : null));
    };
    const before = Date.now();
    const error = await ask().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect((error as RetryAfterError).until - before).toBeGreaterThan(50_000);
    expect(Date.now() - before, 'never a sleep').toBeLessThan(10_000);
  });

  it('leaves a contact of the same e-mail that names somebody else, and its log, to an officer', async () => {
    const email = `${fresh('cf')}@example.com`;
    const id = await contact(email, fresh('other'));
    await mail(email);
    const scope = await scopeFor(system, amikeo, subjectOf(fresh('cf'), { verifiedEmails: proven(email) }));
    expect(scope.handles).toEqual([]);
    for (const record of [contactRecord, logRecord]) {
      const foretold = await system.preview(record, scope, erase);
      const { outcomes } = await drive((s) => system.apply(record, s, erase), scope);
      expect(foretold).toEqual(outcomes);
      expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual', count: 1 }));
    }
    expect(await find(id, 'contact_id')).not.toBeNull();
    expect(await logged(email)).toBe(1);
  });
});
