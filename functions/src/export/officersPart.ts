import { randomUUID } from 'node:crypto';
import { signers } from '../crypto/signers.ts';
import { loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { OfficerTask } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { HOUR_MS, type Instant } from '../platform/time.ts';
import { noticeLanguage } from '../policy/notices.ts';
import { statedVersion } from '../policy/versions/inForce.ts';
import { addPart } from '../requests/addPart.ts';
import {
  officersExport,
  openParts,
  tasksOfParts,
  waitOf,
  whyNotAll,
  type AnsweredPart,
  type PartTasks,
  type WaitingExport,
} from '../requests/answered.ts';
import { localeOf } from '../subject/locale.ts';
import { inLanguage } from '../texts/languages.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { writeExport } from './archive/contents.ts';
import { LOOK } from './archive/manifest.ts';
import { bucketStore, type ObjectStore } from './archive/objects.ts';
import { intoObject } from './archive/write.ts';
import type { Looked } from './look/looked.ts';
import { completeIfWhole, leaseOf, notCome } from './parts.ts';
import { exportJobId, exportPrefix } from './plan.ts';
import { nameOf } from './sources.ts';

/** A part of an export that an officer adds: how it is found, and how it is published. */

/** A part that is waited for. */
export interface OpenPart {
  readonly waiting: WaitingExport;
  readonly tasks: PartTasks;
  readonly task: OfficerTask;
}

/** Why no part is added. `before`: it was added, and its task is done. */
export type NoPart = 'notWaiting' | 'notOpen' | 'working' | 'before';

/** A part that nobody adds. */
export interface ClosedPart {
  readonly because: NoPart;
  readonly open?: readonly string[];
  readonly task?: OfficerTask;
  /** The answer to the look that it was, by a keyed hash. */
  readonly answered?: string;
}

/** Finds a part that an export waits for. Costs a few reads. */
export async function openPart(
  context: Context,
  { uid, request, source }: { readonly uid: string; readonly request: string; readonly source: string },
): Promise<OpenPart | ClosedPart> {
  const found = await officersExport(context, uid, request);
  if (found === null) return { because: 'notWaiting' };
  const waiting = waitOf(found);
  const tasks = await tasksOfParts(context, waiting);
  const task = tasks.get(source);
  const answered = waiting.answers[source];
  if (found.record.status !== 'waiting')
    return task?.status === 'done' ? { because: 'before', task, ...defined({ answered }) } : { because: 'notWaiting' };
  const open = openParts(tasks);
  if (!open.includes(source)) return { because: 'notOpen', open, ...defined({ task, answered }) };
  // Its last step removes every object that is not published, and a sending counts the archives;
  // the other job makes the tasks.
  const job = await loadJob(context, exportJobId(waiting.ref.key));
  return task === undefined || isAtWork(job, context.now()) ? { because: 'working' } : { waiting, tasks, task };
}

/**
 * Is the job of an export not done with its archives, sends them, or will? One that an officer
 * cancelled does nothing more, once the attempt has ended that may still run.
 */
function isAtWork(job: Job | null, now: Instant): boolean {
  if (job === null) return false;
  const ids = ['clean', 'transmit'].filter((id) => id in job.steps);
  if (job.status === 'cancelled') return ids.some((id) => leaseOf(job, id) > now);
  return ids.some((id) => job.steps[id]?.state !== 'done');
}

/** The content of a part: rows of one record. */
interface PartContent {
  readonly named: NamedRecord;
  readonly read: () => AsyncIterable<Row>;
  /** The officer's decision, if they are rows that an officer looked at. */
  readonly looked?: Looked;
}

export type Added =
  | {
      readonly ok: true;
      readonly completed: boolean;
      readonly open: readonly string[];
      readonly part?: AnsweredPart;
      /** An earlier call saw to it. This call has added nothing. */
      readonly before?: true;
    }
  | {
      readonly ok: false;
      readonly because: 'notWaiting' | 'notOpen' | 'working' | 'changed' | 'toLook';
      readonly open?: readonly string[];
    };

/** The order of a part. */
interface PartOrder {
  readonly uid: string;
  readonly source: string;
  /** Absent: there is nothing. */
  readonly content?: PartContent | undefined;
  /** The pseudonym of the one who adds it, if they were named. */
  readonly officer?: string | undefined;
  /** The answer to a look that this part is, by a keyed hash. */
  readonly answered?: string;
  /** Asked when the content was read and written, before it is published: true drops it. */
  readonly isRefused?: () => boolean;
}

/**
 * Publishes a part and closes its task, in one transaction. The last one completes the request, and
 * the person is told again.
 *
 * Of two officers at once, one is refused (`changed`), and nothing of theirs is left. A call that
 * died is made again, and its rest in the bucket goes. If it had added the last part, the job that
 * waits for the parts completes the request.
 */
export async function publishPart(
  context: Context,
  { waiting, tasks, task }: OpenPart,
  order: PartOrder,
): Promise<Extract<Added, { ok: true }> | { readonly ok: false; readonly because: 'changed' }> {
  const { uid, source, content, officer, answered } = order;
  const store = bucketStore(await context.clients.bucket('exports'));
  const prefix = exportPrefix(uid, waiting.ref.requestId);
  await removeLeft(context, store, prefix, waiting.parts);
  const part =
    content === undefined ? undefined : await writePart(context, store, waiting, tasks, { uid, source, content });
  const withheld = content?.looked?.withheld() ?? [];
  const isRefused = part !== undefined && order.isRefused?.() === true;
  if (isRefused || !(await addPart(context, waiting, task, { part, officer, source, withheld, answered }))) {
    if (part !== undefined) await store.remove(`${prefix}${part.object}`);
    return { ok: false, because: 'changed' };
  }
  const open = await completeIfWhole(context, {
    ...waiting,
    parts: part === undefined ? waiting.parts : [...waiting.parts, part],
    withheld: [...waiting.withheld, ...whyNotAll(source, withheld)],
  });
  return { ok: true, completed: open.length === 0, open, ...defined({ part }) };
}

/**
 * After so long a part that is there whole is never published: its upload has died, or was refused.
 */
const LEFT_MS = HOUR_MS;

/**
 * Removes the rest of calls that died, under the request's prefix. The part that another officer is
 * about to publish stays.
 */
async function removeLeft(
  context: Context,
  store: ObjectStore,
  prefix: string,
  parts: readonly AnsweredPart[],
): Promise<void> {
  const published = new Set(parts.map(({ object }) => `${prefix}${object}`));
  for await (const { name, createdAt } of store.list(prefix)) {
    if (!published.has(name) && createdAt < context.now() - LEFT_MS) await store.remove(name);
  }
}

async function writePart(
  context: Context,
  store: ObjectStore,
  { ref: { requestId }, parts, product }: WaitingExport,
  tasks: PartTasks,
  { uid, source, content: { named, read, looked } }: PartOrder & { readonly content: PartContent },
): Promise<AnsweredPart> {
  const { policy } = context;
  const object = `${randomUUID()}.zip`;
  const name = `${exportPrefix(uid, requestId)}${object}`;
  const now = context.now();
  const previous = parts.at(-1)?.sha256;
  const { language } = noticeLanguage(policy, await localeOf(context, uid));
  const left = [...tasks].filter(([id, task]) => id !== source && (task === undefined || task.status === 'open'));
  const open = left.map(([id, task]) => ({
    source: id,
    why: task !== undefined && 'look' in task.for ? LOOK : 'manual',
  }));
  const lacks = [...open, ...notCome(tasks)];
  const { bytes, sha256 } = await intoObject(store, name, now, (archive) =>
    writeExport(archive, {
      policy,
      plan: { product, policyVersion: statedVersion(policy), records: [named], manual: [] },
      request: requestId,
      uid,
      now,
      missing: lacks.map(({ source: id, why }) => ({
        source: id,
        name: inLanguage(nameOf(policy, id), language),
        why,
      })),
      part: { number: parts.length + 1, ...defined({ previous }) },
      ...defined({ looked }),
      isFull: () => false,
      read,
      proceed: () => undefined,
      store,
      spoolName: `${name}.spool`,
      signer: signers(context).current,
      tolerant: false,
      failed: new Set(),
      language,
    }),
  );
  await store.describe(name, { sha256, product, policyVersion: statedVersion(policy) });
  return { object, bytes, sha256 };
}
