import { describe, expect, it } from 'vitest';
import { newKeyPair, signerFrom } from '../../../../functions/src/crypto/sign.ts';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { createArchive } from '../../../../functions/src/export/archive/archive.ts';
import type { DataPackage } from '../../../../functions/src/export/archive/dataPackage.ts';
import { pretty, signManifest, type Manifest } from '../../../../functions/src/export/archive/manifest.ts';
import { verifyExport, type ExportFault } from '../../../../functions/src/export/verify/archive.ts';
import { unzip } from '../helpers.ts';
import { exported, NOW, pair, rows, signer, type Rows } from '../sample.ts';
import { archivesOnDisk } from './verify.sample.ts';

const save = archivesOnDisk();

type Entries = Map<string, Buffer>;
async function zipped(entries: Entries, twice?: string): Promise<Buffer> {
  const archive = createArchive(new Date(NOW));
  const chunks: Buffer[] = [];
  const read = (async () => {
    for await (const chunk of archive.output) chunks.push(chunk as Buffer);
  })();
  for (const [name, content] of entries) await archive.add(name, String(content));
  if (twice !== undefined) await archive.add(twice, String(entries.get(twice)));
  archive.finish();
  await read;
  return Buffer.concat(chunks);
}

const manifestOf = (entries: Entries): Manifest => JSON.parse(String(entries.get('manifest.json'))) as Manifest;
/** Signs the manifest again, by a key, for the files as they are now. */
function signAgain(entries: Entries, change: (manifest: Manifest) => Manifest = (same) => same, by = signer): void {
  const { keyId, publicKey, signature, ...facts } = change(manifestOf(entries));
  expect([keyId, publicKey, signature]).not.toContain('');
  const now = facts.files.map(({ name }) => {
    const content = entries.get(name) ?? Buffer.alloc(0);
    return { name, bytes: content.length, sha256: sha256Hex(content) };
  });
  entries.set('manifest.json', Buffer.from(pretty(signManifest({ ...facts, files: now }, by))));
}
const edit = (entries: Entries, name: string, from: string, to: string): void => {
  const text = String(entries.get(name));
  expect(text).toContain(from);
  entries.set(name, Buffer.from(text.replace(from, to)));
};

const signedAgain =
  (change: (entries: Entries) => unknown) =>
  (entries: Entries): void => {
    change(entries);
    signAgain(entries);
  };

/** A table that was changed is not the one that the data package describes. */
const hashOfBefore: ExportFault = { problem: 'badPackage', where: 'datapackage.json' };

const stranger = signerFrom(newKeyPair().privateKey);
/** Short rows: each fault has an archive of its own. */
const short: Rows = {
  ...rows,
  profile: async function* (cursor) {
    for await (const row of rows['profile']?.(cursor) ?? [])
      yield { ...row, data: { ...row.data, note: 'x'.repeat(100) } };
  },
};
const original = (await exported(short)).zip;
const faultsAfter = async (change: (entries: Entries) => void): Promise<readonly ExportFault[]> => {
  const entries = await unzip(original);
  change(entries);
  return (await verifyExport(save(await zipped(entries)), { trusted: [pair.publicKey] })).faults;
};

describe('export verify', () => {
  it('says that an archive holds, for the key that signed it, and lists its contents', async () => {
    const seen: string[] = [];
    const path = save(original);
    const verified = await verifyExport(path, { trusted: [pair.publicKey], progress: (name) => seen.push(name) });
    expect(verified).toMatchObject({ ok: true, faults: [], compared: true, manifest: { keyId: pair.keyId } });
    expect(verified.manifest?.records.map(({ count }) => count)).toEqual([1, 2, 9]);
    expect(seen).toContain('data/profile.csv');
    expect(await verifyExport(path)).toMatchObject({ ok: true, compared: false });
    expect((await verifyExport(path, { trusted: [stranger.publicKey] })).faults).toEqual([{ problem: 'untrustedKey' }]);
  });

  it.each<[string, (entries: Entries) => void, ExportFault[]]>([
    [
      'a changed row',
      (all) => edit(all, 'data/sessions.json', '"n":1', '"n":7'),
      [{ problem: 'changed', where: 'data/sessions.json' }],
    ],
    ['a file that is gone', (all) => all.delete('README.txt'), [{ problem: 'missing', where: 'README.txt' }]],
    ['a file that came later', (all) => all.set('x', Buffer.from('y')), [{ problem: 'added', where: 'x' }]],
    [
      'a manifest that says less',
      (all) => edit(all, 'manifest.json', '"why": "manual"', '"why": "nothing"'),
      [{ problem: 'badSignature' }],
    ],
    [
      'a manifest that two readers read differently',
      (all) => edit(all, 'manifest.json', '{\n', '{\n  "request": "r9",\n'),
      [{ problem: 'notAsWritten', where: 'manifest.json' }],
    ],
    [
      'another key’s id',
      (all) => edit(all, 'manifest.json', pair.keyId, stranger.keyId),
      [{ problem: 'badSignature' }],
    ],
    ['everything signed by somebody else', (all) => signAgain(all, undefined, stranger), [{ problem: 'untrustedKey' }]],
    [
      'a manifest of something else',
      (all) => edit(all, 'manifest.json', 'gdpr-export/1', 'gdpr-export/9'),
      [{ problem: 'notAnExport', where: 'manifest.json' }],
    ],
    ['no manifest', (all) => all.delete('manifest.json'), [{ problem: 'notAnExport', where: 'manifest.json' }]],
    [
      'a count that is not that of the rows',
      (all) => signAgain(all, (m) => ({ ...m, records: m.records.map((r) => ({ ...r, count: r.count + 1 })) })),
      ['profile', 'sessions', 'files'].map((id) => ({ problem: 'count', where: `data/${id}.json` })),
    ],
    [
      'a number of undescribed rows that is not that of the rows',
      (all) => signAgain(all, (m) => ({ ...m, records: m.records.map((r) => ({ ...r, undeclared: 1 })) })),
      ['profile', 'sessions', 'files'].map((id) => ({ problem: 'count', where: `data/${id}.json` })),
    ],
    [
      'a row that is none',
      signedAgain((all) => edit(all, 'data/sessions.json', '"data":', '"date":')),
      [{ problem: 'notRows', where: 'data/sessions.json' }],
    ],
    [
      'a table that says something else',
      signedAgain((all) => edit(all, 'data/sessions.csv', ',2,', ',3,')),
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, hashOfBefore],
    ],
    [
      'a table with a row more',
      signedAgain((all) => edit(all, 'data/sessions.csv', ',2,', ',2,""\r\n"x",2,')),
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, hashOfBefore],
    ],
    [
      'a table with a row more at its end',
      signedAgain((all) =>
        all.set('data/sessions.csv', Buffer.from(`${String(all.get('data/sessions.csv'))}"x",2,""\r\n`)),
      ),
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, hashOfBefore],
    ],
    [
      'a formula that a spreadsheet would run',
      signedAgain((all) => edit(all, 'data/profile.csv', "'=HYPERLINK", '=HYPERLINK')),
      [{ problem: 'tableDiffers', where: 'data/profile.csv' }, hashOfBefore],
    ],
    [
      'a schema of other types',
      signedAgain((all) => edit(all, 'datapackage.json', '"datetime"', '"string"')),
      [{ problem: 'schemaDiffers', where: 'datapackage.json' }],
    ],
  ])('finds %s', async (_, change, faults) => expect(await faultsAfter(change)).toEqual(faults));

  it('finds a name that occurs twice, one that would leave the archive, and a file that is no archive', async () => {
    const entries = await unzip(original);
    const twice = await verifyExport(save(await zipped(entries, 'README.txt')));
    expect(twice.faults).toContainEqual({ problem: 'twice', where: 'README.txt' });
    const outside = Buffer.from(
      original.toString('latin1').replaceAll('data/profile.csv', '../ab/rofile.csv'),
      'latin1',
    );
    for (const bytes of [outside, original.subarray(0, original.length - 200), Buffer.from('PK'), Buffer.alloc(0)])
      expect((await verifyExport(save(bytes))).faults).toEqual([{ problem: 'notAZip' }]);
    const other = await zipped(new Map([['holiday.txt', Buffer.from('x')]]));
    expect((await verifyExport(save(other))).manifest).toBeNull();
    await expect(verifyExport(`${save(other)}.gone`)).rejects.toThrow('ENOENT');
  });
});

describe('export verify, of the data package', () => {
  const descriptor = { problem: 'badPackage', where: 'datapackage.json' } as const;
  /**
   * Changes a table together with the descriptor's bytes and hash of it, as a mistake of the code
   * that writes both would.
   */
  const rewritten = (all: Entries, name: string, from: string, to: string): void => {
    edit(all, name, from, to);
    const described = JSON.parse(String(all.get('datapackage.json'))) as DataPackage;
    const content = all.get(name) ?? Buffer.alloc(0);
    const resources = described.resources.map((one) =>
      one.path === name ? { ...one, bytes: content.length, hash: `sha256:${sha256Hex(content)}` } : one,
    );
    all.set('datapackage.json', Buffer.from(pretty({ ...described, resources })));
  };

  it.each<[string, (all: Entries) => unknown, ExportFault[]]>([
    ['no descriptor at all', (all) => all.set('datapackage.json', Buffer.from('{')), [descriptor]],
    ['another profile', (all) => edit(all, 'datapackage.json', 'tabular-data-package', 'data-package'), [descriptor]],
    ['a type that no table has', (all) => edit(all, 'datapackage.json', '"datetime"', '"date-time"'), [descriptor]],
    [
      'bytes that are not those of the file',
      (all) => edit(all, 'datapackage.json', '"bytes": ', '"bytes": 1'),
      [descriptor],
    ],
    [
      'a hash that is not that of the file',
      (all) => edit(all, 'datapackage.json', 'sha256:', 'sha256:0'),
      [descriptor],
    ],
    [
      'the path of another file',
      (all) => edit(all, 'datapackage.json', 'data/files.csv', 'README.txt'),
      [descriptor, { ...descriptor, where: 'README.txt' }],
    ],
    [
      'a blank label',
      (all) => {
        edit(all, 'datapackage.json', '"name": "n"', '"name": " "');
        rewritten(all, 'data/sessions.csv', '"n"', '" "');
      },
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, descriptor],
    ],
    [
      'a label that differs from another one by a space',
      (all) => {
        edit(all, 'datapackage.json', '"name": "n"', '"name": "place "');
        rewritten(all, 'data/sessions.csv', '"n"', '"place "');
      },
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, descriptor],
    ],
    [
      'a label that differs from another one by its case',
      (all) => {
        edit(all, 'datapackage.json', '"name": "n"', '"name": "PLACE"');
        rewritten(all, 'data/sessions.csv', '"n"', '"PLACE"');
      },
      [{ problem: 'tableDiffers', where: 'data/sessions.csv' }, descriptor],
    ],
    [
      'a header that is not the schema',
      (all) => edit(all, 'datapackage.json', '"name": "n"', '"name": "m"'),
      [{ problem: 'badPackage', where: 'data/sessions.csv' }],
    ],
    [
      'values that are not of their type',
      (all) => edit(all, 'datapackage.json', '"type": "object"', '"type": "integer"'),
      [{ problem: 'badPackage', where: 'data/sessions.csv' }],
    ],
  ])('finds %s', async (_, change, faults) => expect(await faultsAfter(signedAgain(change))).toEqual(faults));
});
