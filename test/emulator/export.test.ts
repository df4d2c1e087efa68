import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../functions/src/evidence/hash.ts';
import type { Manifest } from '../../functions/src/export/manifest.ts';
import type { ExportRow } from '../../functions/src/export/rows.ts';
import { LINK_MS, LINKS_PER_HOUR, type Link } from '../../functions/src/export/link.ts';
import { verifyExport } from '../../functions/src/export/verifyArchive.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { newKeyPair } from '../../functions/src/evidence/sign.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../../functions/src/export/receipt.ts';
import { exportRunner } from '../../functions/src/export/steps.ts';
import type { Receipt } from '../../functions/src/proof/receipt.ts';
import type { Job } from '../../functions/src/jobs/types.ts';
import { publishedObjects } from '../../functions/src/requests/answered.ts';
import { keptPrefix } from '../../functions/src/systems/kept.ts';
import type { Cursor } from '../../functions/src/systems/system.ts';
import { requestHash } from '../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { HOST, otherController } from '../unit/export/otherController.ts';
import { testContext } from '../conformance/harness.ts';
import { program, unzip } from '../unit/export/helpers.ts';
import { call, idToken } from './callable.ts';
import {
  auth,
  calm,
  chainWith,
  chaos,
  compliance,
  db,
  eventually,
  freshUid,
  own,
  pseudonym,
  standins,
} from './support.ts';

const bucket = getStorage().bucket(
  process.env['EXPORT_BUCKET'] ?? `${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`,
);

async function post(url: string, body: object | string): Promise<{ id: string }> {
  const isForm = typeof body === 'string';
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sk_test_local',
      'api-key': 'xkeysib-local',
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: isForm ? body : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** How a provider fails from now on. */
async function faults(
  url: string,
  list: { method: string; path: string; kind: string; times: number }[],
): Promise<void> {
  await fetch(`${url}/_control/faults`, {
    method: 'PUT',
    body: JSON.stringify(list),
    headers: { 'content-type': 'application/json' },
  });
}

/** A person with something in every system. */
async function person(): Promise<{ uid: string; email: string; customer: string }> {
  const uid = freshUid();
  const email = `p${freshUid()}@example.com`;
  await auth.createUser({ uid, email, emailVerified: true });
  const at = Timestamp.fromMillis(Date.parse('2026-01-02T03:04:05.678Z'));
  const user = db.doc(`users/${uid}`);
  const rows = db.batch();
  rows.set(user, { email, firstName: '=1+1', place: new GeoPoint(48.85, 2.35), friend: user, createdAt: at });
  for (let n = 0; n < 3; n++) rows.set(user.collection('sessions').doc(`s${n}`), { createdAt: at, n });
  rows.set(user.collection('installations').doc('i1'), { createdAt: at, platform: 'ios' });
  await rows.commit();
  await bucket.file(`users/${uid}/photos/../\u202egnp.exe`).save('a file');
  const customer = await post(
    `${standins.stripe}/v1/customers`,
    `email=${encodeURIComponent(email)}&metadata[uid]=${uid}`,
  );
  await db.doc(`customers/${uid}`).set({ stripeId: customer.id });
  const invoice = await post(`${standins.stripe}/v1/invoices`, `customer=${customer.id}`);
  await post(`${standins.stripe}/v1/invoices/${invoice.id}/finalize`, '');
  await post(`${standins.brevo}/v3/contacts`, { email, ext_id: uid, attributes: { FIRSTNAME: 'Ada' } });
  return { uid, email, customer: customer.id };
}

const request = (uid: string, id = 'r1') => db.doc(`users/${uid}/privacyRequests/${id}`);
const ask = (uid: string, type: string, id = 'r1') =>
  request(uid, id).create({ type, createdAt: FieldValue.serverTimestamp() });
const statusOf = async (uid: string): Promise<string> => String((await request(uid).get()).get('status'));
const everythingOf = async (uid: string) => (await bucket.getFiles({ prefix: `exports/${uid}/` }))[0];
/** Without what was read of Brevo and is kept for other exports of the day. */
const objectsOf = async (uid: string) =>
  (await everythingOf(uid)).filter(({ name }) => !name.startsWith(keptPrefix(uid)));
const jobOf = async (uid: string) =>
  (await own.doc(`jobs/export_${pseudonym(uid)}_${requestHash('r1')}`).get()).data() as
    | { status: string; steps: Record<string, { state: string; attempts: number; error?: { code: string } }> }
    | undefined;

/** Waits for the job's end, and opens the one object that is there. */
async function opened(
  uid: string,
  withinMs = 240_000,
): Promise<{ entries: Map<string, Buffer>; zip: Buffer; name: string; metadata: Record<string, unknown> }> {
  await eventually(
    () => jobOf(uid),
    (job) => job?.status === 'completed',
    withinMs,
  );
  const objects = await objectsOf(uid);
  expect(objects).toHaveLength(1);
  const [object] = objects;
  if (!object) throw new Error('no export');
  const [zip] = await object.download();
  return { zip, entries: await unzip(zip), name: object.name, metadata: { ...object.metadata.metadata } };
}

const json = (entries: Map<string, Buffer>, name: string): unknown => JSON.parse(String(entries.get(name)));
const rows = (entries: Map<string, Buffer>, record: string) => json(entries, `data/${record}.json`) as ExportRow[];

/** The person says yes to something that reaches no other company, and the ledger has it. */
async function agree(uid: string): Promise<void> {
  const answer = {
    granted: true,
    policyVersion: policy.version,
    source: 'app',
    updatedAt: FieldValue.serverTimestamp(),
  };
  await db.doc(`users/${uid}/consents/analytics`).set(answer);
  await chainWith(pseudonym(uid), 1);
}

function expectReceipt(entries: Map<string, Buffer>, language: 'en' | 'fr'): void {
  const receipt = json(entries, RECEIPT_JSON) as Receipt;
  expect(receipt).toMatchObject({ language, integrity: { verified: true, chains: [{ seq: 2 }] } });
  expect(receipt.consent_records.map(({ current_state, agreed }) => [current_state, agreed])).toEqual([
    ['given', true],
  ]);
  expect(String(entries.get(RECEIPT_PAGE))).toContain(`<html lang="${language}">`);
}

/** Record ids of the policy by their path. */
function recordAt(manifest: Manifest, path: string): string {
  const found = manifest.records.find((r) => r.path === path);
  if (!found) throw new Error(`the manifest has no ${path}`);
  return found.record;
}

afterEach(async () => {
  await chaos(calm);
  await faults(standins.stripe, []);
  await faults(standins.brevo, []);
});

describe('Art. 20: a portability request becomes an archive', () => {
  it('with everything of the person from every system, listed, hashed, and of nobody else', async () => {
    const { uid, email } = await person();
    const other = await person();
    // Claims: whose customer and whose contact somebody is, is not for them to say.
    await db.doc(`users/${uid}`).update({ stripeCustomerId: other.customer, email: other.email });
    await ask(uid, 'portability');
    const { zip, entries, name, metadata } = await opened(uid);
    expect(name).toMatch(new RegExp(`^exports/${uid}/r1/[0-9a-f-]{36}\\.zip$`));

    const manifest = json(entries, 'manifest.json') as Manifest;
    for (const file of manifest.files)
      expect([file.name, sha256Hex(entries.get(file.name) ?? '')]).toEqual([file.name, file.sha256]);
    expect(entries.size).toBe(manifest.files.length + 1);

    expect(rows(entries, recordAt(manifest, 'users/{uid}/sessions/{id}')).map((r) => r.path)).toEqual(
      [0, 1, 2].map((n) => `users/${uid}/sessions/s${n}`),
    );
    const profiles = manifest.records.filter((r) => r.path === 'users/{uid}').map((r) => rows(entries, r.record)[0]);
    const profile = profiles.find((row) => row?.data['firstName'] === '=1+1');
    expect(profile).toMatchObject({
      data: {
        createdAt: '2026-01-02T03:04:05.678Z',
        place: { latitude: 48.85, longitude: 2.35 },
        friend: `users/${uid}`,
      },
      types: { '/createdAt': 'timestamp', '/place': 'geopoint', '/friend': 'reference' },
    });
    expect(profiles.some((row) => row?.data['uid'] === uid && row.data['email'] === email)).toBe(true);
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'contacts/{id}'))[0]?.data['email']).toBe(email);
    const [invoice] = rows(entries, recordAt(manifest, 'invoices/{id}'));
    expect(invoice?.file).toBe(`files/${invoice?.path ?? ''}.pdf`);
    expect(String(entries.get(invoice?.file ?? '')).slice(0, 5)).toBe('%PDF-');
    const [file] = rows(entries, recordAt(manifest, 'users/{uid}/**'));
    expect(file?.file).toBe('files/photos/__/_gnp.exe');
    expect(String(entries.get(file?.file ?? ''))).toBe('a file');
    for (const [entry, content] of entries) {
      expect([entry, content.includes(other.uid)]).toEqual([entry, false]);
      // In the profile, and on the page that shows it, the claims stand as what they are.
      const claims = /^(data\/users\.(json|csv)|report\.html)$/.test(entry);
      for (const claim of [other.email, other.customer])
        expect([entry, content.includes(claim)]).toEqual([entry, claims]);
    }
    expect(manifest.missing.map((m) => m.why)).toContain('manual');

    expect(metadata).toMatchObject({ sha256: sha256Hex(zip), product: 'portability' });
    const record = (await own.doc(`requests/${pseudonym(uid)}_r1`).get()).data();
    expect(record).toMatchObject({
      status: 'completed',
      answer: { parts: [{ sha256: sha256Hex(zip), bytes: zip.length }] },
    });
    await eventually(
      () => statusOf(uid),
      (status) => status === 'completed',
    );

    const folder = await mkdtemp(join(tmpdir(), 'export-'));
    try {
      await writeFile(join(folder, 'x.zip'), zip);
      const checked = await verifyExport(join(folder, 'x.zip'));
      expect(checked).toMatchObject({ ok: true, faults: [], manifest: { request: 'r1' } });
      const tested = await program('unzip', ['-t', join(folder, 'x.zip')]);
      if (tested !== null) expect(tested).toContain('No errors');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('with the person’s own consent receipt', async () => {
    const { uid } = await person();
    await db.doc(`users/${uid}`).update({ locale: 'fr' });
    await agree(uid);
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    expect((json(entries, 'manifest.json') as Manifest).files.map(({ name }) => name)).toContain(RECEIPT_JSON);
    expectReceipt(entries, 'fr');
  });

  it('once, however often the event is delivered', async () => {
    const { uid } = await person();
    await chaos({ duplicate: 1, delayMs: 200, hold: false });
    await ask(uid, 'portability');
    await opened(uid);
    const entries = await own.collection(`ledger/${pseudonym(uid)}/entries`).get();
    expect(entries.docs.map((d) => d.get('state') as string)).toEqual(['portability.requested']);
  });

  it.each([
    ['Stripe', () => standins.stripe, '/v1/invoices'],
    ['Brevo', () => standins.brevo, '/v3/contacts'],
  ])('a %s that fails at first is asked again, and the archive is whole', async (_name, url, path) => {
    const { uid } = await person();
    await faults(url(), [{ method: 'GET', path, kind: '500', times: 4 }]);
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'contacts/{id}'))).toHaveLength(1);
  });

  it('a Stripe that never answers is left out in the end, named everywhere, and an officer is asked', async () => {
    const { uid } = await person();
    await faults(standins.stripe, [{ method: 'GET', path: '/v1/invoices', kind: '500', times: 1000 }]);
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    await faults(standins.stripe, []);
    const manifest = json(entries, 'manifest.json') as Manifest;
    const invoices = Object.entries(policy.records).flatMap(([id, { path, system }]) =>
      system === 'stripe' && path.startsWith('invoices/') ? [id] : [],
    );
    expect(invoices).toHaveLength(1);
    const left = manifest.missing.filter(({ why }) => why === 'failed').map(({ source }) => source);
    expect(left).toEqual(expect.arrayContaining(invoices));
    expect(manifest.records.map(({ record }) => record)).not.toEqual(expect.arrayContaining(invoices));
    // Whatever else there is, is there.
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'users/{uid}/sessions/{id}'))).toHaveLength(3);
    expect((await own.doc(`requests/${pseudonym(uid)}_r1`).get()).data()).toMatchObject({
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
    const { uid } = await person();
    await faults(standins.stripe, [{ method: 'GET', path: '/v1/invoices', kind: '429', times: 10_000 }]);
    await ask(uid, 'portability');
    const job = own.doc(`jobs/export_${pseudonym(uid)}_${requestHash('r1')}`);
    const until = 'steps.archive.cursor.patientUntil';
    const day = await eventually(
      async () => (await job.get()).get(until) as unknown,
      (patientUntil) => typeof patientUntil === 'number',
    );
    expect(Number(day) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect(await statusOf(uid)).toBe('in_progress');
    // A day later. An attempt that runs meanwhile writes down what it knew: said again until it is heard.
    await eventually(
      async () => {
        await job.update({ [until]: Date.now() });
        return statusOf(uid);
      },
      (status) => status === 'waiting',
    );
    await faults(standins.stripe, []);
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(manifest.missing).toEqual(expect.arrayContaining([expect.objectContaining({ why: 'failed' })]));
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
  });

  it('taken back while a source fails: nothing is published, nothing is left', async () => {
    const { uid } = await person();
    await faults(standins.stripe, [{ method: 'GET', path: '/v1/invoices', kind: '500', times: 1000 }]);
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
    await faults(standins.stripe, []);
    const discard = own.doc(`jobs/discard_${pseudonym(uid)}_${requestHash('r1')}`);
    await eventually(
      async () => (await discard.get()).get('status') as unknown,
      (status) => status === 'completed',
    );
    expect((await jobOf(uid))?.status).toBe('cancelled');
    expect(await everythingOf(uid)).toEqual([]);
  });

  it('of somebody without an account is closed with the reason', async () => {
    const uid = freshUid();
    await ask(uid, 'portability');
    await eventually(
      () => statusOf(uid),
      (status) => status === 'cancelled',
    );
    expect((await request(uid).get()).get('reason')).toBe('accountDeleted');
    expect(await objectsOf(uid)).toEqual([]);
  });
});

describe('Art. 20(2): an archive is sent to another controller', () => {
  it('that the policy names, over HTTPS, as it lies in the bucket; then the person is told and the request is completed', async () => {
    const { uid, email } = await person();
    const other = await otherController((_, response) => void response.writeHead(201).end());
    try {
      const keys = { current: 1, keys: { 1: newKeyPair().privateKey } };
      const base = testContext(standins);
      const source = { kind: 'ownChoice', reference: { en: 'a test', fr: 'un test' } } as const;
      const rights = { ...base.policy.rights, transmission: { hosts: [HOST], source } };
      const context = {
        ...base,
        evidenceKeys: () => keys,
        policy: { ...base.policy, rights },
        config: { ...base.config, brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' } },
      };
      const ref = { key: `${pseudonymOf(uid, context.keys)}_r1`, uid, requestId: 'r1' };
      const details = { transmitTo: `https://${HOST}/inbox?key=s3cret` };
      const time = { receivedAt: Timestamp.now(), dueAt: Timestamp.now() };
      // The functions of the suite have the policy as it is, which names nobody: they hear nothing of this request.
      await chaos({ ...calm, drop: 1 });
      await request(uid).set({ type: 'portability', createdAt: Timestamp.now(), details });
      await own.doc(`requests/${ref.key}`).set({
        pseudonym: pseudonymOf(uid, context.keys),
        requestId: 'r1',
        type: 'portability',
        status: 'in_progress',
        transmission: { state: 'pending', host: HOST },
        ...time,
      });
      const run = exportRunner(context, { sender: () => Promise.resolve(other.sender()) });
      const input = { uid, requestId: 'r1', request: ref.key, product: 'portability', transmission: true };
      for (const step of ['archive', 'transmit', 'told', 'clean']) {
        let cursor: Cursor | undefined;
        for (;;) {
          const begun = { state: 'running', after: [], attempts: 1, outcomes: [], ...(cursor ? { cursor } : {}) };
          const steps = { archive: begun, transmit: begun };
          const job = { id: `sent_${uid}`, kind: 'export', createdAt: Date.now(), input, steps } as unknown as Job;
          const pseudonymous = { ...job, pseudonym: pseudonymOf(uid, context.keys) };
          const came = await run(step, pseudonymous, { deadline: Date.now() + 60_000, ...(cursor ? { cursor } : {}) });
          if (!('more' in came)) break;
          cursor = came.more;
        }
      }

      const [object] = await objectsOf(uid);
      const [zip] = (await object?.download()) ?? [];
      expect(other.received).toHaveLength(1);
      expect(other.received[0]).toMatchObject({ method: 'PUT', url: '/inbox?key=s3cret' });
      expect(zip !== undefined && other.received[0]?.body.equals(zip)).toBe(true);
      expect((await request(uid).get()).data()).toMatchObject({
        status: 'completed',
        transmission: { state: 'sent', host: HOST },
      });
      const [told, ...others] = await messagesTo(email);
      expect(others).toEqual([]);
      expect(told?.textContent).toContain(`Nous avons envoyé vos données à ${HOST}`);
    } finally {
      await other.close();
    }
  });

  it('that the policy does not name: the person gets their archive, and reads why it went nowhere else', async () => {
    const { uid } = await person();
    const details = { transmitTo: 'https://import.example.org/inbox' };
    await request(uid).create({ type: 'portability', createdAt: FieldValue.serverTimestamp(), details });
    await opened(uid);
    await eventually(
      () => statusOf(uid),
      (status) => status === 'completed',
    );
    expect((await request(uid).get()).get('transmission')).toEqual({ state: 'refused', reason: 'hostNotAllowed' });
  });
});

describe('an export that is larger than one task can carry', () => {
  it('is published when its last part is there: each part opens by itself, together they have every row, each has its link', async () => {
    const { uid } = await person();
    const keys = { current: 1, keys: { 1: newKeyPair().privateKey } };
    const context = { ...testContext(standins), evidenceKeys: () => keys };
    const chain = pseudonym(uid);
    const ref = { key: `${chain}_r1`, uid, requestId: 'r1' };
    const time = { receivedAt: Timestamp.now(), dueAt: Timestamp.now() };
    const request = { pseudonym: chain, requestId: 'r1', type: 'portability', status: 'in_progress', ...time };
    await own.doc(`requests/${ref.key}`).set(request);
    const input = { uid, requestId: 'r1', request: ref.key, product: 'portability' };
    // Each part is full when it has a row.
    const limits = { ms: -1, bytes: 0 };
    const run = exportRunner(context, { limits });
    let cursor: Cursor | undefined;
    for (let tasks = 0; tasks < 30; tasks++) {
      expect(await publishedObjects(context, ref)).toBeNull();
      const archive = { state: 'running', after: [], attempts: 1, outcomes: [], ...(cursor ? { cursor } : {}) };
      const job = { id: 'parts', kind: 'export', pseudonym: chain, input, steps: { archive } } as unknown as Job;
      const came = await run('archive', job, { deadline: Date.now() + 60_000, ...(cursor ? { cursor } : {}) });
      if (!('more' in came)) break;
      cursor = JSON.parse(JSON.stringify(came.more)) as Cursor;
      // An attempt that died has left something.
      if (tasks === 1) await bucket.file(`exports/${uid}/r1/left.zip`).save('half');
    }
    await run('clean', { id: 'parts', kind: 'export', pseudonym: chain, input, steps: {} } as unknown as Job, {
      deadline: Date.now() + 60_000,
    });
    const published = (await publishedObjects(context, ref)) ?? [];
    expect(published.length).toBeGreaterThan(5);
    expect((await objectsOf(uid)).map(({ name }) => name).sort()).toEqual(
      published.map((object) => `exports/${uid}/r1/${object}`).sort(),
    );
    const paths: string[] = [];
    let previous: string | undefined;
    for (const [index] of published.entries()) {
      const answer = await call<Link>('exportLink', { requestId: 'r1', part: index + 1 }, uid);
      if (!('result' in answer)) throw new Error(JSON.stringify(answer));
      expect(answer.result).toMatchObject({ part: index + 1, parts: published.length });
      const zip = Buffer.from(await (await fetch(answer.result.url)).arrayBuffer());
      expect(answer.result).toMatchObject({ bytes: zip.length, sha256: sha256Hex(zip) });
      const entries = await unzip(zip);
      const manifest = json(entries, 'manifest.json') as Manifest;
      expect(manifest.part).toEqual({
        number: index + 1,
        last: index + 1 === published.length,
        ...(previous === undefined ? {} : { previous }),
      });
      previous = sha256Hex(zip);
      expect([index, entries.has(RECEIPT_JSON)]).toEqual([index, index === 0]);
      for (const { record } of manifest.records)
        paths.push(...rows(entries, record).map(({ path }) => `${record} ${path}`));
      if (index === 8)
        await own
          .collection('rateLimits')
          .get()
          .then((all) => Promise.all(all.docs.map((one) => one.ref.delete())));
    }
    expect(await call('exportLink', { requestId: 'r1', part: published.length + 1 }, uid)).toHaveProperty('error');
    expect(new Set(paths).size).toBe(paths.length);
    for (const n of [0, 1, 2]) expect(paths).toContainEqual(expect.stringContaining(` users/${uid}/sessions/s${n}`));
    expect(paths.some((path) => path.includes(` users/${uid}/photos/`))).toBe(true);
  });
});

/** The messages that went out to an address. */
async function messagesTo(email: string): Promise<{ subject: string; textContent: string }[]> {
  const all = (await (await fetch(`${standins.brevo}/_control/requests`)).json()) as {
    path: string;
    body: { to?: { email: string }[]; subject: string; textContent: string };
  }[];
  return all
    .filter(({ path, body }) => path.endsWith('/smtp/email') && body.to?.some((to) => to.email === email) === true)
    .map(({ body }) => body);
}

describe('who is to have the archive', () => {
  it('is told in their language, gets a link for minutes that downloads it, and reads in the ledger that it was given', async () => {
    const { uid, email } = await person();
    await db.doc(`users/${uid}`).update({ locale: 'fr' });
    expect(await call('exportLink', { requestId: 'r1' }, uid)).toMatchObject({
      error: { status: 'NOT_FOUND', details: { reason: 'notFound' } },
    });
    await ask(uid, 'portability');
    const { zip, name } = await opened(uid);
    const told = await messagesTo(email);
    expect(told.map(({ subject }) => subject)).toEqual([expect.stringContaining('vos données sont prêtes') as string]);
    expect(told[0]?.textContent).not.toContain('http');

    const before = Date.now();
    const answer = await call<Link>('exportLink', { requestId: 'r1' }, uid);
    if (!('result' in answer)) throw new Error(JSON.stringify(answer));
    const { url, expiresAt, ...said } = answer.result;
    expect(said).toEqual({ bytes: zip.length, sha256: sha256Hex(zip), part: 1, parts: 1 });
    expect(expiresAt).toBeGreaterThanOrEqual(before + LINK_MS);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + LINK_MS);
    const signed = new URL(url);
    expect(signed.pathname.endsWith(`/${name}`)).toBe(true);
    expect(signed.searchParams.get('X-Goog-Algorithm')).toBe('GOOG4-RSA-SHA256');
    const seconds = Number(signed.searchParams.get('X-Goog-Expires'));
    expect([seconds > LINK_MS / 1000 - 60, seconds <= LINK_MS / 1000]).toEqual([true, true]);
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(zip)).toBe(true);
    const entries = await own
      .collection(`ledger/${pseudonym(uid)}/entries`)
      .orderBy('seq')
      .get();
    expect(entries.docs.map((entry) => [entry.get('kind') as string, entry.get('state') as string])).toEqual([
      ['request', 'portability.requested'],
      ['access', 'portability.linkIssued'],
    ]);

    // Nobody else, and nobody after the archive's time.
    const other = await person();
    for (const requestId of ['r1', `../${uid}/r1`, 'r2'])
      expect(await call('exportLink', { requestId, language: 'en' }, other.uid)).toHaveProperty('error');
    expect(await call('exportLink', { requestId: 'r1' })).toMatchObject({ error: { status: 'UNAUTHENTICATED' } });
    expect(await call('exportLink', { requestId: 'r1', uid }, other.uid)).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', details: { reason: 'invalid', issues: [{ field: '(form)' }] } },
    });
    await bucket.file(name).delete();
    const gone = await call('exportLink', { requestId: 'r1', language: 'fr' }, uid);
    expect(gone).toMatchObject({
      error: { status: 'NOT_FOUND', message: expect.stringContaining('son délai est passé') as string },
    });
    expect((await own.collection(`ledger/${pseudonym(uid)}/entries`).get()).size).toBe(2);
  });

  it('asks so many times an hour', async () => {
    const { uid } = await person();
    const authorization = `Bearer ${await idToken(uid)}`;
    const link = () => call('exportLink', { requestId: 'r1' }, undefined, { authorization });
    for (let n = 0; n < LINKS_PER_HOUR; n++) expect(await link()).toMatchObject({ error: { status: 'NOT_FOUND' } });
    expect(await link()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } });
  });
});

describe('Art. 15: an access request becomes an archive', () => {
  it('with the ledger and what the article wants said; it waits for the recipients that an officer must ask', async () => {
    const { uid } = await person();
    await db.doc(`users/${uid}`).update({ locale: 'en-GB' });
    await agree(uid);
    await ask(uid, 'access');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    const ledger = rows(entries, recordAt(manifest, 'ledger/{pseudonym}/entries/{id}'));
    expect(ledger.map((row) => row.data['state']).sort()).toEqual(['access.requested', 'given']);
    expectReceipt(entries, 'en');
    expect(entries.has('information.json')).toBe(true);
    expect(await statusOf(uid)).toBe('waiting');
    expect((await own.doc(`requests/${pseudonym(uid)}_r1`).get()).data()).toMatchObject({
      status: 'waiting',
      waitingFor: 'officer',
    });
  });

  it('of a child and of their parent has what concerns each of a guardianship, and nothing of the other one (Art. 15(4))', async () => {
    const [child, parent] = [freshUid(), freshUid()];
    const evidence = `papers of ${parent}`;
    const id = `${child}_${parent}`;
    for (const uid of [child, parent]) await auth.createUser({ uid });
    const from = Timestamp.fromMillis(Date.parse('2026-01-02T00:00:00Z'));
    await own.doc(`guardianships/${id}`).set({ child, holder: parent, evidence, from, decides: 'both' });
    const path = 'guardianships/{id}';
    const of = async (uid: string, other: string) => {
      await ask(uid, 'access');
      const { entries } = await opened(uid);
      for (const [name, bytes] of entries) expect([name, bytes.includes(other)]).toEqual([name, false]);
      const { records } = json(entries, 'manifest.json') as Manifest;
      return records.filter((one) => one.path === path).map(({ record }) => rows(entries, record));
    };
    const begins = { from: '2026-01-02T00:00:00.000Z', decides: 'both' };
    const types = { '/from': 'timestamp' };
    expect(await of(child, parent)).toEqual([
      [
        {
          path: `guardianships/${child}_somebody else`,
          data: { ...begins, child },
          types,
          withheld: ['/holder', '/evidence'],
        },
      ],
      [],
    ]);
    expect(await of(parent, child)).toEqual([
      [],
      [
        {
          path: `guardianships/somebody else_${parent}`,
          data: { ...begins, holder: parent, evidence },
          types,
          withheld: ['/child'],
        },
      ],
    ]);
  });

  it('has a file as it is stored whose label says gzip and that is plain text, and no key to any file', async () => {
    const { uid } = await person();
    const token = `token-of-${uid}`;
    const metadata = { contentEncoding: 'gzip', metadata: { firebaseStorageDownloadTokens: token, caption: 'mine' } };
    await bucket.file(`users/${uid}/plain.txt`).save('bonjour', { resumable: false, metadata });
    await bucket.file(`users/${uid}/packed.txt`).save(gzipSync('bonsoir'), { resumable: false, metadata });
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(manifest.missing.filter(({ why }) => why === 'failed')).toEqual([]);
    expect(String(entries.get('files/plain.txt'))).toBe('bonjour');
    expect(String(gunzipSync(entries.get('files/packed.txt.gz') ?? Buffer.alloc(0)))).toBe('bonsoir');
    for (const [name, bytes] of entries) expect([name, bytes.includes(token)]).toEqual([name, false]);
    const files = rows(entries, recordAt(manifest, 'users/{uid}/**'));
    const stored = files.find(({ file }) => file === 'files/plain.txt');
    expect(stored?.data).toMatchObject({ contentEncoding: 'gzip', metadata: { caption: 'mine' } });
  });

  it(
    'an officer adds what others gave, or that they have nothing; the last of it completes the request',
    { timeout: 600_000 },
    async () => {
      const { uid, email } = await person();
      await ask(uid, 'access');
      await opened(uid);
      const of = ['--uid', uid, '--request', 'r1'];
      const { out } = await compliance('export', 'missing', ...of);
      // The manifest was read out of the archive in the bucket: no single file is missing.
      expect(out).toMatchObject({ waiting: true, archivesRead: true });
      const open = (out as { open: { source: string; name: string; what: string; files: string[] }[] }).open;
      expect(open.flatMap(({ files }) => files)).toEqual([]);
      expect(open.length).toBeGreaterThan(1);
      for (const { source, name, what } of open)
        expect([source, name !== source, what !== '']).toEqual([source, true, true]);
      const [first, ...others] = open.map(({ source }) => source);
      if (first === undefined) throw new Error('nothing is open');

      const folder = await mkdtemp(join(tmpdir(), 'officer-'));
      try {
        const given = join(folder, '=answer été.txt');
        await writeFile(given, 'what they have');
        const wrong = await compliance('export', 'add', ...of, '--for', 'nobody', '--file', given);
        expect([wrong.code, wrong.out]).toMatchObject([1, { ok: false, because: 'notOpen' }]);
        const add = ['export', 'add', ...of, '--for', first, '--file', given];
        expect((await compliance(...add, '--dry-run')).out).toEqual({ dryRun: true, ok: true, open: others });
        // Its job has not ended.
        const job = own.doc(`jobs/export_${pseudonym(uid)}_${requestHash('r1')}`);
        await job.update({ 'steps.clean.state': 'waiting' });
        const early = await compliance(...add);
        expect([early.code, early.out]).toEqual([1, { ok: false, because: 'working' }]);
        await job.update({ 'steps.clean.state': 'done' });
        // Two officers at once: one of them.
        const both = await Promise.all([compliance(...add), compliance(...add)]);
        expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
        expect((await objectsOf(uid)).length).toBe(2);
        expect(await statusOf(uid)).toBe('waiting');

        const answer = await call<Link>('exportLink', { requestId: 'r1', part: 2 }, uid);
        if (!('result' in answer)) throw new Error(JSON.stringify(answer));
        const zip = Buffer.from(await (await fetch(answer.result.url)).arrayBuffer());
        expect(answer.result).toMatchObject({ part: 2, parts: 2, sha256: sha256Hex(zip) });
        await writeFile(join(folder, 'x.zip'), zip);
        const checked = await verifyExport(join(folder, 'x.zip'));
        expect(checked).toMatchObject({ ok: true, manifest: { product: 'access', part: { number: 2, last: true } } });
        expect(checked.manifest?.missing.map(({ source }) => source)).toEqual(others);
        const entries = await unzip(zip);
        const [row] = rows(entries, first);
        expect(String(entries.get(row?.file ?? ''))).toBe('what they have');

        for (const [index, source] of others.entries()) {
          const { out: came } = await compliance('export', 'add', ...of, '--for', source, '--nothing');
          expect(came).toEqual({ ok: true, completed: index === others.length - 1, open: others.slice(index + 1) });
        }
        await eventually(
          () => statusOf(uid),
          (status) => status === 'completed',
        );
        expect((await own.doc(`requests/${pseudonym(uid)}_r1`).get()).data()).toMatchObject({
          status: 'completed',
          answer: { open: [], seenTo: { [first]: { added: true } } },
        });
        // Told when the archive was there, and again now that all of it is.
        await eventually(
          () => messagesTo(email),
          (told) => told.length === 2,
          240_000,
        );
        // Called again: what it did may not have been the last of it, and is done again.
        const again = await compliance(...add);
        expect([again.code, again.out]).toEqual([0, { ok: true, completed: true, open: [], before: true }]);
        const late = await compliance('export', 'add', ...of, '--for', 'nobody', '--nothing');
        expect([late.code, late.out]).toMatchObject([1, { ok: false, because: 'notWaiting' }]);
        expect((await messagesTo(email)).length).toBe(2);
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});
