import { randomUUID } from 'node:crypto';
import { createJob, loadJob } from '../jobs/store.ts';
import { signers } from '../crypto/signers.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { HOUR_MS } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { systemWords } from '../policy/generate/words.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Policy, PolicyRecord, Text } from '../policy/schema.ts';
import {
  completedExport,
  seeTo,
  waitingExport,
  type AnsweredPart,
  type CompletedExport,
  type WaitingExport,
} from '../requests/answered.ts';
import { localeOf } from '../subject/locale.ts';
import { inLanguages } from '../texts/index.ts';
import { inLanguage } from '../texts/languages.ts';
import type { NamedRecord, Row } from '../systems/system.ts';
import { writeExport } from './archive/contents.ts';
import { bucketStore, type ObjectStore } from './archive/objects.ts';
import { exportPrefix, toldJob } from './plan.ts';
import { CONSENT_RECEIPT } from './receipt.ts';
import { intoObject } from './archive/write.ts';

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
      /**
       * An earlier call saw to it, and may have died before the person was told. This call has
       * added nothing.
       */
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
 * table, page and signed manifest. The last of them completes the request, and the person is told
 * again.
 *
 * Of two officers at once, one is refused (`changed`), and nothing of theirs is left. A call that
 * died is made again: its rest in the bucket goes, and the person is told if it had completed the
 * request.
 */
export async function addOfficersPart(context: Context, order: Addendum): Promise<Added> {
  const waiting = await waitingExport(context, order.uid, order.request);
  if (waiting === null) return finishBefore(context, order);
  if (!waiting.open.includes(order.source)) return { ok: false, because: 'notOpen', open: waiting.open };
  // Its last step removes every object that is not published.
  const job = await loadJob(context, waiting.job);
  if (job !== null && job.steps['clean']?.state !== 'done') return { ok: false, because: 'working' };

  const store = bucketStore(await context.clients.bucket('exports'));
  const prefix = exportPrefix(order.uid, waiting.ref.requestId);
  await removeLeft(context, store, prefix, waiting.parts);
  const part = order.files.length === 0 ? undefined : await writePart(context, waiting, order);
  const open = await seeTo(context, waiting, { source: order.source, part, officer: order.officer });
  if (open === null) {
    if (part !== undefined) await store.remove(`${prefix}${part.object}`);
    return { ok: false, because: 'changed' };
  }
  const completed = open.length === 0;
  if (completed) await haveTold(context, waiting);
  return { ok: true, completed, open, ...defined({ part }) };
}

/**
 * Does the rest of a call that died between its last two writes: the person is to be told. Once,
 * however often this is called.
 */
async function finishBefore(context: Context, order: Addendum): Promise<Added> {
  const done = await completedExport(context, order.uid, order.request);
  const seen = done !== null && Object.hasOwn(done.seenTo, order.source) ? done.seenTo[order.source] : undefined;
  // Files that came to nothing before are not called added now.
  const isSame = seen !== undefined && (order.files.length === 0 || seen.added);
  const { rights, controller } = context.policy;
  const isKept =
    done !== null && context.now() < addPeriod(done.completedAt, rights.exportsKept.period, controller.timeZone);
  if (!isSame || !isKept) return { ok: false, because: 'notWaiting' };
  await haveTold(context, done);
  return { ok: true, completed: true, open: [], before: true };
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

/** Has the person told, once, however often the last source is seen to. */
const haveTold = (context: Context, { ref, chain, product }: CompletedExport | WaitingExport): Promise<unknown> => {
  const { rights, controller } = context.policy;
  const dueAt = addPeriod(context.now(), rights.answerWithin.period, controller.timeZone);
  return createJob(context, toldJob(ref, chain, product, dueAt));
};

async function writePart(
  context: Context,
  { ref: { requestId }, parts, product, open }: WaitingExport,
  { uid, source, files }: Addendum,
): Promise<AnsweredPart> {
  const { policy } = context;
  const store = bucketStore(await context.clients.bucket('exports'));
  const object = `${randomUUID()}.zip`;
  const name = `${exportPrefix(uid, requestId)}${object}`;
  const now = context.now();
  const previous = parts.at(-1)?.sha256;
  const { language } = noticeLanguage(policy, await localeOf(context, uid));
  const left = open.filter((other) => other !== source);
  const { bytes, sha256 } = await intoObject(store, name, now, (archive) =>
    writeExport(archive, {
      policy,
      plan: {
        product,
        policyVersion: policy.version,
        records: [sourceRecord(policy, source)],
        systems: [],
        manual: [],
      },
      request: requestId,
      uid,
      now,
      missing: left.map((id) => ({ source: id, name: inLanguage(nameOf(policy, id), language), why: 'manual' })),
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
  await store.describe(name, { sha256, product, policyVersion: policy.version });
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

/** The name of a source as people read it. */
export function nameOf(policy: Policy, id: string): Text {
  if (id === CONSENT_RECEIPT) return inLanguages(policy, ({ archive }) => archive.receiptName);
  const name = policy.recipients[id]?.name ?? systemWords[id] ?? id;
  return policy.records[id]?.name ?? inLanguages(policy, () => name);
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
