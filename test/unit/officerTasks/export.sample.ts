import { Readable } from 'node:stream';
import { Timestamp } from 'firebase-admin/firestore';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { addOfficersPart } from '../../../functions/src/export/addendum.ts';
import type { Added } from '../../../functions/src/export/officersPart.ts';
import { discardJob, exportJobId, partsJobId } from '../../../functions/src/export/plan.ts';
import { cursorOf, progressOf } from '../../../functions/src/export/progress.ts';
import { exportRunner } from '../../../functions/src/export/steps.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { createJob, loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { partOf, type OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { DAY_MS, HOUR_MS } from '../../../functions/src/platform/time.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { expireFiles } from '../../../functions/src/systems/storage/expire.ts';
import { NO_FIGURES } from '../../../functions/src/systems/system.ts';
import { finishRequestsOf } from '../../../functions/src/requests/erased.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { requestIn, type RequestRecord } from '../../../functions/src/requests/store.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { heldPeople } from '../../kit/sealed/held.ts';
import { changeHead, putHead } from '../../kit/sealed/ledger.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { bucketOver } from '../export/bucket.ts';
import { memoryStore } from '../export/helpers.ts';
import { testContext } from '../requests/helpers.ts';
import { sheetKeys } from './helpers.ts';

/** An access whose archive is there, and that two other companies still have to answer for. */

export const NOW = Date.UTC(2026, 5, 1);
export const UID = 'ada';
export const EMAIL = 'ada@example.com';
export const PARTS = ['desk', 'ledgerist'] as const;
/** The period of the exports in the policy of these tests. */
export const WEEK_MS = 7 * DAY_MS;
const PREFIX = `exports/${UID}/r1/`;
const ARCHIVE = { object: 'one.zip', bytes: 3, sha256: 'a'.repeat(64) };
const signing = { current: 1, keys: { 1: newKeyPair().privateKey } };

export type ExportWorld = Awaited<ReturnType<typeof exportWorld>>;

export async function exportWorld() {
  const base = testContext(NOW);
  const store = memoryStore();
  const bucket = bucketOver(store, base.now);
  const users: FakeUser[] = [
    { uid: UID, email: EMAIL, emailVerified: true, metadata: { creationTime: new Date(0).toUTCString() } },
  ];
  const context = {
    ...base,
    config: { ...base.config, officerSheetKey: sheetKeys.publicKey },
    evidenceKeys: () => signing,
    clients: { ...base.clients, bucket: async () => bucket, auth: async () => fakeAuth(() => users) },
  };
  const { own, keys } = context;
  const chain = pseudonymOf(UID, keys);
  const key = requestKey(chain, 'r1', keys);
  const at = Timestamp.fromMillis(NOW);
  const dueAt = Timestamp.fromMillis(NOW + 30 * DAY_MS);
  await putHead(context, chain, {});
  const asked = { pseudonym: chain, type: 'access', channel: 'app', receivedAt: at, dueAt };
  await writeSealed(own.doc(`requests/${key}`), { ...asked, status: 'in_progress', job: exportJobId(key) }, keys);
  await context.app.doc(`users/${UID}/privacyRequests/r1`).set({ type: 'access', createdAt: at });
  store.objects.set(`${PREFIX}${ARCHIVE.object}`, { bytes: Buffer.from('zip'), metadata: {}, createdAt: NOW });
  await writeSealed(
    own.doc(`jobs/${exportJobId(key)}`),
    {
      ...{ kind: 'export', status: 'completed', input: {}, order: ['archive', 'clean'] },
      ...{ createdAt: at, dueAt, wakeAt: null, pseudonym: chain },
      steps: Object.fromEntries(
        ['archive', 'clean'].map((id) => [id, { state: 'done', after: [], attempts: 1, outcomes: [] }]),
      ),
    },
    keys,
  );
  return { context, store, bucket, users, chain, key, job: partsJobId(key) };
}

/** Runs the step that publishes the archive, which lacks both parts. */
export async function publish({ context, chain, key }: ExportWorld): Promise<void> {
  const input = { uid: UID, requestId: 'r1', request: key, product: 'access' };
  const dueAt = NOW + 30 * DAY_MS;
  const job = { id: exportJobId(key), kind: 'export', pseudonym: chain, input, dueAt, steps: {} } as unknown as Job;
  const { sha256, bytes, object } = ARCHIVE;
  const written = { bytes, sha256, counts: {}, missing: PARTS, failed: [], waiting: {}, next: undefined };
  const cursor = cursorOf(written, object, progressOf(undefined));
  await exportRunner(context).run('archive', job, { deadline: NOW + HOUR_MS, cursor });
}

/** Runs the job that waits for the parts as a task does; or another one of the export. */
export const goOn = ({ context, job }: ExportWorld, id = job): Promise<void> =>
  runJob(context, { export: async (one) => exportRunner(one) }, id);

export async function jobNow({ context, job }: ExportWorld): Promise<Job> {
  const found = await loadJob(context, job);
  if (found === null) throw new Error('no job');
  return found;
}

export const requestOf = async ({ context, key }: ExportWorld): Promise<RequestRecord> =>
  requestIn(key, (await context.own.doc(`requests/${key}`).get()).data() ?? {}, context.keys);

/** The document that the person reads. */
export const shownTo = async ({ context }: ExportWorld) =>
  (await context.app.doc(`users/${UID}/privacyRequests/r1`).get()).data() ?? {};

export const tasksOf = async ({ context, job }: ExportWorld): Promise<Record<string, OfficerTask>> =>
  Object.fromEntries((await listTasks(context, { job })).tasks.map((task) => [partOf(task.for), task]));

const file = { name: 'answer.txt', bytes: 4, read: () => Readable.from([Buffer.from('text')]) };

/** An officer adds a part, or says that there is nothing. */
export const add = ({ context }: ExportWorld, source: string, withFile = true): Promise<Added> =>
  addOfficersPart(context, { uid: UID, request: 'r1', source, files: withFile ? [file] : [], officer: OFFICER });

export const OFFICER = `v1_${'o'.repeat(43)}`;

/** The person takes the request back: its job of removal runs. */
export async function takeBack(world: ExportWorld): Promise<void> {
  const { context, key, chain } = world;
  const { status } = await requestOf(world);
  const fields = status === 'completed' ? { withdrawnAt: Timestamp.fromMillis(NOW) } : { status: 'cancelled' };
  await writeSealed(context.own.doc(`requests/${key}`), fields, context.keys);
  const plan = discardJob({ key, uid: UID, requestId: 'r1' }, chain, NOW);
  await createJob(context, plan);
  await goOn(world, plan.id);
}

/** The erasure of the person begins, and ends their requests. */
export async function erase({ context, chain }: ExportWorld): Promise<void> {
  await changeHead(context, chain, { erasing: { at: NOW, accountCreatedAt: null } });
  await finishRequestsOf(context, { uid: UID, pseudonym: chain, accountCreatedAt: null }, { job: 'erasure_1' });
}

/** The nightly retention of the exports, as AMIKEO's policy has it: a week. */
export async function sweep({ context }: ExportWorld): Promise<void> {
  const { exports: record } = amikeo.records;
  const when = record?.fate[0]?.when;
  if (record === undefined || when === undefined || !('field' in when)) throw new Error('exports do not end by time');
  const now = context.time.now;
  const question = { policy: amikeo, now, field: when.field, cutoff: now - WEEK_MS, held: heldPeople() };
  const run = { figures: NO_FIGURES, deadline: Infinity };
  await expireFiles(context, { id: 'exports', record }, { ...question, ...run });
}

/** The objects of the archives that are there. */
export const objectsOf = ({ store }: ExportWorld): string[] =>
  [...store.objects.keys()].map((name) => name.slice(PREFIX.length));
