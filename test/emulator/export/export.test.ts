import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import { verifyExport } from '../../../functions/src/export/verify/archive.ts';
import { RECEIPT_JSON } from '../../../functions/src/export/receipt.ts';
import { program } from '../../unit/export/helpers.ts';
import { faults } from '../../kit/providers.ts';
import {
  somebody,
  request,
  ask,
  statusOf,
  objectsOf,
  opened,
  json,
  rows,
  agree,
  expectReceipt,
  recordAt,
} from './exported.ts';
import { calm, chaos, db, eventually, freshUid, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';

describe.concurrent('Art. 20: a portability request becomes an archive', () => {
  it('with everything of the person from every system, listed, hashed, and of nobody else', async () => {
    const { uid, email } = await somebody();
    const other = await somebody();
    // Claims: a person cannot decide which customer and which contact is theirs.
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
      // In the profile, and on the page that shows it, the claims stand as claims.
      const claims = /^(data\/users\.(json|csv)|report\.html)$/.test(entry);
      for (const claim of [other.email, other.customer])
        expect([entry, content.includes(claim)]).toEqual([entry, claims]);
    }
    expect(manifest.missing.map((m) => m.why)).toContain('manual');

    expect(metadata).toMatchObject({ sha256: sha256Hex(zip), product: 'portability' });
    const record = (await own.doc(`requests/${requestKeyOf(uid)}`).get()).data();
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
    const { uid } = await somebody();
    await db.doc(`users/${uid}`).update({ locale: 'fr' });
    await agree(uid);
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    expect((json(entries, 'manifest.json') as Manifest).files.map(({ name }) => name)).toContain(RECEIPT_JSON);
    expectReceipt(entries, 'fr');
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

/** Chaos and faults are for everybody: nobody is beside these. */
describe('Art. 20, on a bad day', () => {
  afterEach(async () => {
    await chaos(calm);
    await faults('stripe');
  });

  it('an archive is made once, however often the event is delivered', async () => {
    const { uid } = await somebody();
    await chaos({ duplicate: 1, delayMs: 200, hold: false });
    await ask(uid, 'portability');
    await opened(uid);
    const entries = await own.collection(`ledger/${pseudonym(uid)}/entries`).get();
    expect(entries.docs.map((d) => d.get('state') as string)).toEqual(['portability.requested']);
  });

  it('a Stripe that fails at first is asked again, and the archive is whole', async () => {
    const { uid } = await somebody();
    await faults('stripe', { method: 'GET', path: '/v1/invoices', kind: '500', times: 4 });
    await ask(uid, 'portability');
    const { entries } = await opened(uid);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(rows(entries, recordAt(manifest, 'customers/{id}'))).toHaveLength(1);
    expect(rows(entries, recordAt(manifest, 'contacts/{id}'))).toHaveLength(1);
  });
});
