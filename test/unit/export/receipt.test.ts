import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArchive } from '../../../functions/src/export/archive/archive.ts';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import { CONSENT_RECEIPT, RECEIPT_JSON, RECEIPT_PAGE } from '../../../functions/src/export/receipt.ts';
import { nameOf } from '../../../functions/src/export/sources.ts';
import { verifyExport } from '../../../functions/src/export/verify/archive.ts';
import { unzip } from './helpers.ts';
import { exported, policy, rows } from './sample.ts';

const made = { json: '{"receipt":true}\n', html: '<!doctype html><p>yes</p>' };
const receipt = () => Promise.resolve(made);
const gone = () => Promise.reject(new Error('the ledger is gone'));

describe('the consent receipt in an export', () => {
  it.each(['access', 'portability'] as const)(
    'of an %s: two files, signed like all others, linked and named',
    async (product) => {
      const { zip, manifest } = await exported(rows, { product, receipt });
      const entries = await unzip(zip);
      expect([String(entries.get(RECEIPT_JSON)), String(entries.get(RECEIPT_PAGE))]).toEqual([made.json, made.html]);
      expect(manifest.files.map(({ name }) => name)).toEqual(expect.arrayContaining([RECEIPT_JSON, RECEIPT_PAGE]));
      const page = String(entries.get('report.html'));
      for (const name of [RECEIPT_JSON, RECEIPT_PAGE]) expect(page).toContain(`href="./${name}"`);
      for (const name of ['README.txt', 'LISEZMOI.txt'])
        for (const file of [RECEIPT_JSON, RECEIPT_PAGE]) expect(String(entries.get(name))).toContain(file);
    },
  );

  it('is one of the files that `export verify` checks', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'receipt-'));
    try {
      const path = join(folder, 'x.zip');
      const { zip } = await exported({}, { receipt });
      await writeFile(path, zip);
      expect(await verifyExport(path)).toMatchObject({ ok: true, faults: [] });
      const { zip: other } = await exported(
        {},
        { receipt: () => Promise.resolve({ ...made, json: '{"receipt":nope}\n' }) },
      );
      const swapped = await withEntryOf(other, zip);
      await writeFile(path, swapped);
      expect((await verifyExport(path)).faults).toEqual([{ problem: 'changed', where: RECEIPT_JSON }]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is not in an archive that is to have none: nothing names it', async () => {
    const { zip, manifest } = await exported(rows);
    const entries = await unzip(zip);
    expect([...entries.keys()].filter((name) => name.startsWith('receipts/'))).toEqual([]);
    expect(manifest.missing.map(({ source }) => source)).toEqual(['desk']);
    for (const name of ['report.html', 'README.txt', 'LISEZMOI.txt'])
      expect(String(entries.get(name))).not.toContain('receipts/');
  });

  it('a ledger that cannot be read fails the attempt; in the last ones the archive comes without, and says so', async () => {
    await expect(exported(rows, { receipt: gone })).rejects.toThrow('the ledger is gone');
    const { zip, manifest, lost } = await exported(rows, { receipt: gone, tolerant: true, language: 'fr' });
    expect(lost).toEqual([CONSENT_RECEIPT]);
    expect(manifest.missing).toContainEqual({ source: CONSENT_RECEIPT, name: 'Reçu de consentement', why: 'failed' });
    const entries = await unzip(zip);
    expect(entries.has(RECEIPT_JSON)).toBe(false);
    expect(String(entries.get('README.txt'))).toContain('Reçu de consentement: could not be read whole');
    expect(String(entries.get('report.html'))).toContain(
      'Reçu de consentement\u00a0: Nous n&#39;avons pas pu lire cela',
    );
    // Parts that come later have no receipt, and name it nevertheless.
    const later = await exported(rows, { part: 2, previous: 'a'.repeat(64), lostBefore: lost });
    expect(later.lost).toEqual([CONSENT_RECEIPT]);
    expect((later.manifest satisfies Manifest).missing.map(({ source }) => source)).toContain(CONSENT_RECEIPT);
  });

  it('has a name for the officer who adds it', () => {
    expect(nameOf(policy, CONSENT_RECEIPT)).toEqual({ en: 'Consent receipt', fr: 'Reçu de consentement' });
  });
});

/** The archive of `zip` with the receipt of another one. */
async function withEntryOf(other: Buffer, zip: Buffer): Promise<Buffer> {
  const [mine, theirs] = [await unzip(zip), await unzip(other)];
  mine.set(RECEIPT_JSON, theirs.get(RECEIPT_JSON) ?? Buffer.alloc(0));
  const archive = createArchive(new Date(0));
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of archive.output) chunks.push(chunk as Buffer);
  })();
  for (const [name, content] of mine) await archive.add(name, String(content));
  archive.finish();
  await read;
  return Buffer.concat(chunks);
}
