import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import { requestsOf } from '../../../functions/src/requests/store.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { everythingOf, rows, somebody } from '../export/exported.ts';
import { chainOf, compliance, eventually, own } from '../../kit/suite.ts';

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
