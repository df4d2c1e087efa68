import { gunzipSync, gzipSync } from 'node:zlib';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import { LINK_MS, LINKS_PER_HOUR, type Link } from '../../../functions/src/export/link.ts';
import { call, idToken } from '../rights/callable.ts';
import { messagesTo } from '../../kit/providers.ts';
import { bucket, somebody, ask, statusOf, opened, json, rows, agree, expectReceipt, recordAt } from './exported.ts';
import { auth, db, freshUid, keys, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';
import { state } from '../../kit/sealed/statements.ts';

describe.concurrent('the person who is to have the archive', () => {
  it('is told in their language, gets a link for minutes that downloads it, and reads in the ledger that it was given', async () => {
    const { uid, email } = await somebody();
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
    const other = await somebody();
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
    const { uid } = await somebody();
    const authorization = `Bearer ${await idToken(uid)}`;
    const link = () => call('exportLink', { requestId: 'r1' }, undefined, { authorization });
    for (let n = 0; n < LINKS_PER_HOUR; n++) expect(await link()).toMatchObject({ error: { status: 'NOT_FOUND' } });
    expect(await link()).toMatchObject({ error: { status: 'RESOURCE_EXHAUSTED' } });
  });
});

describe.concurrent('Art. 15: an access request becomes an archive', () => {
  it('with the ledger and everything that the article asks for; it waits for the recipients that an officer must ask', async () => {
    const { uid } = await somebody();
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
    expect((await own.doc(`requests/${requestKeyOf(uid)}`).get()).data()).toMatchObject({
      status: 'waiting',
      waitingFor: 'officer',
    });
  });

  it('of a child and of their parent has the data of a guardianship that concern each, and nothing of the other one (Art. 15(4))', async () => {
    const [child, parent] = [freshUid(), freshUid()];
    const evidence = `papers of ${parent}`;
    const id = `${child}_${parent}`;
    for (const uid of [child, parent]) await auth.createUser({ uid });
    const from = Timestamp.fromMillis(Date.parse('2026-01-02T00:00:00Z'));
    const guardianship = { child, holder: parent, evidence, from, decides: 'both' };
    await state({ own, keys }, `guardianships/${id}`, guardianship);
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

  it('has a file as it is stored, with a label that says gzip and plain text in it, and no key to any file', async () => {
    const { uid } = await somebody();
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
});
