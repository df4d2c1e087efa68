import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../functions/src/crypto/hash.ts';
import type { Position } from '../../../functions/src/export/archive/contents.ts';
import { cursorOf, progressOf } from '../../../functions/src/export/progress.ts';
import type { ExportRow } from '../../../functions/src/export/archive/rows.ts';
import { verifyExport } from '../../../functions/src/export/verify/archive.ts';
import type { Cursor, Row } from '../../../functions/src/systems/system.ts';
import { memoryStore, unzip } from './helpers.ts';
import { exported, file, type Rows } from './sample.ts';
import { times } from '../../kit/depth.ts';

/** A source that can begin with each row. */
const resumable = (rows: readonly Row[]): ((cursor?: Cursor) => AsyncIterable<Row>) =>
  async function* (cursor) {
    const from = typeof cursor?.['n'] === 'number' ? cursor['n'] : 0;
    for (const [n, row] of rows.entries()) if (n >= from) yield { ...row, at: { n } };
  };

const session = (n: number): Row => ({ path: `users/u1/sessions/${n}`, data: { n } });
const sessions = (count: number): Row[] => Array.from({ length: count }, (_, n) => session(n));

type Part = Awaited<ReturnType<typeof exported>>;

/** Writes part after part, as the job does. */
async function inParts(rows: Rows, isFull: () => boolean): Promise<Part[]> {
  const parts: Part[] = [];
  let from: Position | undefined;
  do {
    const before = parts.at(-1);
    const part = await exported(rows, {
      part: parts.length + 1,
      ...(before === undefined ? {} : { previous: sha256Hex(before.zip) }),
      from,
      lostBefore: before?.lost ?? [],
      isFull,
    });
    parts.push(part);
    from = part.next === undefined ? undefined : (JSON.parse(JSON.stringify(part.next)) as Position);
  } while (from !== undefined && parts.length < 200);
  return parts;
}

const rowsIn = (entries: Map<string, Buffer>, record: string): ExportRow[] => {
  const json = entries.get(`data/${record}.json`);
  return json === undefined ? [] : (JSON.parse(String(json)) as ExportRow[]);
};

describe('an export that is larger than one task can carry', () => {
  it('comes in parts, each complete in itself, that have every row and every file once', async () => {
    const names = ['a.png', 'b.png', 'c.png', 'd.png'];
    const rows: Rows = {
      profile: resumable([{ path: 'users/u1', data: { firstName: 'Ada' } }]),
      sessions: resumable(sessions(7)),
      files: resumable(names.map((name) => file(`users/u1/${name}`, `content of ${name}`))),
    };
    const parts = await inParts(rows, () => true);
    expect(parts.length).toBe(1 + 7 + 4);
    const opened = await Promise.all(parts.map(({ zip }) => unzip(zip)));
    expect(opened.flatMap((entries) => rowsIn(entries, 'sessions').map(({ data }) => data['n']))).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ]);
    const contents = opened.flatMap((entries) =>
      rowsIn(entries, 'files').map((row) => String(entries.get(row.file ?? ''))),
    );
    expect(contents).toEqual(names.map((name) => `content of ${name}`));
    parts.forEach(({ manifest: { part } }, index) => {
      const before = parts[index - 1];
      expect(part).toEqual({
        number: index + 1,
        last: index === parts.length - 1,
        ...(before === undefined ? {} : { previous: sha256Hex(before.zip) }),
      });
    });
    expect(String(opened[1]?.get('LISEZMOI.txt'))).toContain('Ceci est la partie 2 de vos données. Une autre');
    expect(String(opened.at(-1)?.get('report.html'))).toContain('This is part 12 of your data. It is the last part.');

    const folder = await mkdtemp(join(tmpdir(), 'parts-'));
    try {
      for (const [index, { zip }] of parts.entries()) {
        const path = join(folder, `${index}.zip`);
        await writeFile(path, zip);
        expect(await verifyExport(path)).toMatchObject({ ok: true, faults: [] });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('wherever the parts end', async () => {
    const plan = fc.record({
      sessions: fc.nat({ max: 6 }),
      files: fc.nat({ max: 4 }),
      full: fc.infiniteStream(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ sessions: count, files, full }) => {
        const rows: Rows = {
          sessions: resumable(sessions(count)),
          files: resumable(Array.from({ length: files }, (_, n) => file(`users/u1/${n}`, String(n)))),
        };
        const parts = await inParts(rows, () => full.next().value as boolean);
        const opened = await Promise.all(parts.map(({ zip }) => unzip(zip)));
        const paths = (record: string) => opened.flatMap((entries) => rowsIn(entries, record).map(({ path }) => path));
        expect(paths('sessions')).toEqual(sessions(count).map(({ path }) => path));
        expect(paths('files')).toEqual(Array.from({ length: files }, (_, n) => `users/u1/${n}`));
        expect(parts.filter(({ manifest }) => manifest.part.last)).toHaveLength(1);
        // Every record is there, or begins later.
        expect(new Set(parts.flatMap(({ manifest }) => manifest.records.map(({ record }) => record)))).toEqual(
          new Set(['profile', 'sessions', 'files']),
        );
      }),
      { numRuns: times(15, 40) },
    );
  });

  it('does not end if reading cannot begin again', async () => {
    const rows: Rows = {
      sessions: async function* () {
        yield* sessions(5);
      },
    };
    const parts = await inParts(rows, () => true);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.manifest.records.find(({ record }) => record === 'sessions')?.count).toBe(5);
  });

  it('is requested again if the policy lost the record in which a part ended', async () => {
    await expect(exported({}, { from: { record: 'goneRecord', at: undefined } })).rejects.toMatchObject({
      code: 'export.policy',
    });
  });

  it('its job adds the parts up', () => {
    const one = {
      bytes: 5,
      sha256: 'aa',
      counts: { sessions: 2, users: 1 },
      missing: ['desk'],
      failed: [],
      waiting: {},
    };
    const two = {
      bytes: 6,
      sha256: 'bb',
      counts: { sessions: 3 },
      missing: ['desk', 'files'],
      failed: ['files'],
      waiting: { posts: 2 },
    };
    const first = cursorOf({ ...one, next: { record: 'sessions', at: { n: 2 } } }, 'a.zip', progressOf(undefined));
    const last = cursorOf({ ...two, next: undefined }, 'b.zip', progressOf(first));
    expect(progressOf(first).next).toEqual({ record: 'sessions', at: { n: 2 } });
    expect(progressOf(last)).toEqual({
      parts: [
        { object: 'a.zip', bytes: 5, sha256: 'aa' },
        { object: 'b.zip', bytes: 6, sha256: 'bb' },
      ],
      counts: { sessions: 5, users: 1 },
      missing: ['desk', 'files'],
      failed: ['files'],
      waiting: { posts: 2 },
    });
  });
});

describe('a source that breaks off in the last attempts', () => {
  const broken = (error: Error): AsyncIterable<Uint8Array> =>
    Readable.from(
      (async function* () {
        yield Buffer.from('half of ');
        throw error;
      })(),
    );

  it('of a listing: its rows so far are in the archive, and the record is named', async () => {
    const rows: Rows = {
      sessions: async function* () {
        yield* sessions(2);
        throw new Error('reset');
      },
    };
    await expect(exported(rows)).rejects.toThrow('reset');
    const { zip, manifest, lost } = await exported(rows, { tolerant: true });
    expect(rowsIn(await unzip(zip), 'sessions')).toHaveLength(2);
    expect(lost).toEqual(['sessions']);
    expect(manifest.missing).toContainEqual(expect.objectContaining({ source: 'sessions', why: 'failed' }));
    expect(manifest.records.map(({ record }) => record)).toEqual(['profile', 'sessions', 'files']);
  });

  it('of a file: the other files are there whole, its row is without one, and the record is named', async () => {
    const store = memoryStore();
    const rows: Rows = {
      files: async function* () {
        yield file('users/u1/a.txt', 'first');
        yield {
          path: 'users/u1/b.txt',
          data: {},
          content: { stream: () => broken(new Error('cut')), size: 20, contentType: 'text/plain' },
        };
        yield file('users/u1/c.txt', 'last');
      },
    };
    await expect(exported(rows)).rejects.toThrow('cut');
    const { zip, manifest } = await exported(rows, { tolerant: true, store });
    const entries = await unzip(zip);
    expect(rowsIn(entries, 'files').map((row) => [row.path, String(entries.get(row.file ?? ''))])).toEqual([
      ['users/u1/a.txt', 'first'],
      ['users/u1/b.txt', 'undefined'],
      ['users/u1/c.txt', 'last'],
    ]);
    expect([...entries.keys()].filter((name) => name.startsWith('files/'))).toEqual(['files/a.txt', 'files/c.txt']);
    expect(manifest.missing).toContainEqual(expect.objectContaining({ source: 'files', why: 'failed' }));
    expect([...store.objects.keys()]).toEqual([]);
  });

  it('is named in every later part as well', async () => {
    const { manifest, lost } = await exported({}, { part: 2, previous: 'a'.repeat(64), lostBefore: ['sessions'] });
    expect(lost).toEqual(['sessions']);
    expect(manifest.missing).toContainEqual(expect.objectContaining({ source: 'sessions', why: 'failed' }));
  });

  it('of the store itself fails the attempt: the archive would not be whole', async () => {
    const store = memoryStore();
    const failing = {
      ...store,
      write: async (name: string, bytes: AsyncIterable<Uint8Array>, options: { contentType: string }) => {
        if (name.endsWith('/file')) throw new Error('bucket');
        await store.write(name, bytes, options);
      },
    };
    const rows: Rows = { files: resumable([file('users/u1/a.txt', 'first')]) };
    await expect(exported(rows, { tolerant: true, store: failing })).rejects.toThrow('bucket');
  });
});
