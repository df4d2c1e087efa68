import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DocumentReference, FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { newKeyPair, signerFrom } from '../../../functions/src/evidence/sign.ts';
import { sha256Hex } from '../../../functions/src/evidence/hash.ts';
import { createArchive } from '../../../functions/src/export/archive.ts';
import type { DataPackage } from '../../../functions/src/export/dataPackage.ts';
import { pretty, signManifest, type Manifest } from '../../../functions/src/export/manifest.ts';
import { verifyExport, type ExportFault } from '../../../functions/src/export/verifyArchive.ts';
import { program, unzip } from './helpers.ts';
import { exported, list, NOW, pair, rows, signer, type Rows } from './sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const save = (zip: Buffer): string => {
  const path = join(folder, `${files++}.zip`);
  writeFileSync(path, zip);
  return path;
};

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
/** Signed again by a key, with whatever the files are now. */
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
const original = (await exported(rows)).zip;
const faultsAfter = async (change: (entries: Entries) => void): Promise<readonly ExportFault[]> => {
  const entries = await unzip(original);
  change(entries);
  return (await verifyExport(save(await zipped(entries)), { trusted: [pair.publicKey] })).faults;
};

describe('export verify', () => {
  it('says that an archive holds, for the key that signed it, and what it has', async () => {
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

  it('finds a name that is there twice, one that would leave the archive, and what is no archive', async () => {
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
    await expect(verifyExport(join(folder, 'nothing.zip'))).rejects.toThrow('ENOENT');
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

/** Names of fields that made data packages invalid, and others of their kind. */
const names = [
  '',
  ' ',
  '\u00a0',
  '\t',
  '\u2028',
  '\u200b',
  '\ufeff',
  'email',
  ' email',
  'email ',
  'Email',
  'e\u0301',
  '\u00e9',
  '__path__',
  '__more__',
  'x\u001f',
  '\u0085x',
  'x',
  "'x",
  '=x',
  'a\r\nb',
  '1',
  '\ud800',
  '\udc00',
];
const hostileNames: Rows = {
  profile: () => list([{ path: 'users/u1', data: Object.fromEntries(names.map((name, n) => [name, n])) }]),
  sessions: () =>
    list([{ path: 'users/u1/sessions/1', data: Object.fromEntries(names.map((name) => [`${name} `, name])) }]),
};

/** One column of each type that a field can have. */
const typed: Rows = {
  profile: () =>
    list([
      {
        path: 'users/u1',
        data: {
          text: '@SUM(1)',
          integer: -3,
          mixedNumber: 1,
          float: 1.5,
          huge: 1e21,
          big: 10n ** 30n,
          mixedInteger: 1n,
          yes: true,
          at: new Timestamp(1_700_000_000, 123_456_000),
          place: new GeoPoint(48.85, -2.35),
          friend: Object.create(DocumentReference.prototype, { path: { value: 'users/u2' } }) as unknown,
          bytes: Buffer.from('b'),
          vector: FieldValue.vector([1, -2]),
          list: [{ a: ';=1' }, -1],
          map: { 'a;': -1, deep: { b: [null] } },
          nothing: null,
          'comma,"quote"\nline': 'x\r\ny',
          '=field': 'é 👩‍👩‍👧 \u202e',
          notFinite: Number.NaN,
        },
      },
      { path: 'users/u1', data: { mixedNumber: 2.5, mixed: 1, at: null, mixedInteger: -(2n ** 63n) } },
      { path: 'users/u1', data: { mixed: 'one', text: 'x'.repeat(1_000_000) } },
    ]),
};

describe('the data package', () => {
  it('gives each column the type of its values', async () => {
    const entries = await unzip((await exported(typed)).zip);
    const described = JSON.parse(String(entries.get('datapackage.json'))) as DataPackage;
    expect(described).toMatchObject({ profile: 'tabular-data-package', name: 'personal-data-portability' });
    expect(described.resources.map(({ name, path }) => [name, path])).toEqual(
      ['profile', 'sessions', 'files'].map((id) => [id, `data/${id}.csv`]),
    );
    const fields = described.resources[0]?.schema.fields.map(({ name, type }) => [name, type]);
    expect(fields).toEqual([
      ['__path__', 'string'],
      ['text', 'string'],
      ['integer', 'integer'],
      ['mixedNumber', 'number'],
      ['float', 'number'],
      ['huge', 'number'],
      ['big', 'string'],
      ['mixedInteger', 'string'],
      ['yes', 'boolean'],
      ['at', 'datetime'],
      ['place', 'object'],
      ['friend', 'string'],
      ['bytes', 'string'],
      ['vector', 'array'],
      ['list', 'array'],
      ['map', 'object'],
      ['nothing', 'string'],
      ['comma,"quote"\nline', 'string'],
      ["'=field", 'string'],
      ['notFinite', 'string'],
      ['mixed', 'string'],
    ]);
    expect((await verifyExport(save((await exported(typed)).zip))).faults).toEqual([]);
  });

  it('of whatever rows there are verifies', async () => {
    const row = fc.dictionary(fc.string({ unit: 'binary', minLength: 1 }), fc.jsonValue({ stringUnit: 'binary' }));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 8 }), async (all) => {
        const sessions = () => list(all.map((data, n) => ({ path: `users/u1/sessions/${n}`, data })));
        expect((await verifyExport(save((await exported({ sessions })).zip))).faults).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('has labels for fields of any name, which lead back to them', async () => {
    const { zip } = await exported(hostileNames);
    expect((await verifyExport(save(zip))).faults).toEqual([]);
    const described = JSON.parse(String((await unzip(zip)).get('datapackage.json'))) as DataPackage;
    const fields = described.resources[0]?.schema.fields.slice(1) ?? [];
    expect(fields.map(({ name, fieldName }) => fieldName ?? name).sort()).toEqual([...names].sort());
  });

  it('of texts that are no whole characters verifies', async () => {
    const sessions = () => list([{ path: 'users/u1/sessions/1', data: { 'half \ud800': 'a \udc00 half' } }]);
    const { zip } = await exported({ sessions });
    expect((await verifyExport(save(zip))).faults).toEqual([]);
    const described = JSON.parse(String((await unzip(zip)).get('datapackage.json'))) as DataPackage;
    expect(described.resources[1]?.schema.fields[1]?.name).toBe('half \ufffd');
  });

  it('is accepted by the Frictionless validator', async ({ skip }) => {
    const python = process.env['FRICTIONLESS_PYTHON'] ?? 'python3';
    const found = await program(python, ['-c', 'import importlib.util as u; print(u.find_spec("frictionless"))']);
    skip(
      found === null || found.startsWith('None'),
      'frictionless is not installed: npm run test:package -- --install',
    );
    const check =
      'import sys,json; from frictionless import Package; r=Package(sys.argv[1]).validate(); print(json.dumps(r.flatten(["type","message"])))';
    for (const sample of [rows, typed, hostileNames]) {
      const zip = save((await exported(sample, { product: 'access' })).zip);
      expect(JSON.parse((await program(python, ['-c', check, zip])) ?? '')).toEqual([]);
    }
  });
});
