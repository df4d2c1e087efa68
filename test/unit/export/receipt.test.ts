import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { createArchive } from '../../../functions/src/export/archive.ts';
import { nameOf } from '../../../functions/src/export/addendum.ts';
import type { Manifest } from '../../../functions/src/export/manifest.ts';
import { CONSENT_RECEIPT, RECEIPT_JSON, RECEIPT_PAGE } from '../../../functions/src/export/receipt.ts';
import { SeenEntries } from '../../../functions/src/export/seen.ts';
import { verifyExport } from '../../../functions/src/export/verifyArchive.ts';
import { entryToDocument } from '../../../functions/src/ledger/store.ts';
import type { Row } from '../../../functions/src/systems/system.ts';
import { answer, at, CHAIN, chainOf } from '../proof/helpers.ts';
import { testContext } from '../requests/helpers.ts';
import { unzip } from './helpers.ts';
import { exported, list, policy, rows } from './sample.ts';

const made = { json: '{"receipt":true}\n', html: '<!doctype html><p>yes</p>' };
const receipt = () => Promise.resolve(made);
const gone = () => Promise.reject(new Error('the ledger is gone'));

describe('the consent receipt in an export', () => {
  it.each(['access', 'portability'] as const)(
    'of an %s: two files, signed like all others, linked and named, in the person’s language',
    async (product) => {
      const asked: string[] = [];
      const { zip, manifest } = await exported(rows, {
        ...{ product, language: 'fr' },
        receipt: async (language) => (asked.push(language), made),
      });
      expect(asked).toEqual(['fr']);
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

describe('the ledger’s entries that an access reads anyway', () => {
  const { entries } = chainOf([
    answer('given', at('2026-01-01T10:00:00Z')),
    answer('withdrawn', at('2026-02-01T10:00:00Z')),
  ]);
  const row = (index: number): Row => {
    const entry = entries[index];
    if (entry === undefined) throw new Error('no entry');
    return { path: `ledger/${CHAIN}/entries/${entry.id}`, data: entryToDocument(entry) };
  };
  const watched = async (all: AsyncIterable<Row>, isWhole = true, most = Infinity) => {
    const seen = new SeenEntries(testContext(0), CHAIN);
    let n = 0;
    for await (const { path } of seen.watch(all, isWhole)) if (path !== '' && ++n >= most) break;
    return seen.all();
  };
  const others: Row[] = [
    { path: `ledger/${CHAIN}`, data: { seq: 2, changedAt: Timestamp.now() } },
    { path: `ledger/${CHAIN}~2/entries/x`, data: {} },
    { path: `users/u/ledger/${CHAIN}`, data: {} },
  ];

  it('are those of the chain, as they were', async () => {
    expect(await watched(list([...others, row(1), row(0)]))).toEqual([entries[1], entries[0]]);
  });

  it('count only where all of them were read', async () => {
    expect(await watched(list(others))).toBeUndefined();
    expect(await watched(list([row(0), row(1)]), false)).toBeUndefined();
    expect(await watched(list([row(0), row(1)]), true, 1)).toBeUndefined();
    const broken = async function* () {
      yield row(0);
      throw new Error('reset');
    };
    const seen = new SeenEntries(testContext(0), CHAIN);
    await expect(
      (async () => {
        for await (const { path } of seen.watch(broken(), true)) expect(path).not.toBe('');
      })(),
    ).rejects.toThrow('reset');
    expect(seen.all()).toBeUndefined();
  });
});
