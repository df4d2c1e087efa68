import { Readable } from 'node:stream';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { addOfficersPart, type Addendum } from '../../../functions/src/export/addendum.ts';
import { erasureJobs } from '../../../functions/src/erasure/job.ts';
import { exportJobId, partsJobId } from '../../../functions/src/export/plan.ts';
import { exportRunner } from '../../../functions/src/export/steps.ts';
import { createJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { dayInWords } from '../../../functions/src/messages/send.ts';
import { makeTasks } from '../../../functions/src/officerTasks/store.ts';
import { cursorOf, progressOf } from '../../../functions/src/export/progress.ts';
import { addPart } from '../../../functions/src/requests/addPart.ts';
import { tasksOfParts, waitingExport } from '../../../functions/src/requests/answered.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { order, sheetKeys, subject } from '../officerTasks/helpers.ts';
import { testContext } from '../requests/helpers.ts';
import { bucketOver } from './bucket.ts';
import { memoryStore } from './helpers.ts';
import { mailing } from './mailing.ts';
import { NOW } from './sample.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UID = 'ada';
const PREFIX = `exports/${UID}/r1/`;
const PART = { object: 'one.zip', bytes: 3, sha256: 'a'.repeat(64) };
const keys = { current: 1, keys: { 1: newKeyPair().privateKey } };

let store = memoryStore();
let context = testContext(NOW);
const chain = pseudonymOf(UID, context.keys);
const key = requestKey(chain, 'r1', context.keys);
const setRequest = (fields: object) => writeSealed(request(), { ...fields }, context.keys);
const request = () => context.own.doc(`requests/${key}`);
const job = () => context.own.doc(`jobs/${exportJobId(key)}`);
const partsId = partsJobId(key);

function open(): typeof context {
  const fresh = testContext(NOW);
  const bucket = bucketOver(store, fresh.now);
  const config = { ...fresh.config, officerSheetKey: sheetKeys.publicKey };
  return { ...fresh, config, evidenceKeys: () => keys, clients: { ...fresh.clients, bucket: async () => bucket } };
}

async function waiting(sources: readonly string[]): Promise<void> {
  const at = Timestamp.fromMillis(NOW - DAY);
  await putHead(context, chain, {});
  await setRequest({
    ...{ pseudonym: chain, type: 'access', status: 'waiting', channel: 'app', job: partsId },
    ...{ receivedAt: at, dueAt: at, waitingFor: 'officer' },
    answer: { parts: [PART], counts: {}, missing: sources, asked: sources },
  });
  await setJob('done');
  await makeTasks(
    context,
    sources.map((part) => order(context, { part }, { job: partsId })),
    subject,
  );
  put(PART.object, DAY);
}

const setJob = (clean: string) =>
  writeSealed(
    job(),
    {
      ...{ kind: 'export', status: 'completed', input: {}, order: ['archive', 'clean'] },
      ...{ createdAt: Timestamp.fromMillis(NOW), dueAt: Timestamp.fromMillis(NOW), wakeAt: null },
      steps: {
        archive: { state: 'done', after: [], attempts: 1, outcomes: [] },
        clean: { state: clean, after: [], attempts: 1, outcomes: [] },
      },
    },
    context.keys,
  );

const put = (object: string, age: number): void =>
  void store.objects.set(`${PREFIX}${object}`, { bytes: Buffer.from('zip'), metadata: {}, createdAt: NOW - age });
const objects = (): string[] => [...store.objects.keys()].map((name) => name.slice(PREFIX.length)).sort();

const file = { name: 'answer.txt', bytes: 4, read: () => Readable.from([Buffer.from('text')]) };
const add = (source: string, files: Addendum['files'] = []) =>
  addOfficersPart(context, { uid: UID, request: 'r1', source, files });
const tasks = () => tasksOfParts(context, { job: partsId, asked: ['desk', 'ledgerist'] });
const told = async (): Promise<string[]> =>
  (await context.own.collection('jobs').get()).docs.map(({ id }) => id).filter((id) => id.startsWith('told_'));

beforeEach(() => {
  store = memoryStore();
  context = open();
});

describe('an officer’s addition to an export', () => {
  it('waits for the job of the export to end: its last step removes unpublished objects', async () => {
    await waiting(['desk']);
    put('old.zip', 2 * HOUR);
    await setJob('running');
    expect(await add('desk', [file])).toEqual({ ok: false, because: 'working' });
    expect(objects()).toEqual(['old.zip', 'one.zip']);
    expect((await request().get()).get('status')).toBe('waiting');
    await setJob('done');
    expect(await add('desk', [file])).toMatchObject({
      ok: true,
      completed: true,
      open: [],
      part: { bytes: expect.any(Number) as number },
    });
  });

  it('stands under the pseudonym of the officer who was named', async () => {
    await waiting(['desk', 'ledgerist']);
    const officer = `v1_${'a'.repeat(43)}`;
    await addOfficersPart(context, { uid: UID, request: 'r1', source: 'desk', files: [], officer });
    expect((await tasks()).get('desk')).toMatchObject({ status: 'done', closedBy: officer, closedAt: NOW });
  });

  it('first removes the objects of a call that died, never published ones or those of another officer', async () => {
    await waiting(['desk', 'ledgerist']);
    put('left.zip', 2 * HOUR);
    put('left.zip.spool/desk', 2 * HOUR);
    put('others.zip', HOUR / 2);
    expect(await add('desk')).toMatchObject({ ok: true, completed: false, open: ['ledgerist'] });
    expect(objects()).toEqual(['one.zip', 'others.zip']);
  });

  it('is added by the key too that `compliance due` shows: the id that the app chose stands at the person', async () => {
    await waiting(['desk', 'ledgerist']);
    await context.app.doc(`users/${UID}/privacyRequests/r1`).set({ createdAt: Timestamp.fromMillis(NOW - DAY) });
    const read = await waitingExport(context, UID, key);
    expect(read?.ref).toEqual({ key, uid: UID, requestId: 'r1' });
    expect(await addOfficersPart(context, { uid: UID, request: key, source: 'desk', files: [file] })).toMatchObject({
      ok: true,
      open: ['ledgerist'],
    });
    expect(objects()).toHaveLength(2);
    expect(await waitingExport(context, UID, `${chain}_r1`)).toBeNull();
  });

  it('is one write with the end of its task: neither is there without the other', async () => {
    await waiting(['desk', 'ledgerist']);
    const read = await waitingExport(context, UID, 'r1');
    const desk = (await tasks()).get('desk');
    if (read === null || desk === undefined) throw new Error('it does not wait');
    const part = { object: 'two.zip', bytes: 1, sha256: 'b'.repeat(64) };
    const others = { ...part, object: 'three.zip', sha256: 'c'.repeat(64) };
    // Of two officers at once, the second has read it as it was.
    expect(await addPart(context, read, desk, { part })).toBe(true);
    expect(await addPart(context, read, desk, { part: others })).toBe(false);
    const ledgerist = (await tasks()).get('ledgerist');
    if (ledgerist === undefined) throw new Error('no task');
    expect(await addPart(context, read, ledgerist, { part: others })).toBe(false);
    expect((await tasks()).get('desk')).toMatchObject({ status: 'done', proof: 'b'.repeat(64) });
    expect((await tasks()).get('ledgerist')).toMatchObject({ status: 'open' });
    expect((await request().get()).get('answer.parts')).toEqual([PART, part]);
  });

  it('called again, after the last part has completed the request: it adds nothing, and the person is told once', async () => {
    await waiting(['desk', 'ledgerist']);
    await add('desk', [file]);
    expect(await told()).toEqual([]);
    expect(await add('ledgerist')).toEqual({ ok: true, completed: true, open: [] });
    for (let n = 0; n < 3; n++)
      expect(await add('ledgerist')).toEqual({ ok: true, completed: true, open: [], before: true });
    expect(await told()).toHaveLength(1);
    expect((await request().get()).get('answer.parts')).toHaveLength(2);
  });

  it('called again for a part that nobody added, or with files that were not added: it is refused', async () => {
    await waiting(['desk']);
    await add('desk');
    const refused = { ok: false, because: 'notWaiting' };
    expect(await add('ledgerist')).toEqual(refused);
    expect(await add('toString')).toEqual(refused);
    expect(await add('desk', [file])).toEqual(refused);
    expect(await add('desk')).toMatchObject({ ok: true, before: true });
  });
});

describe('publishing an export', () => {
  const PUBLISHED = { id: exportJobId(key), kind: 'export', pseudonym: chain, dueAt: NOW + DAY, steps: {} };
  const publish = async (progress: Parameters<typeof cursorOf>[0] | null) => {
    await waiting(['desk']);
    await setRequest({ status: 'in_progress', answer: {} });
    const cursor =
      progress === null ? { progress: progressOf(undefined) } : cursorOf(progress, 'one.zip', progressOf(undefined));
    const input = { uid: UID, requestId: 'r1', request: key, product: 'portability' };
    const { run } = exportRunner(context);
    return run('archive', { ...PUBLISHED, input } as unknown as Job, {
      ...{ deadline: NOW + HOUR, cursor },
    });
  };

  it('is refused without a part: a request is not answered with nothing', async () => {
    await expect(publish(null)).rejects.toMatchObject({ name: 'ExportError', code: 'export.empty' });
    expect((await request().get()).get('status')).toBe('in_progress');
  });

  it('says how many rows there are of a record that was read in part, and that an officer has to add the receipt', async () => {
    const written = {
      ...{ bytes: 3, sha256: 'a'.repeat(64), counts: { profile: 7 }, missing: [], waiting: {}, next: undefined },
      failed: ['profile', 'consentReceipt'],
    };
    expect(await publish(written)).toMatchObject({
      settled: [
        { record: 'profile', count: 7, outcome: 'manual' },
        { record: 'consentReceipt', count: 0, outcome: 'manual' },
        { recipient: 'desk', outcome: 'manual' },
      ],
    });
    expect((await request().get()).data()).toMatchObject({
      status: 'waiting',
      job: partsId,
      answer: { asked: ['profile', 'consentReceipt'] },
    });
    // The job that waits for both is there.
    expect((await context.own.doc(`jobs/${partsId}`).get()).get('steps.officers.state')).toBe('pending');
  });

  it('that is sent on takes minutes: a person who takes the request back meanwhile is not told that it was made', async () => {
    await waiting(['desk']);
    await setRequest({ status: 'in_progress', answer: {} });
    const told: unknown[] = [];
    const { run } = exportRunner(mailing(context, UID, told));
    const written = {
      bytes: 3,
      sha256: 'a'.repeat(64),
      counts: {},
      missing: [],
      failed: [],
      waiting: {},
      next: undefined,
    };
    const cursor = cursorOf(written, 'one.zip', progressOf(undefined));
    const input = { uid: UID, requestId: 'r1', request: key, product: 'portability', transmission: true };
    const steps = { transmit: { state: 'pending' } };
    const job = { ...PUBLISHED, input, steps } as unknown as Job;
    await run('archive', job, { deadline: NOW + HOUR, cursor });
    expect((await request().get()).get('status')).toBe('in_progress');
    await setRequest({ status: 'cancelled' });
    expect(await run('told', job, { deadline: NOW + HOUR })).toEqual({ settled: [] });
    expect(told).toEqual([]);
    // If they had not, they would be.
    await setRequest({ status: 'completed' });
    await run('told', job, { deadline: NOW + HOUR });
    expect(told).toMatchObject([{ to: [{ email: 'ada@example.com' }] }]);
  });

  it('is told until the end of an erasure’s grace, which takes the archive with it', async () => {
    await waiting([]);
    await setRequest({ status: 'completed' });
    const start = { id: 'request:x', by: 'request' as const, at: NOW, from: NOW + 2 * DAY, requested: true };
    const erasure = erasureJobs.plan({
      ...{ id: 'erasure_of_ada', pseudonym: chain, dueAt: NOW + 30 * DAY, steps: [{ id: 'grace' }] },
      input: {
        ...{ uid: UID, accountCreatedAt: 1, deletedAt: start.from, startedBy: 'request', startedAt: NOW },
        ...{ starts: [start.id], standing: [start], graceUntil: start.from },
      },
    });
    await createJob(context, erasure);
    const told: { textContent: string }[] = [];
    const input = { uid: UID, requestId: 'r1', request: key, product: 'access' };
    const job = { ...PUBLISHED, input, steps: { archive: { state: 'done', finishedAt: NOW } } } as unknown as Job;
    await exportRunner(mailing(context, UID, told)).run('told', job, { deadline: NOW + HOUR });
    expect(told[0]?.textContent).toContain(`in the app until ${dayInWords(context.policy, start.from, 'en')}.`);
  });
});
