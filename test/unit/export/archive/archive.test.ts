import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { createArchive } from '../../../../functions/src/export/archive/archive.ts';
import { information } from '../../../../functions/src/export/report/information.ts';
import { planExport } from '../../../../functions/src/export/plan.ts';
import type { Manifest } from '../../../../functions/src/export/archive/manifest.ts';
import type { ObjectStore } from '../../../../functions/src/export/archive/objects.ts';
import type { ExportRow } from '../../../../functions/src/export/archive/rows.ts';
import type { Row } from '../../../../functions/src/systems/system.ts';
import { memoryStore, parseCsv, program, unzip } from '../helpers.ts';
import { exported, file, hostile, list, NOW, policy, rows } from '../sample.ts';

const json = (entries: Map<string, Buffer>, name: string): unknown => JSON.parse(String(entries.get(name)));

describe('the archive', () => {
  test('holds every record as JSON and CSV, the files, and a manifest that is true of each byte', async () => {
    const { zip } = await exported(rows);
    const entries = await unzip(zip);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(manifest.records.map((r) => [r.record, r.count])).toEqual([
      ['profile', 1],
      ['sessions', 2],
      ['files', hostile.length],
    ]);
    expect(manifest).toMatchObject({
      policyVersion: '2026-01-15',
      product: 'portability',
      request: 'r1',
      createdAt: '2026-03-01T09:00:00.000Z',
      missing: [{ source: 'desk', why: 'manual' }],
    });
    expect([...entries.keys()].filter((n) => n !== 'manifest.json').sort()).toEqual(
      manifest.files.map((f) => f.name).sort(),
    );
    for (const { name, bytes, sha256 } of manifest.files) {
      const content = entries.get(name) ?? Buffer.alloc(0);
      expect([name, bytes, sha256]).toEqual([name, content.length, sha256Hex(content)]);
    }
    const [profile] = json(entries, 'data/profile.json') as ExportRow[];
    expect(profile?.types).toEqual({ '/createdAt': 'timestamp' });
    const [header, cells] = parseCsv(String(entries.get('data/profile.csv')));
    expect(header).toEqual(['__path__', 'firstName', 'createdAt', 'note']);
    expect(cells?.[1]).toBe('\'=HYPERLINK("http://x")');
  });

  test('names fields that no record describes: in their row, in the manifest and on the pages, each in its language', async () => {
    const undeclared: Row[] = ['a/1', 'a/ghost/b/1'].map((name) => ({
      path: `users/u1/sessions/1/${name}`,
      data: { name },
      undeclared: true,
    }));
    const sessions = () => list([{ path: 'users/u1/sessions/1', data: { n: 1 } }, ...undeclared]);
    const entries = await unzip((await exported({ ...rows, sessions })).zip);
    const manifest = json(entries, 'manifest.json') as Manifest;
    expect(manifest.records.map((one) => [one.record, one.count, one.undeclared])).toEqual([
      ['profile', 1, undefined],
      ['sessions', 3, 2],
      ['files', hostile.length, undefined],
    ]);
    const listed = json(entries, 'data/sessions.json') as ExportRow[];
    expect(listed.map(({ path, undeclared: is }) => [path, is])).toEqual([
      ['users/u1/sessions/1', undefined],
      ...undeclared.map(({ path }) => [path, true]),
    ]);
    expect(String(entries.get('README.txt'))).toContain('2 of them are not described in the privacy policy');
    expect(String(entries.get('LISEZMOI.txt'))).toContain('2 d’entre elles ne sont pas décrites');
    expect(String(entries.get('report.html'))).toContain('2 of them are not described in the privacy policy');
  });

  test('every file is found from its row, under a name that stays inside', async () => {
    const entries = await unzip((await exported(rows)).zip);
    const listed = json(entries, 'data/files.json') as ExportRow[];
    expect(listed.map((row) => row.path)).toEqual(hostile.map((name) => `users/u1/${name}`));
    for (const [n, row] of listed.entries()) expect(String(entries.get(row.file ?? ''))).toBe(`content ${n}`);
  });

  test('names the missing parts in both languages', async () => {
    const entries = await unzip((await exported(rows)).zip);
    expect(String(entries.get('README.txt'))).toContain('Desk: has to be asked for by hand');
    expect(String(entries.get('LISEZMOI.txt'))).toContain('Desk: doit être demandé à la main');
  });

  test('unzip and Python’s zipfile accept it', async ({ skip }) => {
    const folder = await mkdtemp(join(tmpdir(), 'export-'));
    try {
      const path = join(folder, 'x.zip');
      await writeFile(path, (await exported(rows)).zip);
      const checks = [
        await program('unzip', ['-t', path]),
        await program('python3', [
          '-c',
          'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print("bad" if z.testzip() else "No errors")',
          path,
        ]),
      ].filter((output) => output !== null);
      for (const output of checks) expect(output).toContain('No errors');
      skip(checks.length === 0, 'neither unzip nor python3 is here');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('Art. 15: an access holds more than portability, and everything that the article asks for', async () => {
    const entries = await unzip((await exported(rows, { product: 'access' })).zip);
    expect(json(entries, 'data/logs.json')).toHaveLength(1);
    const said = json(entries, 'information.json') as {
      recipients: { name: string; countries: string[] }[];
      complaints: unknown;
    };
    expect(said.recipients.map((r) => r.name)).toEqual(['Desk', 'Ledgerist', 'Paper']);
    expect(said.complaints).toEqual({ name: 'CNIL', url: 'https://www.cnil.fr' });
  });

  test('Art. 15(1): codes for programs stand beside words for people, in both languages', () => {
    const said = information(policy, planExport(policy, 'access'));
    expect(said['purposes']).toContainEqual(
      expect.objectContaining({
        ...{ legalBasis: 'contract', dataTypes: ['profile'] },
        legalBasisInWords: {
          en: 'performance of a contract (Art. 6(1)(b))',
          fr: "exécution d'un contrat (art. 6(1)(b))",
        },
      }),
    );
    expect(said['recipients']).toContainEqual({
      ...{ id: 'desk', name: 'Desk', role: 'processor', countries: ['US'], dataTypes: ['profile'] },
      safeguards: ['dataPrivacyFramework'],
      roleInWords: { en: 'processor', fr: 'sous-traitant' },
      countriesInWords: { en: ['United States'], fr: ['États-Unis'] },
      safeguardsInWords: {
        en: ['EU-U.S. Data Privacy Framework'],
        fr: ['cadre de protection des données UE-États-Unis'],
      },
      copyOfSafeguards: expect.objectContaining({ fr: expect.stringContaining('copie') as unknown }) as unknown,
      kept: {
        ...{ countedFrom: 'deletion', period: 'P30D' },
        inWords: expect.objectContaining({ fr: expect.stringContaining('30 jours au plus') as unknown }) as unknown,
      },
      toBeConfirmed: [],
    });
    expect(said['records']).toContainEqual(
      expect.objectContaining({
        ...{ id: 'profile', dataTypes: ['profile'], inThisArchive: true },
        retention: [
          {
            ...{ countedFrom: { event: 'accountDeleted' }, period: 'P0D', then: 'delete' },
            inWords: { en: 'deleted with the deletion of the account', fr: 'supprimé dès la suppression du compte' },
          },
        ],
      }),
    );
  });

  test('Art. 15(1)(e) and (f), 12(3) and (5): each right, its meaning, its use, its time, its cost', () => {
    const said = information(policy, planExport(policy, 'access'));
    const rights = said['rightsAndHowToUseThem'] as Record<
      string,
      { en: string; fr: string } & Record<string, unknown>
    >[];
    expect(rights.map(({ id, article, privacyRequest }) => [id, article, privacyRequest])).toEqual([
      ['access', 'GDPR Art. 15', 'access'],
      ['rectification', 'GDPR Art. 16', 'rectification'],
      ['erasure', 'GDPR Art. 17', 'erasure'],
      ['restriction', 'GDPR Art. 18', 'restriction'],
      ['portability', 'GDPR Art. 20', 'portability'],
      ['objection', 'GDPR Art. 21', 'objection'],
      ['withdrawal', 'GDPR Art. 7(3)', undefined],
    ]);
    for (const right of rights) {
      for (const part of ['name', 'what', 'howToUse', 'inWriting', 'answeredWithin', 'cost'])
        for (const language of ['en', 'fr'] as const) expect([part, right[part]?.[language]]).not.toContain(undefined);
      expect(right['howToUse']?.en).toContain('privacy@example.com');
      expect(right['inWriting']).toMatchObject({
        contact: 'privacy@example.com',
        address: 'Example, 1 rue de Rivoli, Paris',
      });
      expect(right['answeredWithin']).toMatchObject({
        period: 'P1M',
        en: expect.stringContaining('1 month') as string,
        fr: expect.stringContaining('1 mois') as string,
      });
      expect(right['cost']?.en).toContain('Free of charge');
    }
    expect(rights.at(-1)?.['howToUse']?.en).toContain("app's settings");
    expect(rights[0]?.['howToUse']?.en).toContain('privacy requests');
  });

  test('more rows than the memory holds wait in the store, come out whole, and leave nothing there', async () => {
    const store = memoryStore();
    const spilled: string[] = [];
    const watched: ObjectStore = {
      ...store,
      write: (name, bytes, o) => (spilled.push(name), store.write(name, bytes, o)),
    };
    const many = async function* (): AsyncGenerator<Row> {
      for (let n = 0; n < 20_000; n++)
        yield { path: `users/u1/sessions/${n}`, data: { n, text: `é\n"${'x'.repeat(n % 300)}` } };
    };
    const entries = await unzip((await exported({ sessions: many }, { store: watched })).zip);
    const out = json(entries, 'data/sessions.json') as ExportRow[];
    expect(out.length).toBe(20_000);
    expect(out.every((row, n) => row.data['n'] === n && row.data['text'] === `é\n"${'x'.repeat(n % 300)}`)).toBe(true);
    expect(parseCsv(String(entries.get('data/sessions.csv'))).length).toBe(20_001);
    expect(spilled).toEqual(['exports/u1/r1/x.zip.spool/sessions']);
    expect(store.objects.size).toBe(0);
  });
});

describe('a failure fails the whole archive', () => {
  const failing = async function* (after: number): AsyncGenerator<Row> {
    for (let n = 0; n < after; n++) yield { path: `users/u1/sessions/${n}`, data: { text: 'x'.repeat(1000) } };
    throw new Error('the source is gone');
  };

  test.each([0, 3, 5000])('a source that fails after %i rows: no archive, nothing left in the store', async (after) => {
    const store = memoryStore();
    await expect(exported({ sessions: () => failing(after) }, { store })).rejects.toThrow('the source is gone');
    expect(store.objects.size).toBe(0);
  });

  test.each([0, 3, 5000])(
    'after %i rows, in one of the last attempts: the rows so far are there, the failure is named, and everything else is there',
    async (after) => {
      const store = memoryStore();
      const { zip, manifest } = await exported(
        { ...rows, sessions: () => failing(after) },
        { store, tolerant: true, failed: ['storage'] },
      );
      const came = after === 0 ? [] : [['sessions', after]];
      expect(manifest.records.map((r) => [r.record, r.count])).toEqual([['profile', 1], ...came]);
      expect(manifest.missing).toEqual([
        { source: 'desk', name: 'Desk', why: 'manual' },
        { source: 'sessions', name: 'Cloud Firestore: users/{uid}/sessions/{id}', why: 'failed' },
        { source: 'files', name: 'Cloud Storage: users/{uid}/**', why: 'failed' },
      ]);
      const entries = await unzip(zip);
      expect(entries.has('data/sessions.json')).toBe(after > 0);
      expect(String(entries.get('README.txt'))).toContain('could not be read whole, although we tried several times');
      expect(String(entries.get('report.html'))).toContain('although we tried several times');
      expect(store.objects.size).toBe(0);
    },
  );

  test('a file that breaks off: no archive', async () => {
    const broken: Row = {
      ...file('users/u1/a', 'x'),
      content: {
        size: 2,
        contentType: 'text/plain',
        stream: async function* () {
          yield Buffer.from('x');
          throw new Error('the file is gone');
        },
      },
    };
    await expect(exported({ files: () => list([broken]) })).rejects.toThrow('the file is gone');
  });

  test('a reader that goes away ends the writing', async () => {
    const archive = createArchive(new Date(NOW));
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (let n = 0; ; n++) yield Buffer.alloc(65_536, n);
    };
    const written = archive.add('x', endless());
    archive.output.once('data', () => archive.output.destroy(new Error('the upload failed')));
    await expect(written).rejects.toThrow('the upload failed');
  });

  test('an archive that was given up is not one', async () => {
    const archive = createArchive(new Date(NOW));
    const read = (async () => {
      for await (const chunk of archive.output) expect(chunk).toBeInstanceOf(Uint8Array);
    })();
    await archive.add('x', 'content');
    archive.abort(new Error('stopped'));
    await expect(read).rejects.toThrow('stopped');
  });
});

test('nothing is written faster than it is read', async () => {
  const archive = createArchive(new Date(NOW));
  let produced = 0;
  const noise = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7919 + (i >> 3)) & 255));
  const source = async function* (): AsyncGenerator<Buffer> {
    for (; produced < 2000; produced++) yield Buffer.from(noise.map((b, i) => b ^ ((i * produced) & 255)));
  };
  const written = archive.add('x', source());
  // Nobody reads: the source stops by itself. Let everything that can happen happen.
  let before = -1;
  while (before !== produced) {
    before = produced;
    for (let n = 0; n < 200; n++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(produced).toBeLessThan(100);
  archive.abort(new Error('enough'));
  await expect(written).rejects.toThrow('enough');
});
