import type { DocumentData } from 'firebase-admin/firestore';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import type { ExportRow } from '../../../../functions/src/export/archive/rows.ts';
import { giveLooked, type Given, type LookAnswer } from '../../../../functions/src/export/look/give.ts';
import { openLook, showRows } from '../../../../functions/src/export/look/rows.ts';
import { exportJobId } from '../../../../functions/src/export/plan.ts';
import { cursorOf, progressOf } from '../../../../functions/src/export/progress.ts';
import { exportRunner } from '../../../../functions/src/export/steps.ts';
import { DAY_MS, HOUR_MS } from '../../../../functions/src/platform/time.ts';
import { policyWith, record, unzip } from '../helpers.ts';
import { exportWorld, goOn, NOW, OFFICER, requestOf, UID, type ExportWorld } from '../../officerTasks/export.sample.ts';

/** An export with rows that others have written about the person. */

const look = { en: 'Anybody writes here.', fr: 'Tout le monde écrit ici.' };

/** A policy with rows of others, and no recipient to ask beside them. */
const policy = {
  ...policyWith({
    profile: record('firestore', 'users/{uid}'),
    posts: record('firestore', 'posts/{id}', {
      subject: { field: 'uid', email: 'email' },
      export: { access: true, portability: true, look },
    }),
  }),
  recipients: {},
};

export const EMAIL = 'ada@example.com';
const WHICH = { uid: UID, request: 'r1', record: 'posts' } as const;

/** Writes rows; null removes one. */
export async function write({ context }: ExportWorld, rows: Record<string, object | null>): Promise<void> {
  for (const [path, data] of Object.entries(rows))
    await (data === null ? context.app.doc(path).delete() : context.app.doc(path).set(data));
}

/** A world with the person's own row and two of others; its export waits if `isPublished`. */
export async function lookWorld(product: 'access' | 'portability' = 'access', more: Record<string, object> = {}) {
  const base = await exportWorld();
  const world: ExportWorld = { ...base, context: { ...base.context, policy } };
  await write(world, {
    [`users/${UID}`]: { firstName: 'Ada' },
    'posts/1': { uid: UID, email: EMAIL, text: 'my own words' },
    'posts/2': { email: EMAIL, text: 'Ada is late, says Bob', about: 'the bus' },
    'posts/3': { email: EMAIL, text: 'Carol told me this', about: 'the school' },
    ...more,
  });
  await runExport(world, product);
  await goOn(world);
  return world;
}

/** Runs the step that writes the archive and publishes it. */
async function runExport({ context, chain, key }: ExportWorld, product: 'access' | 'portability') {
  const input = { uid: UID, requestId: 'r1', request: key, product };
  const dueAt = NOW + 30 * DAY_MS;
  const job = { id: exportJobId(key), kind: 'export', pseudonym: chain, input, dueAt, steps: {} } as unknown as Job;
  const runner = exportRunner(context);
  const written = await runner.run('archive', job, { deadline: NOW + HOUR_MS });
  if (!('more' in written)) throw new Error(`nothing was written: ${JSON.stringify(written)}`);
  return runner.run('archive', job, { deadline: NOW + HOUR_MS, cursor: written.more });
}

/** A world in which the record with rows of others could not be read whole. */
export async function brokenWorld(): Promise<ExportWorld> {
  const base = await exportWorld();
  const world: ExportWorld = { ...base, context: { ...base.context, policy } };
  const { context, key, chain } = world;
  const written = {
    ...{ bytes: 3, sha256: 'a'.repeat(64), counts: {}, missing: ['posts'] },
    ...{ failed: ['posts'], waiting: { posts: 1 }, next: undefined },
  };
  const input = { uid: UID, requestId: 'r1', request: key, product: 'access' };
  const dueAt = NOW + 30 * DAY_MS;
  const job = { id: exportJobId(key), kind: 'export', pseudonym: chain, input, dueAt, steps: {} } as unknown as Job;
  const cursor = cursorOf(written, 'one.zip', progressOf(undefined));
  await exportRunner(context).run('archive', job, { deadline: NOW + HOUR_MS, cursor });
  await goOn(world);
  return world;
}

/** An officer looks: the rows by their numbers, and the name of the look. */
export async function lookAt({ context }: ExportWorld, most?: number) {
  const opened = await openLook(context, WHICH);
  if ('because' in opened) return { because: opened.because, shown: [] };
  const rows: ExportRow[] = [];
  const show = (row: ExportRow, number: number): void => {
    rows[number - 1] = row;
  };
  return { ...(await showRows(context, opened, show, most)), shown: rows };
}

export async function codeOfLook(world: ExportWorld): Promise<string> {
  const looked = await lookAt(world);
  if (!('code' in looked)) throw new Error(`nothing to look at: ${looked.because}`);
  return looked.code;
}

/** An officer answers a look. */
export const give = (
  { context }: ExportWorld,
  answer: Partial<LookAnswer> & Pick<LookAnswer, 'code'>,
): Promise<Given> => giveLooked(context, { ...WHICH, kept: [], officer: OFFICER, ...answer });

/** The entries of the archives that are published, one after the other. */
export async function archivesOf(world: ExportWorld): Promise<Map<string, Buffer>[]> {
  const { answer } = await requestOf(world);
  const parts = (answer?.['parts'] ?? []) as readonly { readonly object: string }[];
  return Promise.all(
    parts.map(({ object }) => unzip(world.store.objects.get(`exports/${UID}/r1/${object}`)?.bytes ?? Buffer.alloc(0))),
  );
}

/** The entries of the person's chain of now. */
export async function entriesOf({ context, chain }: ExportWorld): Promise<readonly DocumentData[]> {
  const found = await context.own.collection(`ledger/${chain}/entries`).orderBy('seq').get();
  return found.docs.map((entry) => entry.data());
}

/** Everything that the person can read in the archives. */
export const textOf = async (world: ExportWorld): Promise<string> =>
  (await archivesOf(world)).flatMap((entries) => [...entries.values()].map(String)).join('\n');
