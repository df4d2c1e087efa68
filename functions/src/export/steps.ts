import { randomUUID } from 'node:crypto';
import { openErasuresOf } from '../erasure/holdTasks/wake.ts';
import { canBeTakenBack } from '../erasure/starts/standing.ts';
import { limitsOf, type Runner } from '../jobs/catalog.ts';
import { chainOf } from '../jobs/define.ts';
import { createJob, loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { headRef, readHead } from '../ledger/documents.ts';
import { type Instant, MINUTE_MS } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { ComplianceError, PermanentError } from '../platform/errors.ts';
import { addPeriod, answerBy } from '../policy/calendar.ts';
import { tellExport } from '../messages/export.ts';
import { publishedIn } from '../requests/answered.ts';
import { LATER_PARTS, SENDING_CANCELLED } from '../requests/request.ts';
import { finishRequest, loadRequest, refIn } from '../requests/store.ts';
import { endOfSending } from '../requests/transmission.ts';
import { localeOf } from '../subject/locale.ts';
import { addressOf } from '../subject/proven.ts';
import { isOutdated, keptPrefix } from '../systems/keptReading.ts';
import type { Cursor, Outcome, Progress } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { bucketStore, type ObjectStore } from './archive/objects.ts';
import { cursorOf, progressOf, type ExportProgress } from './progress.ts';
import { ExportError, isForBudget, isTolerant, waitFor } from './waiting.ts';
import { CONSENT_RECEIPT } from './receipt.ts';
import type { Waiting } from './look/looked.ts';
import type { Sender } from './transmission/send.ts';
import { exportJobs, type ExportJob } from './job.ts';
import { endParts, leaseOf, lookIn, waitForParts } from './parts.ts';
import { exportPrefix, partsJob, planExport, type ExportPlan } from './plan.ts';

/** Tests set these otherwise. */
export interface ExportOptions {
  /** When a part ends. */
  readonly limits?: PartLimits | undefined;
  /** Sends an archive to another controller. */
  readonly sender?: () => Promise<Sender>;
}

/**
 * Runs the steps of an export job (job.ts). `archive` hands the name of its object over as the
 * cursor: of attempts that overlap, the engine records one. Run again with it, it writes the next
 * part, if there is more, or publishes.
 */
export function exportRunner(context: Context, options: ExportOptions = {}): Runner {
  const { limits, sender = async () => (await import('./transmission/send.ts')).createSender() } = options;
  const published: Published = new Map();
  const storeNow = async (): Promise<ObjectStore> => bucketStore(await context.clients.bucket('exports'));
  return exportJobs.runner({
    archive: async (job, { cursor }) => {
      if (isWritten(cursor)) return publish(context, published, job, cursor);
      const chain = chainOf(job);
      const store = await storeNow();
      return withWaits(context, job, cursor, () => write(context, limits, store, job, chain));
    },
    transmit: async (job, { cursor }) => {
      const isThere = async (): Promise<boolean> => (await headOf(context, chainOf(job))) !== null;
      const { transmit } = await import('./transmission/transmit.ts');
      const work = { context, store: await storeNow(), send: await sender(), ref: refIn(job.input), isThere };
      return transmit(work, job, cursor);
    },
    told: (job) => tell(context, job),
    clean: async (job) => clean(context, published, await storeNow(), job),
    officers: async (job) => waitForParts(context, job, (await headOf(context, chainOf(job))) !== null),
  });
}

/**
 * The objects that a task has published, by request, for the steps that follow in it. If the
 * request is taken back meanwhile, a job of its own removes them.
 */
type Published = Map<string, readonly string[]>;

/** Below the function's 30 minutes and the step's lease. */
const MAX_WRITE_MS = 28 * MINUTE_MS;

/**
 * The limits of a part: everything read by then still has to be written, and a file under way ends.
 */
interface PartLimits {
  readonly ms: number;
  readonly bytes: number;
}

/** Programs that cannot read a ZIP of more than 4 GiB are still about. */
const PART_LIMITS: PartLimits = { ms: 8 * MINUTE_MS, bytes: 2e9 };

const NOTHING: Progress = { settled: [] };

/**
 * Returns the head of the person's chain; null if there is nobody left to answer: they are being
 * erased.
 */
async function headOf(context: Context, chain: string): Promise<Head | null> {
  const stored = await headRef(context.clients.own(), chain).get();
  const head = readHead(chain, stored.data(), context.keys);
  return erasureOf(head) === undefined ? head : null;
}

async function write(
  context: Context,
  limits: PartLimits = PART_LIMITS,
  store: ObjectStore,
  job: ExportJob,
  chain: string,
): Promise<Progress> {
  const ref = refIn(job.input);
  const head = await headOf(context, chain);
  // A request that is taken back has its job stopped; an archive that escapes that stays
  // unpublished.
  if (head === null) return NOTHING;
  const { writeArchive } = await import('./archive/write.ts');
  const before = progressOf(job.steps['archive']?.cursor);
  const object = `${randomUUID()}.zip`;
  const now = context.now();
  const previous = before.parts.at(-1)?.sha256;
  const name = `${exportPrefix(ref.uid, ref.requestId)}${object}`;
  const written = await writeArchive(context, store, {
    ref,
    plan: await planOf(context, job),
    chain,
    head,
    name,
    stopAt: now + MAX_WRITE_MS,
    tolerant: isTolerant(job.steps['archive'], limitsOf('export', context).maxAttempts, now),
    waitsFor: (error) => isForBudget(error, context.now(), job.dueAt),
    part: { number: before.parts.length + 1, ...defined({ previous }) },
    from: before.next,
    lostBefore: before.failed,
    waitingBefore: before.waiting,
    full: { at: now + limits.ms, bytes: limits.bytes },
  });
  if (written === null) {
    await finishRequest(context, ref, { status: 'cancelled', reason: 'accountDeleted' });
    return NOTHING;
  }
  if (isLate(job, context.now(), limitsOf('export', context).leaseMs)) {
    await store.remove(name);
    throw new ComplianceError('export.late', 'this attempt went on after its time: another one has taken over');
  }
  return { more: cursorOf(written, object, before) };
}

/**
 * Plans the archive. One for a holder that an officer let go on although the person disagrees has
 * nothing that the person wrote.
 */
async function planOf({ clients, keys, policy }: Context, job: ExportJob): Promise<ExportPlan> {
  const record = await loadRequest({ clients, keys }, refIn(job.input).key);
  return planExport(policy, job.input.product, { ownWords: record?.onBehalf?.say === 'disagrees' });
}

/**
 * Clocks of two machines differ, by less than this; of a lease that is short itself, by less than a
 * quarter of it.
 */
const CLOCKS_MS = MINUTE_MS;

/**
 * Is the lease of the attempt at the archive over? An instance can stand still and go on long after
 * the function's own time. Another attempt may have published by then, and cleaned, so that nobody
 * looks any more for the objects of this one. In doubt it is over.
 */
export const isLate = ({ steps }: Pick<Job, 'steps'>, now: Instant, leaseMs: number): boolean =>
  now >= (steps['archive']?.wakeAt ?? Infinity) - Math.min(CLOCKS_MS, leaseMs / 4);

/** Is the last part there? An export that has only waited has no progress. */
const isWritten = (cursor: Cursor | undefined): boolean =>
  cursor?.['progress'] !== undefined && progressOf(cursor).next === undefined;

/** Waits as a source asks, within limits. A source that refuses has to be talked to meanwhile. */
async function withWaits(
  context: Context,
  { id: job, dueAt }: Job,
  cursor: Cursor | undefined,
  write: () => Promise<Progress>,
): Promise<Progress> {
  try {
    return await write();
  } catch (error) {
    const wait = waitFor(error, cursor, context.now(), dueAt);
    if (wait === undefined) throw error;
    if (error instanceof PermanentError) {
      const { code, message: detail } = error;
      context.log.error('a source refuses, and an export waits for it: an officer has to act', { job, code, detail });
    }
    return wait;
  }
}

async function publish(
  context: Context,
  published: Published,
  job: ExportJob,
  cursor: Cursor | undefined,
): Promise<Progress> {
  const { parts, counts, missing, failed, waiting } = progressOf(cursor);
  if (parts.length === 0) throw new ExportError('export.empty', 'this export has no archive to publish');
  const [ref, { product }] = [refIn(job.input), job.input];
  const plan = await planOf(context, job);
  // A record that was not read whole is read by hand, with the rows that wait for a look.
  const looks = Object.fromEntries(Object.entries(waiting).filter(([id]) => !failed.includes(id)));
  // An access without the part that an officer has to add is not answered yet. Nor is one that
  // could not be read whole, or that an officer has to look at. The rest is there for the person.
  const open = product === 'access' ? missing : [...failed, ...Object.keys(looks)];
  const done = job.steps['transmit'] === undefined ? 'completed' : 'in_progress';
  const isWaiting = open.length > 0;
  const status = isWaiting ? 'waiting' : done;
  const wait = partsJob(ref, chainOf(job), product, job.dueAt);
  const answer = { parts, counts, missing, ...(isWaiting ? { asked: open, looks } : {}) };
  const end = { status, answer, ...(isWaiting ? { job: wait.id } : {}) } as const;
  if ((await headOf(context, chainOf(job))) === null || !(await finishRequest(context, ref, end))) {
    // Published before, and the process died before that was recorded: its outcomes still count.
    if (publishedIn(await loadRequest(context, ref.key))[0] !== parts[0]?.object) return NOTHING;
  }
  if (isWaiting) await createJob(context, wait);
  // Sending it takes minutes: whether it still is published is asked after that.
  if (job.steps['transmit'] === undefined)
    published.set(
      ref.key,
      parts.map(({ object }) => object),
    );
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  context.log.info('export published', { job: job.id, product, parts: parts.length, bytes });
  return { settled: outcomes(context, plan, { counts, failed, looks }) };
}

/**
 * Tells the person at the address that Auth verified, if any; a person without one sees it in the
 * app.
 */
async function tell(context: Context, job: ExportJob): Promise<Progress> {
  const ref = refIn(job.input);
  const { archive } = job.steps;
  const finishedAt = archive?.finishedAt ?? context.now();
  // Without the step it is the job that tells of the whole.
  const known = await loadRequest(context, ref.key);
  const record = archive === undefined ? known : null;
  if (archive === undefined && record?.status !== 'completed') return NOTHING;
  // The person did not ask for it: their own document tells them of it.
  if (known?.onBehalf !== undefined) return NOTHING;
  if (publishedIn(known).length === 0) return NOTHING;
  const to = await addressOf(context, { uid: ref.uid });
  if (to === undefined) return NOTHING;
  // Parts that came later were not sent, or nothing was: the person hears of it with them.
  const reason = known?.transmission?.reason;
  const isOfSending = job.input.transmission === true || reason === LATER_PARTS || reason === SENDING_CANCELLED;
  const sent = isOfSending ? endOfSending(known?.transmission) : null;
  await tellExport(context, {
    id: `export_${job.id}`,
    to,
    locale: await localeOf(context, ref.uid),
    since: archive?.finishedAt ?? job.createdAt,
    missing: record?.missing ?? [],
    until: await keptUntil(context, ref.uid, finishedAt),
    ...(sent === null ? {} : { sent }),
  });
  return NOTHING;
}

/**
 * Returns until when an archive can be downloaded: for `rights.exportsKept`, and not after the
 * grace of an erasure, which takes it with it. Costs a query.
 */
async function keptUntil(context: Context, uid: string, finishedAt: Instant): Promise<Instant> {
  const { rights, controller } = context.policy;
  const pending = (await openErasuresOf(context, { uid })).filter((job) => canBeTakenBack(job, context.now()));
  const ends = pending.map(({ input }) => Number(input['graceUntil']));
  return Math.min(addPeriod(finishedAt, rights.exportsKept.period, controller.timeZone), ...ends);
}

function outcomes(
  context: Context,
  plan: ExportPlan,
  { counts, failed, looks }: Pick<ExportProgress, 'counts' | 'failed'> & { readonly looks: Waiting },
): Outcome[] {
  const by = answerBy(context.policy, context.now());
  const what = inLanguages(context.policy, ({ officer }) => officer.notRead);
  const records = [...plan.records.map(({ id }) => id), ...failed.filter((id) => id === CONSENT_RECEIPT)];
  return [
    ...records.map((record): Outcome => {
      const count = counts[record] ?? 0;
      return failed.includes(record)
        ? { record, count, outcome: 'manual', what, by }
        : { record, count, outcome: 'done' };
    }),
    ...Object.entries(looks).map(([record, count]): Outcome => {
      return { record, count, outcome: 'manual', what: lookIn(context.policy, record, count), by };
    }),
    ...plan.manual.map(({ id, manual }): Outcome => ({ recipient: id, count: 0, outcome: 'manual', what: manual, by })),
  ];
}

/**
 * Removes the rest of attempts: everything under the request's prefix that was not published. Of a
 * request that was taken back also the wait for its parts.
 */
async function clean(context: Context, published: Published, store: ObjectStore, job: ExportJob): Promise<Progress> {
  const { of } = job.input;
  const ref = refIn(job.input);
  const prefix = exportPrefix(ref.uid, ref.requestId);
  const objects = published.get(ref.key) ?? publishedIn(await loadRequest(context, ref.key));
  const kept = new Set(objects.map((object) => `${prefix}${object}`));
  for await (const { name } of store.list(prefix)) {
    if (!kept.has(name)) await store.remove(name);
  }
  // Kept for other exports of the day; nothing of one that was taken back.
  for await (const { name, createdAt } of store.list(keptPrefix(ref.uid))) {
    if (of !== undefined || isOutdated(createdAt, context.now())) await store.remove(name);
  }
  if (of === undefined) return NOTHING;
  // A task that was at work when its job was cancelled may end after this. Its objects and tasks
  // are looked for again when its lease is over.
  const until = Math.max(await endParts(context, ref.key), leaseOf(await loadJob(context, of), 'archive'));
  return until > context.now()
    ? { wait: until, why: 'an attempt of the cancelled export may still be writing' }
    : NOTHING;
}
