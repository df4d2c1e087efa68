import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { onAccountCreated, onAccountDeleted } from '../../../functions/src/erasure/accountEvents.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../../conformance/harness.ts';
import { auth, freshUid, standins } from '../../kit/suite.ts';

/**
 * The step that carries a consent to Brevo, run by hand at the worst moment: no deployed function
 * takes part.
 */
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

  it('ends the contact that was made before the erasure began, also if the attempt that made it died', async () => {
    const { email, run, chain } = await consented();
    await run();
    await beginErasure(context, chain, { job: 'job', createdAt: 1 }, erased);
    await run();
    expect(await contact(email)).toBe(404);
  });

  it('ends the contact that is made while the erasure begins', async () => {
    const { email, run, chain } = await consented();
    const brevo = async () => {
      // After the step has looked at the ledger, before Brevo has the contact.
      await beginErasure(context, chain, { job: 'job', createdAt: 1 }, erased);
      return context.clients.brevo();
    };
    await run({ ...context, clients: { ...context.clients, brevo } });
    expect(await contact(email)).toBe(404);
  });

  it('keeps the identity of the person while the erasure still needs it, and forgets it once the chain is closed', async () => {
    const { uid, run, chain } = await consented(false);
    const known = {
      uid,
      pseudonym: chain,
      accountCreatedAt: erased.accountCreatedAt,
      verifiedEmails: ['a@example.com'],
      providerIds: {},
    };
    await learn(context, known);
    await beginErasure(context, chain, { job: 'job', createdAt: 1 }, erased);
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
    await beginErasure(context, chain, { job: 'job', createdAt: 1 }, erased);
    await closeChain(context, chain, 'job', erased);
    const job = await onAccountDeleted(context, { uid, tenantId: null, user, deletedAt: erased.at });
    await onAccountCreated(context, user);
    expect(await loadJob(context, job ?? 'none')).toBeNull();
    expect((await ledger.doc(`subjects/${uid}`).get()).exists).toBe(false);
  });
});
