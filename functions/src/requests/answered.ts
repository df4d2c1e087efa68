import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { listTasks } from '../officerTasks/store.ts';
import { partOf, type OfficerTask } from '../officerTasks/task.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { recordUnder } from './find.ts';
import { isExport, NOT_FOUND, requestKey, type MissingPart, type Product } from './request.ts';
import { refOf, refOfRecord, type RequestRecord, type RequestRef } from './store.ts';
import { namesOfChain } from '../subject/pseudonym.ts';

/** An archive: its object without the prefix, its bytes, their SHA-256 (hexadecimal). */
export interface AnsweredPart {
  readonly object: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The archives that a request was answered with, in order: one, or the parts of a large export. */
export const partsOf = ({ answer }: Pick<RequestRecord, 'answer'>): readonly AnsweredPart[] =>
  Array.isArray(answer?.['parts']) ? (answer['parts'] as readonly AnsweredPart[]) : [];

/**
 * May the archives of this request be given out? Not if it was taken back, before it was answered
 * or afterwards.
 */
export const isGivenOut = ({ status, withdrawnAt }: Pick<RequestRecord, 'status' | 'withdrawnAt'>): boolean =>
  status !== 'cancelled' && status !== 'refused' && withdrawnAt === undefined;

/**
 * Returns the parts that an export lacked when it was published: ids of recipients, systems and
 * records. An officer's task for each says how it stands.
 */
const askedOf = ({ answer }: Pick<RequestRecord, 'answer'>): readonly string[] =>
  Array.isArray(answer?.['asked']) ? (answer['asked'] as readonly string[]) : [];

/**
 * Returns the export that answers a request of the person with this uid. Null if there is none, it
 * was taken back (also after it was answered), or their erasure has begun.
 */
export async function exportOf(context: Context, uid: string, requestId: string): Promise<RequestRecord | null> {
  const found = await exportRecord(context, uid, (chain) => requestKey(chain, requestId, context.keys));
  return found?.record ?? null;
}

/** Rows and fields of a record that an officer kept back, for one reason (Art. 15(4)). */
export interface KeptBack {
  readonly because: string;
  readonly rows: number;
  readonly fields: number;
}

/** Returns everything that officers kept back of an export, by record. */
export const keptBackOf = ({ answer }: Pick<RequestRecord, 'answer'>): Readonly<Record<string, readonly KeptBack[]>> =>
  (answer?.['withheld'] ?? {}) as Readonly<Record<string, readonly KeptBack[]>>;

/** Returns the answers to the looks of an export, by record, each by its keyed hash. */
export const answersOf = ({ answer }: Pick<RequestRecord, 'answer'>): Readonly<Record<string, string>> =>
  (answer?.['answers'] ?? {}) as Readonly<Record<string, string>>;

/** True of a part that was kept back, and not only missed. */
export const isKeptBack = ({ because }: KeptBack): boolean => because !== NOT_FOUND;

/** Says of a record why the person has not all of it. Pure. */
export const whyNotAll = (source: string, all: readonly KeptBack[]): Pick<MissingPart, 'source' | 'why'>[] => [
  ...(all.some(isKeptBack) ? [{ source, why: 'withheld' as const }] : []),
  ...(all.every(isKeptBack) ? [] : [{ source, why: NOT_FOUND } as const]),
];

/** An export that waits for an officer. */
export interface WaitingExport {
  readonly ref: RequestRef;
  readonly chain: string;
  readonly product: Product;
  /** The job that waits for its parts. */
  readonly job: string;
  readonly parts: readonly AnsweredPart[];
  /** Ids of the recipients, systems and records that officers were asked for. */
  readonly asked: readonly string[];
  /** Of these the rows that an officer has to look at, by record (`export.look`). */
  readonly looks: Readonly<Record<string, number>>;
  /** Records of which the person has not all after a look (Art. 15(4)). */
  readonly withheld: readonly Pick<MissingPart, 'source' | 'why'>[];
  /** The officer's answer to each look that has ended, by a keyed hash of it. */
  readonly answers: Readonly<Record<string, string>>;
}

/** The task of each asked part; undefined: its job has not made it yet, or it is forged. */
export type PartTasks = ReadonlyMap<string, OfficerTask | undefined>;

/** Reads the tasks of an export's parts, in the order in which the parts were asked for. */
export async function tasksOfParts(
  store: OwnStore,
  { job, asked }: Pick<WaitingExport, 'job' | 'asked'>,
): Promise<PartTasks> {
  const { tasks } = await listTasks(store, { job });
  const byPart = new Map(tasks.map((task) => [partOf(task.for), task]));
  return new Map(asked.map((part) => [part, byPart.get(part)]));
}

/** Returns the parts that are still waited for. Pure. */
export const openParts = (tasks: PartTasks): string[] =>
  [...tasks].flatMap(([part, task]) => (task === undefined || task.status === 'open' ? [part] : []));

/**
 * Finds a person's export that is there, and waits for an officer; null if there is none.
 *
 * @param request its id, or its key, as `compliance due` shows it
 */
export async function waitingExport(context: Context, uid: string, request: string): Promise<WaitingExport | null> {
  const found = await officersExport(context, uid, request);
  return found?.record.status === 'waiting' ? waitOf(found) : null;
}

/** A request with its chain. */
interface Found {
  readonly chain: string;
  readonly record: RequestRecord;
}

/** Returns the wait of a request for its parts; of a completed one, the wait that is over. Pure. */
export const waitOf = ({ ref, chain, record }: Found & { readonly ref: RequestRef }): WaitingExport => ({
  ...{ ref, chain, product: record.type as Product, job: record.job ?? '' },
  ...{ parts: partsOf(record), asked: askedOf(record) },
  looks: (record.answer?.['looks'] ?? {}) as WaitingExport['looks'],
  withheld: Object.entries(keptBackOf(record)).flatMap(([source, all]) => whyNotAll(source, all)),
  answers: answersOf(record),
});

/**
 * The objects that answer a request, without their prefix; none if nothing does, or the person took
 * the request back. Pure.
 */
export const publishedIn = (record: RequestRecord | null): readonly string[] =>
  record !== null && isGivenOut(record) ? partsOf(record).map(({ object }) => object) : [];

/**
 * Finds a person's export that was answered; null if there is none.
 *
 * @param request its id, or its key, as `compliance due` shows it
 */
export async function officersExport(
  context: Context,
  uid: string,
  request: string,
): Promise<(Found & { readonly ref: RequestRef }) | null> {
  const isKey = (chain: string): boolean => request.startsWith(`${chain}_`);
  const keyOf = (chain: string): string => (isKey(chain) ? request : requestKey(chain, request, context.keys));
  const found = await exportRecord(context, uid, keyOf);
  if (found === null) return null;
  const { chain, record } = found;
  const ref = isKey(chain)
    ? await refOfRecord(context, uid, request, record)
    : refOf(uid, chain, request, context.keys);
  return { chain, record, ref };
}

async function exportRecord(context: Context, uid: string, keyOf: (chain: string) => string): Promise<Found | null> {
  const { chain, head } = await latestHead(context, uid);
  if (erasureOf(head)) return null;
  const found = await recordUnder(context, namesOfChain(uid, chain, context.keys), keyOf);
  if (found === null) return null;
  const { record } = found;
  // While an archive is being sent as the person asked (requests/transmission.ts), it is theirs
  // already.
  const isSent = record.status === 'in_progress' && record.transmission !== undefined;
  const isThere = record.status === 'completed' || record.status === 'waiting' || isSent;
  const isAnswered = isExport(record.type) && partsOf(record).length > 0 && isGivenOut(record);
  return isThere && isAnswered ? found : null;
}
