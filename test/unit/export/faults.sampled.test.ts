import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { writeExport, type WrittenPart } from '../../../functions/src/export/archive/contents.ts';
import type { ObjectStore } from '../../../functions/src/export/archive/objects.ts';
import { planExport } from '../../../functions/src/export/plan.ts';
import type { ExportRow } from '../../../functions/src/export/archive/rows.ts';
import { intoObject } from '../../../functions/src/export/archive/write.ts';
import type { Row } from '../../../functions/src/systems/system.ts';
import { ofTheDay, times } from '../../kit/depth.ts';
import { memoryStore, unzip } from './helpers.ts';
import { NOW, policy, signer } from './sample.ts';

/**
 * Every step of every source and of the bucket fails once, in turn (in `npm test` each ninth,
 * others each day). A step is a row, a piece of a file, or a piece that is uploaded or read back.
 */

type Side = 'source' | 'bucket';
class Injected extends Error {
  readonly side: Side;
  constructor(side: Side) {
    super(`injected: ${side}`);
    this.side = side;
  }
}

/** Counts steps, and fails at one of them. */
class Fault {
  steps = 0;
  fired: Side | undefined;
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }

  step(side: Side): void {
    this.steps += 1;
    if (this.steps !== this.at) return;
    this.fired = side;
    throw new Injected(side);
  }

  async *over<T>(side: Side, items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.step(side);
      yield item;
    }
    this.step(side);
  }
}

const ROWS = 4;
const many = 'x'.repeat(270_000);
const expected = {
  profile: ['users/u1'],
  // More than stays in memory: these wait in the bucket.
  sessions: Array.from({ length: ROWS }, (_, n) => `users/u1/sessions/${n}`),
  files: ['users/u1/a.txt', 'users/u1/b.txt'],
};

function sourceOf(fault: Fault): (id: string) => AsyncIterable<Row> {
  const content = (text: string): NonNullable<Row['content']> => ({
    stream: () => fault.over('source', Readable.from([Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))])),
    size: text.length,
    contentType: 'text/plain',
  });
  const rows: Record<string, Row[]> = {
    profile: [{ path: 'users/u1', data: { firstName: 'Ada' } }],
    sessions: expected.sessions.map((path) => ({ path, data: { text: many } })),
    files: expected.files.map((path) => ({ path, data: {}, content: content(`content of ${path}`) })),
  };
  return (id) => fault.over('source', Readable.from(rows[id] ?? []));
}

function bucketOf(fault: Fault, inner: ObjectStore): ObjectStore {
  return {
    ...inner,
    async write(name, bytes, options) {
      fault.step('bucket');
      await inner.write(name, fault.over('bucket', bytes), options);
    },
    read: (name) => fault.over('bucket', inner.read(name)),
    async remove(name) {
      fault.step('bucket');
      await inner.remove(name);
    },
  };
}

async function attempt(
  fault: Fault,
  tolerant: boolean,
  inner: ReturnType<typeof memoryStore>,
  waitsFor?: (error: unknown) => boolean,
): Promise<WrittenPart> {
  const store = bucketOf(fault, inner);
  const read = sourceOf(fault);
  return intoObject(store, 'export.zip', NOW, (archive) =>
    writeExport(archive, {
      policy,
      plan: planExport(policy, 'portability'),
      request: 'r1',
      uid: 'u1',
      now: NOW,
      missing: [],
      part: { number: 1 },
      isFull: () => false,
      read: ({ id }) => read(id),
      proceed: () => undefined,
      store,
      spoolName: 'export.zip.spool',
      signer,
      tolerant,
      waitsFor,
      failed: new Set(),
      language: 'en',
    }),
  );
}

const NEVER = 0;

async function pathsIn(store: ReturnType<typeof memoryStore>): Promise<Record<string, string[]>> {
  const entries = await unzip(store.objects.get('export.zip')?.bytes ?? Buffer.alloc(0));
  return Object.fromEntries(
    Object.keys(expected).map((id) => {
      const json = entries.get(`data/${id}.json`);
      const rows = json === undefined ? [] : (JSON.parse(String(json)) as ExportRow[]);
      for (const { path, file } of rows)
        if (file !== undefined) expect(String(entries.get(file))).toBe(`content of ${path}`);
      return [id, rows.filter(({ file }) => id !== 'files' || file !== undefined).map(({ path }) => path)];
    }),
  );
}

describe.each([false, true])('an export whose sources and bucket fail once at each step (tolerant: %s)', (tolerant) => {
  it(
    'is whole, or is not there, or names its missing parts; another attempt is whole',
    { timeout: 600_000 },
    async () => {
      const calm = new Fault(NEVER);
      await attempt(calm, tolerant, memoryStore());
      expect(calm.steps).toBeGreaterThan(40);
      const came = { failed: 0, named: 0, whole: 0 };
      const steps = ofTheDay(
        15,
        Array.from({ length: calm.steps }, (_, n) => n + 1),
      );
      for (const at of steps) {
        const store = memoryStore();
        const fault = new Fault(at);
        const written = await attempt(fault, tolerant, store).catch((error: unknown) => {
          // The failure is told as it is, so that the job knows.
          expect([at, (error as Error).message]).toEqual([at, `injected: ${String(fault.fired)}`]);
          return null;
        });
        expect([at, fault.fired !== undefined]).toEqual([at, true]);
        if (written === null) {
          came.failed += 1;
          expect([at, store.objects.has('export.zip')]).toEqual([at, false]);
          await attempt(new Fault(NEVER), tolerant, store);
          expect([at, await pathsIn(store)]).toEqual([at, expected]);
          continue;
        }
        const paths = await pathsIn(store);
        const short = Object.entries(expected).filter(([id, all]) => paths[id]?.length !== all.length);
        for (const [id] of short) expect([at, written.lost.includes(id)]).toEqual([at, true]);
        const named = written.manifest.missing.map(({ source, why }) => [source, why]);
        expect([at, named]).toEqual([at, written.lost.map((id) => [id, 'failed'])]);
        came[written.lost.length > 0 ? 'named' : 'whole'] += 1;
      }
      expect(came.failed).toBeGreaterThan(times(0, 10));
      // Only the last attempts go on without a source; the bucket is never done without.
      if (tolerant) expect(came.named).toBeGreaterThan(times(0, 8));
      else expect(came).toEqual({ failed: steps.length, named: 0, whole: 0 });
    },
  );
});

describe('a tolerant attempt that meets an error which is waited for', () => {
  it('fails, so that it waits and is whole later; other errors are left out and named', async () => {
    const at = 2;
    const waits = attempt(new Fault(at), true, memoryStore(), (error) => error instanceof Injected);
    await expect(waits).rejects.toBeInstanceOf(Injected);
    const { lost } = await attempt(new Fault(at), true, memoryStore(), () => false);
    expect(lost).toHaveLength(1);
  });
});
