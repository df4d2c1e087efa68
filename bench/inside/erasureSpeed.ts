import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { onAccountDeleted } from '../../functions/src/erasure/accountEvents.ts';
import type { Runners } from '../../functions/src/jobs/catalog.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { runners } from '../../functions/src/runners.ts';
import { ROOT } from '../../scripts/run.ts';
import { openBench } from '../context.ts';
import { deletionOf, seedPerson } from './erased.ts';

/**
 * Runs inside a suite: persons of one size are erased by a raw loop without the writer's ramp, by
 * this backend, and by the extension delete-user-data if it is named.
 *
 * Arguments: documents, turns, and the extension's folder `functions`, built.
 */

const PROJECT = 'demo-bench-erasure-speed';
const PAGE = 500;

const [documents = 0, turns = 0] = process.argv.slice(2, 4).map(Number);
const extension = process.argv[4];
const { db, context, tasks } = openBench(PROJECT);

/** Page by page, each document deleted, as fast as Firestore takes it. */
async function rawLoop(uid: string): Promise<number> {
  const start = performance.now();
  const writer = db.bulkWriter({ throttling: false });
  for (const name of ['activity', 'sessions']) {
    const all = db.collection(`users/${uid}/${name}`).orderBy('__name__').limit(PAGE).select();
    for (let after: string | undefined, size = PAGE; size === PAGE;) {
      const { docs } = await (after === undefined ? all : all.startAfter(after)).get();
      for (const { ref } of docs) void writer.delete(ref);
      await writer.flush();
      [after, size] = [docs.at(-1)?.id, docs.length];
    }
  }
  await db.recursiveDelete(db.collection(`users/${uid}/projects`), writer);
  await writer.close();
  return performance.now() - start;
}

/** The deployed runners, whose Firestore step says when it has ended. */
function watched(ended: () => void): Runners {
  return {
    ...runners,
    erasure: async (context) => {
      const runner = await runners.erasure(context);
      return {
        ...runner,
        run: async (step, job, run) => {
          const progress = await runner.run(step, job, run);
          if (step === 'firestore' && 'settled' in progress) ended();
          return progress;
        },
      };
    },
  };
}

/**
 * An erasure from the event of the account's deletion, task by task, until all documents are gone.
 *
 * @returns milliseconds from the event, and from the start of the first task
 */
async function ours(uid: string): Promise<{ readonly ms: number; readonly taskMs: number }> {
  const start = performance.now();
  const id = await onAccountDeleted(context, deletionOf(uid, Date.now()));
  const begun = performance.now();
  let endedAt: number | undefined;
  const all = watched(() => (endedAt ??= performance.now()));
  while (endedAt === undefined) {
    const task = tasks.shift();
    if (task === undefined) {
      const steps = JSON.stringify((await loadJob(context, id ?? ''))?.steps);
      throw new Error(`the erasure waits before its documents are gone: ${steps}`);
    }
    await runJob(context, all, task);
  }
  tasks.length = 0;
  return { ms: endedAt - start, taskMs: endedAt - begun };
}

/** The extension's own function, with its own Admin SDK, in a process of its own. */
function theirs(uid: string, folder: string): number {
  const env = {
    ...process.env,
    GCLOUD_PROJECT: PROJECT,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    // It names the suite's own project.
    GOOGLE_APPLICATION_CREDENTIALS: undefined,
    FIREBASE_CONFIG: JSON.stringify({ projectId: PROJECT }),
    FIRESTORE_PATHS: 'users/{UID}',
    FIRESTORE_DELETE_MODE: 'recursive',
  };
  const out = execFileSync(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'bench/inside/deleteUserData.ts'), folder, uid],
    {
      env,
      encoding: 'utf8',
    },
  );
  return z
    .object({ ms: z.number() })
    .parse(JSON.parse(out.split('\n').findLast((line) => line.startsWith('{"ms"')) ?? '')).ms;
}

async function gone(uid: string, by: string): Promise<void> {
  for (const name of ['activity', 'sessions', 'projects']) {
    const left = await db.collection(`users/${uid}/${name}`).listDocuments();
    if (left.length > 0) throw new Error(`${by} left documents in ${name}`);
  }
}

// Loaded once, and not measured.
await seedPerson(db, `first-${documents}`, 10);
await ours(`first-${documents}`);

const measured = [];
for (let turn = 0; turn < turns; turn++) {
  const uids = ['raw', 'ours', 'theirs'].map((name) => `${name}-${documents}-${turn}`);
  const [rawUid = '', ourUid = '', theirUid = ''] = uids;
  await seedPerson(db, rawUid, documents);
  const rawMs = await rawLoop(rawUid);
  await seedPerson(db, ourUid, documents);
  const own = await ours(ourUid);
  await gone(ourUid, 'our erasure');
  let theirMs: number | undefined;
  if (extension !== undefined) {
    await seedPerson(db, theirUid, documents);
    theirMs = theirs(theirUid, extension);
    await gone(theirUid, 'delete-user-data');
  }
  measured.push({ rawMs, ...own, theirMs });
}
console.log(JSON.stringify({ documents, turns: measured }));
process.exit(0);
