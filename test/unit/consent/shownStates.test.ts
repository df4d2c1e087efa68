import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { startConsentDaily } from '../../../functions/src/consent/nightlyJobs.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { beginErasure } from '../../../functions/src/ledger/erasure.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * The nightly comparison writes each state anew that differs from the ledger, of the heads that
 * changed lately. The projection decides nothing, and is right again a day later at most.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const VERSION = '2025-06-15';
const HOUR = 3_600_000;
const newContext = () => ({ ...testContext(NOW), policy: amikeo });
let context = newContext();
beforeEach(async () => {
  context = newContext();
  const pseudonym = pseudonymOf('kim', context.keys);
  await learn(context, { uid: 'kim', pseudonym, accountCreatedAt: 1, verifiedEmails: [], providerIds: {} });
  const updatedAt = Timestamp.fromMillis(NOW);
  const after = { granted: true, policyVersion: VERSION, source: 'app', updatedAt };
  await onConsentWritten(context, { id: 'a', uid: 'kim', key: 'analytics', before: undefined, after, writtenAt: NOW });
});

const ref = () => context.app.doc('users/kim/privacy/state');
const stands = async (): Promise<unknown> => (await ref().get()).get('purposes.analytics.stands');

async function night(at: number): Promise<unknown> {
  context.time.now = at;
  await startConsentDaily(context, at);
  const id = `reconcile_${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  await runJob(context, { reconcile: async () => reconcileRunner(context) }, id);
  return (await context.own.doc(`jobs/${id}`).get()).get('steps.shown.figures') as unknown;
}

describe('the nightly comparison', () => {
  it('writes a state that is missing, and counts it', async () => {
    await ref().delete();
    expect(await night(NOW + HOUR)).toEqual({ shown: 1 });
    expect(await stands()).toBe(true);
    expect(context.logged.filter((line) => line.startsWith('the app was shown'))).toHaveLength(1);
  });

  it('writes a state anew that an older one was put over', async () => {
    await ref().update({ 'purposes.analytics': { state: 'refused', stands: false, since: Timestamp.fromMillis(0) } });
    expect(await night(NOW + HOUR)).toEqual({ shown: 1 });
    expect(await stands()).toBe(true);
    expect(await night(NOW + 2 * HOUR)).toEqual({ shown: 0 });
  });

  it('leaves a right one alone, and a head that did not change lately', async () => {
    const { updateTime } = await ref().get();
    expect(await night(NOW + HOUR)).toEqual({ shown: 0 });
    expect((await ref().get()).updateTime).toEqual(updateTime);
    await ref().delete();
    expect(await night(NOW + 100 * 24 * HOUR)).toEqual({ shown: 0 });
  });

  it('does not write over a newer state that comes meanwhile', async () => {
    await ref().set({ seq: 0 });
    const newer = { purposes: {}, seq: 2 };
    const { app } = context;
    const doc = app.doc.bind(app);
    app.doc = (path) => {
      const document = doc(path);
      const get = document.get.bind(document);
      let reads = 0;
      document.get = async () => {
        const read = await get();
        // The second look has read the older one.
        if (++reads === 2) await doc(path).set(newer);
        return read;
      };
      return document;
    };
    expect(await night(NOW + HOUR)).toEqual({ shown: 0 });
    expect((await ref().get()).data()).toEqual(newer);
  });

  it('writes nothing for a person whose erasure has begun', async () => {
    await ref().delete();
    const chain = pseudonymOf('kim', context.keys);
    await beginErasure(context, chain, { job: 'erasure', createdAt: NOW }, { at: NOW, accountCreatedAt: 1 });
    expect(await night(NOW + HOUR)).toEqual({ shown: 0 });
    expect((await ref().get()).exists).toBe(false);
  });
});
