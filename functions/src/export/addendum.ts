import { randomUUID } from 'node:crypto';
import { loadJob } from '../jobs/store.ts';
import { signers } from '../crypto/signers.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { HOUR_MS } from '../platform/time.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Policy, PolicyRecord } from '../policy/schema.ts';
import { statedVersion } from '../policy/versions/inForce.ts';
import {
  addPart,
  completedExport,
  openParts,
  tasksOfParts,
  waitingExport,
  type AnsweredPart,
  type PartTasks,
  type WaitingExport,
} from '../requests/answered.ts';
import { localeOf } from '../subject/locale.ts';
import { inLanguages } from '../texts/index.ts';
import { inLanguage } from '../texts/languages.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { writeExport } from './archive/contents.ts';
import { bucketStore, type ObjectStore } from './archive/objects.ts';
import { intoObject } from './archive/write.ts';
import { completeIfWhole, notCome } from './parts.ts';
import { exportJobId, exportPrefix } from './plan.ts';
import { nameOf } from './sources.ts';

/** A file that a recipient gave. */
export interface OfficersFile {
  readonly name: string;
  readonly bytes: number;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/**
 * An officer's answer for one of the open sources. Without files: they asked, and there is nothing.
 */
export interface Addendum {
  readonly uid: string;
  /** The id of the request, or its key, as `compliance due` shows it. */
  readonly request: string;
  readonly source: string;
  readonly files: readonly OfficersFile[];
  /** The pseudonym of the one who adds it, if they were named. */
  readonly officer?: string | undefined;
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
      readonly because: 'notWaiting' | 'notOpen' | 'working' | 'changed';
      readonly open?: readonly string[];
    };

/**
 * Adds to an export that waits for it the data that an officer got from a recipient without an
 * interface, or read by hand (Art. 15(3)). They are one more part: an archive of its own with
 * table, page and signed manifest. The officer's task of the part is closed with it, in one
 * transaction. The last of them completes the request, and the person is told again.
 *
 * Of two officers at once, one is refused (`changed`), and nothing of theirs is left. A call that
 * died is made again, and its rest in the bucket goes. If it had added the last part, the job that
 * waits for the parts completes the request.
 */
export async function addOfficersPart(context: Context, order: Addendum): Promise<Added> {
  const waiting = await waitingExport(context, order.uid, order.request);
  if (waiting === null) return addedBefore(context, order);
  const tasks = await tasksOfParts(context, waiting);
  const before = openParts(tasks);
  if (!before.includes(order.source)) return { ok: false, because: 'notOpen', open: before };
  // Its last step removes every object that is not published; the other job makes the tasks.
  const job = await loadJob(context, exportJobId(waiting.ref.key));
  const task = tasks.get(order.source);
  const isWorking = task === undefined || (job !== null && job.steps['clean']?.state !== 'done');
  if (isWorking) return { ok: false, because: 'working' };

  const store = bucketStore(await context.clients.bucket('exports'));
  const prefix = exportPrefix(order.uid, waiting.ref.requestId);
  await removeLeft(context, store, prefix, waiting.parts);
  const part = order.files.length === 0 ? undefined : await writePart(context, waiting, tasks, order);
  if (!(await addPart(context, waiting, task, { part, officer: order.officer }))) {
    if (part !== undefined) await store.remove(`${prefix}${part.object}`);
    return { ok: false, because: 'changed' };
  }
  const parts = part === undefined ? waiting.parts : [...waiting.parts, part];
  const open = await completeIfWhole(context, { ...waiting, parts });
  return { ok: true, completed: open.length === 0, open, ...defined({ part }) };
}

/** Answers a call that is made again after the request was completed: added, or refused. */
async function addedBefore(context: Context, { uid, request, source, files }: Addendum): Promise<Added> {
  const completed = await completedExport(context, uid, request);
  const task = completed === null ? undefined : (await tasksOfParts(context, completed)).get(source);
  // Files that came to nothing before are not called added now.
  const isSame = task?.status === 'done' && (files.length === 0 || task.proof !== undefined);
  return isSame ? { ok: true, completed: true, open: [], before: true } : { ok: false, because: 'notWaiting' };
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
  { ref: { requestId }, parts, product }: WaitingExport,
  tasks: PartTasks,
  { uid, source, files }: Addendum,
): Promise<AnsweredPart> {
  const { policy } = context;
  const store = bucketStore(await context.clients.bucket('exports'));
  const object = `${randomUUID()}.zip`;
  const name = `${exportPrefix(uid, requestId)}${object}`;
  const now = context.now();
  const previous = parts.at(-1)?.sha256;
  const { language } = noticeLanguage(policy, await localeOf(context, uid));
  const left = openParts(tasks).filter((other) => other !== source);
  const lacks = [...left.map((id) => ({ source: id, why: 'manual' })), ...notCome(tasks)];
  const { bytes, sha256 } = await intoObject(store, name, now, (archive) =>
    writeExport(archive, {
      policy,
      plan: {
        product,
        policyVersion: statedVersion(policy),
        records: [sourceRecord(policy, source)],
        systems: [],
        manual: [],
      },
      request: requestId,
      uid,
      now,
      missing: lacks.map(({ source: id, why }) => ({
        source: id,
        name: inLanguage(nameOf(policy, id), language),
        why,
      })),
      part: { number: parts.length + 1, ...defined({ previous }) },
      lostBefore: new Set(),
      isFull: () => false,
      read: () => rowsOf(source, files),
      proceed: () => undefined,
      store,
      spoolName: `${name}.spool`,
      signer: signers(context).current,
      tolerant: false,
      failed: new Set(),
      language: () => Promise.resolve(language),
    }),
  );
  await store.describe(name, { sha256, product, policyVersion: statedVersion(policy) });
  return { object, bytes, sha256 };
}

async function* rowsOf(source: string, files: readonly OfficersFile[]): AsyncGenerator<Row> {
  for (const { name, bytes, read } of files) {
    yield {
      path: `${source}/${name}`,
      data: { name, size: bytes },
      content: { stream: read, size: bytes, contentType: 'application/octet-stream' },
    };
  }
}

/** The files of a source as a record of its own: its name, and nothing that reads or ends it. */
function sourceRecord(policy: Policy, id: string): NamedRecord {
  const none = inLanguages(policy, ({ officer }) => officer.added);
  const record: PolicyRecord = {
    name: nameOf(policy, id),
    system: 'manual',
    path: '**',
    subject: { none },
    timestamp: null,
    purposes: [],
    dataTypes: [],
    provided: false,
    fate: [],
    export: { access: true, portability: true },
    source: { kind: 'ownChoice', reference: none },
  };
  return { id, record };
}
