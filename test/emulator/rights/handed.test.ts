import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import { requestsOf } from '../../../functions/src/requests/store.ts';
import { runCompliance } from '../../compliance.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { everythingOf, rows, somebody } from '../export/exported.ts';
import { chainOf, compliance, db, eventually, own } from '../../kit/suite.ts';

/** Copies that an officer gives into somebody's hands, by the commands and deployed functions. */

it(
  'somebody who cannot use the app gets the copy of their account from the officer who looked at their papers',
  { timeout: 600_000 },
  async () => {
    const { uid, chain } = await somebody();
    const folder = await mkdtemp(join(tmpdir(), 'handed-'));
    const to = join(folder, 'copy.zip');
    try {
      const today = new Date().toISOString().slice(0, 10);
      const letter = ['--type', 'portability', '--channel', 'visit', '--received', today, '--uid', uid];
      const papers = ['--identity', 'papers'];
      const doubted = await compliance('request', 'enter', ...letter, ...papers);
      const { key } = doubted.out as { key: string };
      const copy = () => compliance('request', 'copy', key, '--to', to);
      expect(await copy()).toMatchObject({ code: 1, out: { ok: false, because: 'doubted' } });
      const proven = await compliance('request', 'enter', ...letter, ...papers, '--proven');
      expect(proven.out).toMatchObject({ key, status: 'in_progress' });
      await eventually(
        async () => (await own.doc(`requests/${key}`).get()).get('status') as string,
        (status) => status === 'completed',
        240_000,
      );
      // The bucket is that of the deployment's files, not the default one of a project.
      const elsewhere = { EXPORT_BUCKET: undefined, APP_BUCKET: undefined, FIREBASE_CONFIG: undefined };
      const { EXPORT_BUCKET = '', GCLOUD_PROJECT = '' } = process.env;
      await writeFile(join(folder, `.env.${GCLOUD_PROJECT}`), `EXPORT_BUCKET=${EXPORT_BUCKET}\n`);
      const early = ['request', 'copy', key, '--to', join(folder, 'early.zip')];
      const settings = { ...process.env, ...elsewhere, COMPLIANCE_SETTINGS: folder };
      expect(await runCompliance(early, settings)).toMatchObject({ code: 0 });
      const copied = await copy();
      expect(copied).toMatchObject({ code: 0, out: { ok: true, names: [to] } });
      const zip = await readFile(to);
      const { files } = copied.out as { files: { sha256: string }[] };
      expect(files).toMatchObject([{ bytes: zip.length, sha256: sha256Hex(zip) }]);
      expect(rows(await unzip(zip), 'users').map(({ path }) => path)).toEqual([`users/${uid}`]);
      expect((await compliance('export', 'verify', to)).code).toBe(0);
      // Noted before it was handed out, in the request and in the person's own ledger.
      const [stored] = (await requestsOf(own, chain).get()).docs;
      expect(stored?.get('answer.copy')).toMatchObject({ files });
      const { entries } = await chainOf(chain);
      expect(entries.map(({ kind, state, actor }) => [kind, state, actor])).toContainEqual([
        ...['access', 'portability.copied', 'officer'],
      ]);
      // Over, it is not copied again.
      const again = await compliance('request', 'copy', key, '--to', to);
      expect([again.code, again.said]).toEqual([2, expect.stringContaining('is there already')]);
      for (const file of await everythingOf(uid)) await file.delete();
      const other = await compliance('request', 'copy', key, '--to', join(folder, 'other.zip'));
      expect(other).toMatchObject({ code: 1, out: { ok: false, because: 'over' } });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

it('a copy for somebody without an account has words of others as the officer who looked decided', async () => {
  const email = `stranger.${randomUUID()}@example.com`;
  const folder = await mkdtemp(join(tmpdir(), 'handed-'));
  const to = join(folder, 'copy.zip');
  try {
    const createdAt = new Date();
    for (const message of ['mine alone', 'what my sister said'])
      await db.collection('contactRequests').add({ email, message, createdAt });
    const today = createdAt.toISOString().slice(0, 10);
    const letter = ['--type', 'access', '--channel', 'visit', '--received', today, '--email', email];
    const { out } = await compliance('request', 'enter', ...letter, '--identity', 'papers', '--proven');
    const { key } = out as { key: string };
    const blind = await compliance('request', 'copy', key, '--to', to);
    expect(blind).toMatchObject({ code: 1, out: { because: 'toLook', rows: { contactRequests: 2 } } });
    expect(await readdir(folder)).toEqual([]);

    const look = (await compliance('request', 'look', key)).out as {
      code: string;
      shown: { number: number; row: { data: { message: string } } }[];
    };
    const sister = look.shown.find(({ row }) => row.data.message === 'what my sister said')?.number ?? 0;
    const answer = ['--look', look.code, '--keep', `${sister}=confidence`];
    expect(await compliance('request', 'copy', key, '--to', to, ...answer)).toMatchObject({ code: 0 });
    expect((await compliance('export', 'verify', to)).code).toBe(0);
    const given = rows(await unzip(await readFile(to)), 'contactRequests');
    expect(given.map(({ data }) => data['message'])).toEqual(['mine alone']);
    const reads = await own.collection('officerReads').where('of', '==', key).get();
    expect(reads.docs.map((one) => one.get('what') as string)).toContain('look');
  } finally {
    await rm(folder, { recursive: true });
  }
});
