import { randomUUID } from 'node:crypto';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { beforeAll, describe, expect, it } from 'vitest';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { testContext } from '../../conformance/harness.ts';
import { endGrace, jobsOf } from '../../kit/jobs.ts';
import { contactOf } from '../../kit/providers.ts';
import { call } from '../rights/callable.ts';
import { auth, chainWith, db, eventually, freshUid, keys, own, pseudonym, standins } from '../../kit/suite.ts';

/**
 * Accounts of an Identity Platform tenant, through the deployed functions: they are served as any
 * other. The default Auth client knows none of them.
 */

let tenantId = '';
const pool = () => auth.tenantManager().authForTenant(tenantId);
beforeAll(async () => {
  const tenant = await auth.tenantManager().createTenant({ displayName: 'schools' });
  ({ tenantId } = tenant);
});

async function person(): Promise<{ uid: string; email: string; chain: string }> {
  const uid = freshUid();
  const email = `${uid}@example.com`;
  await pool().createUser({ uid, email, emailVerified: true });
  await db.doc(`users/${uid}`).set({ email, locale: 'en' });
  await db.doc(`users/${uid}/activity/1`).set({ createdAt: Timestamp.now() });
  await eventually(
    async () => (await own.doc(`subjects/${uid}`).get()).exists,
    (known) => known,
  );
  return { uid, email, chain: pseudonym(uid) };
}

const context: Context = { ...testContext({ stripe: standins.stripe, brevo: standins.brevo }), keys };

describe('a person with an account in a tenant', () => {
  it('is known with the tenant, and the nightly comparison does not miss them', async () => {
    const { uid, email } = await person();
    expect((await own.doc(`subjects/${uid}`).get()).get('tenantId')).toBe(tenantId);
    const page = async () => (await own.collection('subjects').where('tenantId', '==', tenantId).get()).docs;
    expect(await comparePage(context, await page())).toBe(0);
    // Also if nobody noted the tenant: every pool is asked.
    await writeSealed(own.doc(`subjects/${uid}`), { tenantId: undefined }, keys);
    const { docs: unknown } = await own.collection('subjects').where('verifiedEmails', 'array-contains', email).get();
    expect(unknown).toHaveLength(1);
    expect(await comparePage(context, unknown)).toBe(0);
    expect((await own.doc(`subjects/${uid}`).get()).get('missingSince')).toBeUndefined();
  });
});

// Each of these waits for its own person: side by side.
describe.concurrent('a person with an account in a tenant', () => {
  it('has their answer to marketing carried to Brevo', async () => {
    const { uid, email, chain } = await person();
    await db.doc(`users/${uid}/consents/messages`).set({
      ...{ granted: true, policyVersion: '2025-06-15', source: 'app' },
      updatedAt: FieldValue.serverTimestamp(),
    });
    await chainWith(chain, 2);
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
  });

  it('gets an access, a link to it and a receipt', async () => {
    const { uid } = await person();
    const request = db.doc(`users/${uid}/privacyRequests/r1`);
    await request.set({ type: 'portability', createdAt: FieldValue.serverTimestamp() });
    await eventually(
      async () => (await request.get()).get('status') as unknown,
      (status) => status === 'completed',
    );
    const link = await call<{ url: string }>('exportLink', { requestId: 'r1' }, uid, {}, tenantId);
    expect(link).toMatchObject({ result: { parts: 1 } });
    expect(await call('consentReceipt', {}, uid, {}, tenantId)).toHaveProperty('result');
  });

  it('is erased as they ask: the account is gone, and read back', async () => {
    const { uid, chain } = await person();
    const request = { type: 'erasure', createdAt: FieldValue.serverTimestamp() };
    await db.doc(`users/${uid}/privacyRequests/${randomUUID()}`).set(request);
    await endGrace(chain);
    const [job] = await eventually(
      () => jobsOf(chain),
      (all) => all.some(({ status }) => status === 'completed'),
    );
    expect(job?.steps['auth']?.outcomes).toMatchObject([{ outcome: 'done', count: 1, how: 'deleted' }]);
    await expect(pool().getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
  });
});
