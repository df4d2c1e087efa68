import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import type { Link } from '../../../functions/src/export/link.ts';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { RECEIPT_JSON } from '../../../functions/src/export/receipt.ts';
import { exportRunner } from '../../../functions/src/export/steps.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { publishedIn } from '../../../functions/src/requests/answered.ts';
import { loadRequest, refOf } from '../../../functions/src/requests/store.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { HOST, otherController } from '../../unit/export/transmission/otherController.ts';
import { testContext } from '../../conformance/harness.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { call } from '../rights/callable.ts';
import { faults, messagesTo } from '../../kit/providers.ts';
import { bucket, somebody, request, statusOf, objectsOf, opened, json, rows } from './exported.ts';
import { calm, chaos, eventually, keys, own, pseudonym, requestKeyOf, standins } from '../../kit/suite.ts';

afterEach(async () => {
  await chaos(calm);
  await faults('stripe');
  await faults('brevo');
});

describe('Art. 20(2): an archive is sent to another controller', () => {
  it('that the policy names, over HTTPS, as it lies in the bucket; then the person is told and the request is completed', async () => {
    const { uid, email } = await somebody();
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
      const ref = refOf(uid, pseudonymOf(uid, context.keys), 'r1', context.keys);
      const details = { transmitTo: `https://${HOST}/inbox?key=s3cret` };
      const time = { receivedAt: Timestamp.now(), dueAt: Timestamp.now() };
      // The functions of the suite have the policy as it is, which names nobody: they hear nothing
      // of this request.
      await chaos({ ...calm, drop: 1 });
      await request(uid).set({ type: 'portability', createdAt: Timestamp.now(), details });
      const record = {
        pseudonym: pseudonymOf(uid, context.keys),
        type: 'portability',
        status: 'in_progress',
        transmission: { state: 'pending', host: HOST },
        ...time,
      };
      await writeSealed(own.doc(`requests/${ref.key}`), record, context.keys);
      const { run } = exportRunner(context, { sender: () => Promise.resolve(other.sender()) });
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
});

describe.concurrent('Art. 20(2): an archive is to go to another controller', () => {
  it('that the policy does not name: the person gets their archive, and reads why it went nowhere else', async () => {
    const { uid } = await somebody();
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

describe.concurrent('an export that is larger than one task can carry', () => {
  it('is published when its last part is there: each part opens by itself, together they have every row, each has its link', async () => {
    const { uid } = await somebody();
    const signing = { current: 1, keys: { 1: newKeyPair().privateKey } };
    const context = { ...testContext(standins), keys, evidenceKeys: () => signing };
    const chain = pseudonym(uid);
    const ref = { key: requestKeyOf(uid), uid, requestId: 'r1' };
    const time = { receivedAt: Timestamp.now(), dueAt: Timestamp.now() };
    const request = { pseudonym: chain, type: 'portability', status: 'in_progress', ...time };
    await writeSealed(own.doc(`requests/${ref.key}`), request, context.keys);
    const input = { uid, requestId: 'r1', request: ref.key, product: 'portability' };
    // Each part is full when it has a row.
    const limits = { ms: -1, bytes: 0 };
    const { run } = exportRunner(context, { limits });
    let cursor: Cursor | undefined;
    for (let tasks = 0; tasks < 30; tasks++) {
      expect(publishedIn(await loadRequest(context, ref.key))).toEqual([]);
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
    const published = publishedIn(await loadRequest(context, ref.key));
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
