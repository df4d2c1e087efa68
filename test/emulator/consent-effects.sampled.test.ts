import { deleteApp, initializeApp } from 'firebase-admin/app';
import { FieldValue, getFirestore, Timestamp } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import type { FaultKind } from '../../emulator/standins/faults.ts';
import { onConsentWritten } from '../../functions/src/consent/record.ts';
import { changeRunner } from '../../functions/src/consent/steps.ts';
import { onAccountCreated, onAccountDeleted } from '../../functions/src/erasure/operations.ts';
import { fromDocument, loadJob } from '../../functions/src/jobs/store.ts';
import type { Progress } from '../../functions/src/systems/system.ts';
import { beginErasure, closeChain } from '../../functions/src/ledger/erasure.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { learn } from '../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { testContext } from '../conformance/harness.ts';
import { eachNth } from '../kit/depth.ts';
import { changeHead } from '../kit/ledger.ts';
import { contactOf, control, faults } from '../kit/providers.ts';
import { auth, chainOf, chainWith, db, eventually, freshUid, keys, own, pseudonym, standins } from '../kit/suite.ts';
import { state } from '../kit/statements.ts';

/** The step that carries a consent to Brevo, run by hand at the worst moment: no deployed function takes part. */
describe.concurrent('a marketing consent and an erasure that cross', () => {
  const project = initializeApp({ projectId: `demo-crossing-${process.pid}` }, 'crossing');
  afterAll(() => deleteApp(project));
  /** A ledger of its own: the suite's tick would take these jobs up. */
  const ledger = getFirestore(project, 'compliance');
  const base = testContext({ stripe: standins.stripe, brevo: standins.brevo });
  const marketingList = Number(process.env['BREVO_MARKETING_LIST']);
  const context: Context = {
    ...base,
    config: { ...base.config, brevoMarketingList: marketingList },
    queue: { enqueue: () => Promise.resolve() },
    clients: { ...base.clients, own: () => ledger },
  };
  const erased = { at: Date.now(), accountCreatedAt: 1_700_000_000 };
  const contact = async (email: string) =>
    (
      await fetch(`${standins.brevo}/v3/contacts/${encodeURIComponent(email)}?identifierType=email_id`, {
        headers: { 'api-key': 'test' },
      })
    ).status;

  async function consented(account = true) {
    const email = `${freshUid()}@example.com`;
    const { uid } = account ? await auth.createUser({ email, emailVerified: true }) : { uid: freshUid() };
    const id = freshUid();
    const now = Timestamp.now();
    const after = { granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt: now };
    await onConsentWritten(context, { id, uid, key: 'messages', before: undefined, after, writtenAt: now.toMillis() });
    const job = await loadJob(context, `change_${id}`);
    if (!job) throw new Error('no job');
    const run = (by: Context = context) => changeRunner(by).run('brevo', job, { deadline: Date.now() + 60_000 });
    return { uid, email, run, chain: pseudonymOf(uid, context.keys) };
  }

  it('while the account lives makes the contact', async () => {
    const { email, run } = await consented();
    await run();
    expect(await contact(email)).toBe(200);
  });

  it('ends the contact that was made before the erasure began, also where the attempt that made it died', async () => {
    const { email, run, chain } = await consented();
    await run();
    await beginErasure(context, chain, erased);
    await run();
    expect(await contact(email)).toBe(404);
  });

  it('ends the contact that is made while the erasure begins', async () => {
    const { email, run, chain } = await consented();
    const brevo = async () => {
      // After the step has looked at the ledger, before Brevo has the contact.
      await beginErasure(context, chain, erased);
      return context.clients.brevo();
    };
    await run({ ...context, clients: { ...context.clients, brevo } });
    expect(await contact(email)).toBe(404);
  });

  it('keeps what is known of the person while the erasure still needs it, and forgets it once the chain is closed', async () => {
    const { uid, run, chain } = await consented(false);
    const known = {
      uid,
      pseudonym: chain,
      accountCreatedAt: erased.accountCreatedAt,
      verifiedEmails: ['a@example.com'],
      providerIds: {},
    };
    await learn(context, known);
    await beginErasure(context, chain, erased);
    await run();
    expect((await ledger.doc(`subjects/${uid}`).get()).exists).toBe(true);
    await closeChain(context, chain, 'job', erased);
    await run();
    expect((await ledger.doc(`subjects/${uid}`).get()).exists).toBe(false);
  });

  it('an event of Auth that is delivered again after the erasure brings nothing back', async () => {
    const uid = freshUid();
    const chain = pseudonymOf(uid, context.keys);
    const creationTime = new Date(erased.accountCreatedAt * 1000).toISOString();
    const user = { uid, email: 'ada@example.com', emailVerified: true, metadata: { creationTime } };
    await beginErasure(context, chain, erased);
    await closeChain(context, chain, 'job', erased);
    const job = await onAccountDeleted(context, { id: uid, uid, tenantId: null, user, deletedAt: erased.at });
    await onAccountCreated(context, user);
    expect(await loadJob(context, job ?? 'none')).toBeNull();
    expect((await ledger.doc(`subjects/${uid}`).get()).exists).toBe(false);
  });
});

const row = (path: string) => db.doc(path);
const exists = async (path: string): Promise<boolean> => (await row(path).get()).exists;
const answer = (granted: boolean) => ({
  granted,
  policyVersion: '2025-06-15',
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
});

describe.concurrent('a withdrawal ends the data that rest on the consent alone (Art. 17(1)(b))', () => {
  it('and nobody else’s, and nothing that rests on something else', async () => {
    const [uid, other] = [freshUid(), freshUid()];
    const consent = row(`users/${uid}/consents/analytics`);
    const usage = Array.from({ length: 3 }, (_, i) => `users/${uid}/usageEvents/e${i}`);
    const stays = [`users/${other}/usageEvents/e`, `users/${uid}/sessions/s`, `teams/${uid}/usageEvents/e`];
    for (const path of [...usage, ...stays]) await row(path).set({ createdAt: Timestamp.now() });
    await consent.set(answer(true));
    await chainWith(pseudonym(uid), 1);
    expect(await Promise.all(usage.map(exists))).toEqual([true, true, true]);
    await consent.set(answer(false));
    const jobs = async () =>
      (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).docs.map((d) =>
        fromDocument(d.id, d.data(), keys),
      );
    const [first] = await eventually(jobs, (all) => all[0]?.steps['endCheck']?.state === 'done');
    expect(first?.steps['end_firestore']?.outcomes).toEqual([
      { record: 'usageEvents', count: 3, outcome: 'done', how: 'deleted' },
    ]);
    expect(await Promise.all(usage.map(exists))).toEqual([false, false, false]);
    await eventually(jobs, (all) => all.length === 1 && all[0]?.status === 'completed');
    expect(await Promise.all(stays.map(exists))).toEqual([true, true, true]);
  });

  /** One after the other: they share the clock. */
  describe('by what the ledger says when the step runs', { concurrent: false }, () => {
    const project = initializeApp({ projectId: `demo-ending-${process.pid}` }, 'ending');
    afterAll(() => deleteApp(project));
    /** A ledger of its own: no deployed function takes part, and the clock is the test's. */
    let now = Date.now();
    const base = testContext();
    const ledger = getFirestore(project, 'compliance');
    const context: Context = {
      ...base,
      now: () => now,
      queue: { enqueue: () => Promise.resolve() },
      clients: { ...base.clients, own: () => ledger },
    };

    async function say(uid: string, granted: boolean, before?: boolean): Promise<string> {
      const id = freshUid();
      const updatedAt = Timestamp.fromMillis((now += 1000));
      const document = (yes: boolean) => ({ granted: yes, policyVersion: '2025-06-15', source: 'app', updatedAt });
      await onConsentWritten(context, {
        id,
        uid,
        key: 'analytics',
        before: before === undefined ? undefined : document(before),
        after: document(granted),
        writtenAt: now,
      });
      return `change_${id}`;
    }
    async function step(
      id: string,
      name: string,
      cursor?: Record<string, string>,
      deadline = now + 60_000,
    ): Promise<Progress> {
      const job = await loadJob(context, id);
      if (!job) throw new Error('no job');
      const progress = await changeRunner(context).run(name, job, {
        deadline,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if ('held' in progress) throw new Error('a change is never held');
      return progress;
    }
    async function person(rows: number): Promise<{ uid: string; left: () => Promise<number> }> {
      const uid = freshUid();
      const usage = db.collection(`users/${uid}/usageEvents`);
      for (let at = 0; at < rows; at += 400) {
        const batch = db.batch();
        for (let i = at; i < Math.min(rows, at + 400); i++)
          batch.set(usage.doc(`e${i}`), { createdAt: Timestamp.now() });
        await batch.commit();
      }
      return { uid, left: async () => (await usage.count().get()).data().count };
    }

    it('given again meanwhile: everything stays', async () => {
      const { uid, left } = await person(2);
      await say(uid, true);
      const withdrawn = await say(uid, false, true);
      await say(uid, true, false);
      for (const name of ['end_firestore', 'endCheck', 'endSecondLook'])
        expect(await step(withdrawn, name)).toEqual({ settled: [] });
      expect(await left()).toBe(2);
    });

    it('given again between two pages of one task: what was not ended yet stays', async () => {
      const { uid, left } = await person(700);
      const withdrawn = await say(uid, false);
      const job = await loadJob(context, withdrawn);
      if (!job) throw new Error('no job');
      let again: Promise<unknown> | undefined;
      // Whoever ends a page closes its writer: there the person answers anew.
      const app = new Proxy(db, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          if (name !== 'bulkWriter') return (value as (...a: unknown[]) => unknown).bind(target);
          return () => {
            const writer = target.bulkWriter();
            const close = writer.close.bind(writer);
            writer.close = async () => {
              await close();
              await (again ??= say(uid, true, false));
            };
            return writer;
          };
        },
      });
      const crossing: Context = { ...context, clients: { ...context.clients, app: () => app } };
      const run = { deadline: now + 3_600_000 };
      expect(await changeRunner(crossing).run('end_firestore', job, run)).toEqual({ settled: [] });
      expect(await left()).toBe(200);
    });

    it('a given, a pending and an expired consent end nothing: they have no such job', async () => {
      const { uid } = await person(0);
      expect(await loadJob(context, await say(uid, true))).toBeNull();
      const child = freshUid();
      const protection = { mode: 'both', reason: 'age', since: 1, holders: [] } as const;
      await changeHead(context, pseudonymOf(child, context.keys), { protection });
      expect(await loadJob(context, await say(child, true))).toBeNull();
    });

    it.each([
      ['a restriction', 'restrictions', { createdAt: Timestamp.now() }],
      ['a legal hold', 'legalHolds', {}],
    ])('%s keeps the rows until it is lifted, and the step looks again after a day', async (_, collection, fields) => {
      const { uid, left } = await person(1);
      const withdrawn = await say(uid, false);
      await state({ own: ledger, keys: context.keys }, `${collection}/${uid}`, { uid, ...fields });
      expect(await step(withdrawn, 'end_firestore')).toMatchObject({ wait: now + 86_400_000 });
      expect(await left()).toBe(1);
      await ledger.doc(`${collection}/${uid}`).delete();
      expect(await step(withdrawn, 'end_firestore')).toMatchObject({ settled: [{ outcome: 'done', count: 1 }] });
      expect(await left()).toBe(0);
    });

    it('what an offline device sends afterwards is ended by the second look, which waits until devices have had time', async () => {
      const { uid, left } = await person(1);
      const withdrawn = await say(uid, false);
      const at = now + context.config.secondLookMs;
      await step(withdrawn, 'end_firestore');
      await db.doc(`users/${uid}/usageEvents/late`).set({ createdAt: Timestamp.now() });
      expect(await step(withdrawn, 'endSecondLook')).toMatchObject({ wait: at });
      expect(await left()).toBe(1);
      now = at;
      await step(withdrawn, 'endSecondLook');
      expect(await left()).toBe(0);
    });
  });
});

const effectsIn = async (uid: string) =>
  (await chainOf(pseudonym(uid))).entries
    .filter(({ kind }) => kind === 'effect')
    .map(({ purpose, system, state, outcome, actor }) => ({ purpose, system, state, outcome, actor }));
const entry = (purpose: string, state: string) => ({
  purpose,
  system: 'brevo',
  state,
  outcome: 'done',
  actor: 'backend',
});
async function account(): Promise<{
  uid: string;
  email: string;
  say: (purpose: string, granted: boolean) => Promise<unknown>;
}> {
  const email = `${freshUid()}@example.com`;
  const { uid } = await auth.createUser({ email, emailVerified: true });
  return { uid, email, say: (purpose, granted) => row(`users/${uid}/consents/${purpose}`).set(answer(granted)) };
}

/** Faults are for everybody: nobody is beside these. */
describe('while Brevo fails', () => {
  const failures: [kind: FaultKind, method: string][] = [
    ['429', 'GET'],
    ['500', 'POST'],
    ['500-no-error', 'POST'],
    ['reset-before', 'POST'],
    ['reset-after', 'POST'],
    ['timeout', 'POST'],
    ['garbage', 'GET'],
  ];
  it.each(eachNth(4, failures))(
    'after %s of a %s the answer arrives all the same, and is in the ledger once',
    async (kind, method) => {
      const { uid, email, say } = await account();
      await faults('brevo', { method: method, path: '/v3/contacts', kind: kind, times: 1 });
      await say('messages', true);
      expect(
        await eventually(
          () => effectsIn(uid),
          (all) => all.length > 0,
        ),
      ).toEqual([entry('messages', 'messages')]);
      expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
    },
  );
});

describe.concurrent('marketing follows the ledger, and the ledger says what was sent', () => {
  it('each answer that reached Brevo is an entry, once, with what it came to', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await say('userDatabase', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 2,
    );
    await say('messages', false);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    await say('userDatabase', false);
    expect(
      await eventually(
        () => effectsIn(uid),
        (all) => all.length === 4,
      ),
    ).toEqual([
      entry('messages', 'messages'),
      entry('userDatabase', 'messages'),
      entry('messages', 'contact'),
      entry('userDatabase', 'blocklisted'),
    ]);
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true, listIds: [] });
    await chainWith(pseudonym(uid), 8);
  });

  it('a restriction takes the person off the list, and lifting it brings them back (Art. 18)', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    const restriction = own.doc(`restrictions/${uid}`);
    await state({ own, keys }, restriction.path, { createdAt: Timestamp.now() });
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === true && contact.listIds.length === 0,
    );
    await restriction.delete();
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === false && contact.listIds.length === 1,
    );
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    expect(effects.map(({ state }) => state)).toEqual(['messages', 'blocklisted', 'messages']);
  });

  it('a restricted person is not written to (Art. 18(2)), and the entry says so', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await state({ own, keys }, `restrictions/${uid}`, { createdAt: Timestamp.now() });
    await say('userDatabase', true);
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    expect(effects.slice(1)).toContainEqual(entry('userDatabase', 'blocklisted'));
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true, listIds: [] });
  });

  it('who unsubscribed at Brevo is left alone by another consent, and the entry says blocklisted', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await control('brevo', 'unsubscriptions', { email });
    await say('userDatabase', true);
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 2,
    );
    expect(effects[1]).toEqual(entry('userDatabase', 'blocklisted'));
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
  });
});
