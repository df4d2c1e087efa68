import { afterEach, describe, expect, it } from 'vitest';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';
import { changeJob, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { faults } from '../../kit/providers.ts';
import { somebody, request, ask, statusOf, everythingOf, jobOf, opened, json, rows, recordAt } from './exported.ts';
import { calm, chaos, eventually, own, requestKeyOf, store } from '../../kit/suite.ts';

afterEach(async () => {
  await chaos(calm);
  await faults('stripe');
  await faults('brevo');
});

/** The job as if its patience ended at a moment. */
function withWaitUntil(job: Job, waitsUntil: number): Job {
  const { archive } = job.steps;
  if (archive === undefined) throw new Error('no step archive');
  return { ...job, steps: { ...job.steps, archive: { ...archive, cursor: { ...archive.cursor, waitsUntil } } } };
}

describe('Art. 20: a portability request while a source fails', () => {
  it('a Brevo that fails at first is asked again, and the archive is whole', async () => {
    const { uid } = await somebody();
    await faults('brevo', { method: 'GET', path: '/v3/contacts', kind: '500', times: 4 });
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'contacts/{id}'))).toHaveLength(1);
  });

  it('a Stripe that never answers is left out in the end, named everywhere, and an officer is asked', async () => {
    const { uid } = await somebody();
    await faults('stripe', { method: 'GET', path: '/v1/invoices', kind: '500', times: 1000 });
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    await faults('stripe');
    const manifest = json(entries, 'manifest.json') as Manifest;
    const invoices = Object.entries(policy.records).flatMap(([id, { path, system }]) =>
      system === 'stripe' && path.startsWith('invoices/') ? [id] : [],
    );
    expect(invoices).toHaveLength(1);
    const left = manifest.missing.filter(({ why }) => why === 'failed').map(({ source }) => source);
    expect(left).toEqual(expect.arrayContaining(invoices));
    expect(manifest.records.map(({ record }) => record)).not.toEqual(expect.arrayContaining(invoices));
    // Everything else is there.
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'users/{uid}/sessions/{id}'))).toHaveLength(3);
    expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).data()).toMatchObject({
      status: 'waiting',
      waitingFor: 'officer',
      answer: { missing: expect.arrayContaining(invoices) as string[] },
    });
    expect((await jobOf(uid))?.steps['archive']).toMatchObject({
      outcomes: expect.arrayContaining([
        expect.objectContaining({ record: invoices[0], outcome: 'manual' }),
      ]) as unknown,
    });
  });

  it('a Stripe that asks to come back later for ever is waited for, a day at most, and then left out and named', async () => {
    const { uid } = await somebody();
    await faults('stripe', { method: 'GET', path: '/v1/invoices', kind: '429', times: 10_000 });
    await ask(uid, 'portability');
    const id = `export_${requestKeyOf(uid)}`;
    const day = await eventually(
      async () => (await loadJob(store, id))?.steps['archive']?.cursor?.['waitsUntil'],
      (waitsUntil) => typeof waitsUntil === 'number',
    );
    expect(Number(day) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect(await statusOf(uid)).toBe('in_progress');
    // A day later. An attempt that runs meanwhile writes down its own knowledge: said again until
    // it is heard.
    await eventually(
      async () => {
        await changeJob(store, id, (job) => withWaitUntil(job, Date.now()));
        return statusOf(uid);
      },
      (status) => status === 'waiting',
    );
    await faults('stripe');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(manifest.missing).toEqual(expect.arrayContaining([expect.objectContaining({ why: 'failed' })]));
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
  });

  it('taken back while a source fails: nothing is published, nothing is left', async () => {
    const { uid } = await somebody();
    await faults('stripe', { method: 'GET', path: '/v1/invoices', kind: '500', times: 1000 });
    await ask(uid, 'portability');
    await eventually(
      () => jobOf(uid),
      (job) => (job?.steps['archive']?.attempts ?? 0) > 0,
    );
    await request(uid).update({ cancelled: true });
    await eventually(
      () => statusOf(uid),
      (status) => status === 'cancelled',
    );
    await faults('stripe');
    const discard = own.doc(`jobs/discard_${requestKeyOf(uid)}`);
    await eventually(
      async () => (await discard.get()).get('status') as unknown,
      (status) => status === 'completed',
    );
    expect((await jobOf(uid))?.status).toBe('cancelled');
    expect(await everythingOf(uid)).toEqual([]);
  });
});
