import fc from 'fast-check';
import { DocumentReference, FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { DataPackage } from '../../../../functions/src/export/archive/dataPackage.ts';
import { verifyExport } from '../../../../functions/src/export/verify/archive.ts';
import { program, unzip } from '../helpers.ts';
import { exported, list, rows, type Rows } from '../sample.ts';
import { archivesOnDisk } from '../verify/verify.sample.ts';

const save = archivesOnDisk();

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

  it('of any rows verifies', async () => {
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
