import { Readable } from 'node:stream';
import { Timestamp } from 'firebase-admin/firestore';
import { newKeyPair, signerFrom } from '../../../functions/src/crypto/sign.ts';
import { createArchive } from '../../../functions/src/export/archive/archive.ts';
import { writeExport, type Position, type WrittenPart } from '../../../functions/src/export/archive/contents.ts';
import type { ObjectStore } from '../../../functions/src/export/archive/objects.ts';
import type { Product } from '../../../functions/src/requests/request.ts';
import type { Looked, Waiting } from '../../../functions/src/export/look/looked.ts';
import { planExport } from '../../../functions/src/export/plan.ts';
import { defined } from '../../../functions/src/platform/defined.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import type { ReceiptFiles } from '../../../functions/src/proof/receipt/files.ts';
import type { Cursor, Row } from '../../../functions/src/systems/system.ts';
import type { Language } from '../../../functions/src/texts/languages.ts';
import { memoryStore, policyWith, record } from './helpers.ts';

/** Exports that the tests open again. */

export const NOW = Date.parse('2026-03-01T09:00:00Z');
export const policy = policyWith({
  profile: record('firestore', 'users/{uid}'),
  sessions: record('firestore', 'users/{uid}/sessions/{id}'),
  files: record('storage', 'users/{uid}/**'),
  logs: record('firestore', 'systemLogs/{id}', {
    subject: { field: 'uid' },
    export: { access: true, portability: false },
  }),
});

export const pair = newKeyPair();
export const signer = signerFrom(pair.privateKey);

export type Rows = Record<string, (cursor?: Cursor) => AsyncIterable<Row>>;

export async function* list(rows: Row[]): AsyncGenerator<Row> {
  yield* rows;
}

export const file = (path: string, content: string): Row => ({
  path,
  data: { size: content.length },
  content: { stream: () => Readable.from([Buffer.from(content)]), size: content.length, contentType: 'text/plain' },
});

/** Writes an export of these rows and answers the archive's bytes. */
export async function exported(
  rows: Rows,
  options: {
    product?: Product;
    store?: ObjectStore;
    language?: Language;
    tolerant?: boolean;
    failed?: string[];
    part?: number;
    previous?: string;
    from?: Position | undefined;
    lostBefore?: readonly string[];
    isFull?: (waiting: number) => boolean;
    receipt?: () => Promise<ReceiptFiles>;
    policy?: Policy;
    waitingBefore?: Waiting;
    looked?: Looked;
    lookedWithin?: (record: string) => Looked | undefined;
  } = {},
): Promise<{ zip: Buffer } & WrittenPart> {
  const archive = createArchive(new Date(NOW));
  const collected = (async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of archive.output) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  })();
  collected.catch(() => undefined);
  try {
    const written = await writeExport(archive, {
      policy: options.policy ?? policy,
      plan: planExport(options.policy ?? policy, options.product ?? 'portability'),
      request: 'r1',
      uid: 'u1',
      now: NOW,
      missing: [{ source: 'desk', name: 'Desk', why: 'manual' }],
      read: ({ id }, cursor) => (rows[id] ?? (() => list([])))(cursor),
      proceed: () => undefined,
      store: options.store ?? memoryStore(),
      spoolName: 'exports/u1/r1/x.zip.spool',
      signer,
      tolerant: options.tolerant ?? false,
      failed: new Set(options.failed),
      language: options.language ?? 'en',
      part: { number: options.part ?? 1, ...(options.previous === undefined ? {} : { previous: options.previous }) },
      from: options.from,
      isFull: options.isFull ?? (() => false),
      ...defined({ lostBefore: options.lostBefore, waitingBefore: options.waitingBefore, receipt: options.receipt }),
      ...defined({ looked: options.looked, lookedWithin: options.lookedWithin }),
    });
    archive.finish();
    return { zip: await collected, ...written };
  } catch (error) {
    archive.abort(error as Error);
    await collected.catch(() => undefined);
    throw error;
  }
}

export const hostile = [
  '../../etc/passwd',
  'a/../../b',
  'C:\\x',
  'photo\u202egnp.exe',
  'vacances 👩‍👩‍👧 été.txt',
  'A.txt',
  'a.txt',
  'x',
  'x/y',
];
export const rows: Rows = {
  profile: () =>
    list([
      {
        path: 'users/u1',
        data: {
          firstName: '=HYPERLINK("http://x")',
          createdAt: Timestamp.fromMillis(NOW),
          note: 'x'.repeat(1_000_000),
        },
      },
    ]),
  sessions: () => list([1, 2].map((n) => ({ path: `users/u1/sessions/${n}`, data: { n, place: { deep: [n] } } }))),
  files: () => list(hostile.map((name, n) => file(`users/u1/${name}`, `content ${n}`))),
  logs: () => list([{ path: 'systemLogs/1', data: { uid: 'u1' } }]),
};
