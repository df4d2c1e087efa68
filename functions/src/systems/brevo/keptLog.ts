import type { Bucket, File } from '@google-cloud/storage';
import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import type { Brevo } from '@getbrevo/brevo';
import type { Instant } from '../../platform/time.ts';
import { isNoObject } from '../../platform/codes.ts';
import type { Context } from '../../platform/context.ts';
import { download } from '../../platform/downloads.ts';
import { BudgetError } from '../../platform/errors.ts';
import { millisOf } from '../../platform/firestore.ts';
import { keyedHash } from '../../platform/keys.ts';
import { isUid, type ProvenEmail } from '../../subject/identity.ts';
import { isOutdated, KEPT_MS, keptPrefix } from '../keptReading.ts';
import { deleteFile, filePages } from '../storage/files.ts';

/**
 * A person's log of e-mails as an export has read it, kept for a day beside their archives. Further
 * attempts, parts and exports of that day go on from it, and Brevo is not asked again.
 *
 * Pieces are `exports/{uid}/__kept__/brevo/{hash of the address}/{begun}/{number}-{read}.json`. A
 * piece begins where the one before ended, so a reading that broke off goes on there and is never
 * taken for whole.
 */

export type EmailEvent = Brevo.GetEmailEventReportResponse.Events.Item;

/**
 * The position at which a reading goes on: a period of `periodsBack`, and how much of it was read.
 */
export interface Position {
  readonly period: number;
  readonly offset: number;
}

export interface Piece {
  readonly from: Position;
  /** The beginning of the next piece; null: the reading is whole. */
  readonly next: Position | null;
  /** When the last of it was read. */
  readonly readAt: Instant;
  readonly pages: readonly { readonly period: number; readonly events: readonly EmailEvent[] }[];
}

/** A reading under way, or whole. */
export interface Reading {
  /** Names it without naming anybody: a keyed hash of the person and the address. */
  readonly id: string;
  /** When it began: the periods are counted from there. */
  readonly begun: Instant;
  /** Is it kept? Not of a person without an account. */
  readonly isKept: boolean;
  /** The pieces that are kept, in their order. */
  pieces(): AsyncIterable<Piece>;
  /**
   * @throws BudgetError if this log was read within a day and is kept no more, as when an export
   *   was taken back
   */
  begin(): Promise<void>;
  /** Keeps one more piece. */
  keep(piece: Piece): Promise<void>;
}

const START: Position = { period: 0, offset: 0 };
const TEMPLATE = 'exports/{uid}/**';

/**
 * The reading of a person's log at one address: the one that is kept, if it is less than a day old,
 * else a new one.
 */
export async function openReading(context: Context, uid: string, email: ProvenEmail, now: Instant): Promise<Reading> {
  const id = keyedHash('brevoLog', [uid, email], context.keys);
  // Nothing is kept of a person without an account: no prefix is theirs.
  if (!isUid(uid)) {
    const none = async (): Promise<void> => undefined;
    return { id, begun: now, isKept: false, pieces: nothing, begin: none, keep: none };
  }
  const bucket = await context.clients.bucket('exports');
  const prefix = `${keptPrefix(uid)}brevo/${id.slice(0, 22)}/`;
  const files = await filesOf(bucket, prefix);
  const newest = files.reduce<Kept | null>(
    (last, file) => (last === null || file.readAt >= last.readAt ? file : last),
    null,
  );
  const isUsed = newest !== null && !isOutdated(newest.readAt, now);
  const begun = isUsed ? newest.begun : now;
  for (const { begun: other, file } of files) if (!isUsed || other !== begun) await deleteFile(bucket, file, false);
  const kept = isUsed ? files.filter((file) => file.begun === begun) : [];
  const mark = context.clients.own().doc(`rateLimits/${id}`);
  let count = 0;
  return {
    id,
    begun,
    isKept: true,
    async *pieces() {
      let at: Position | null = START;
      for (const [index, { file }] of kept.entries()) {
        const piece: Piece | null = await pieceIn(bucket, file);
        if (piece === null || at === null || !isSame(piece.from, at)) {
          // It would stand in the way of the pieces that are read in its place.
          for (const rest of kept.slice(index)) await deleteFile(bucket, rest.file, false);
          return;
        }
        yield piece;
        count += 1;
        at = piece.next;
      }
    },
    async begin() {
      if (count === 0) await notReadToday(mark, now);
    },
    async keep(piece) {
      const name = `${prefix}${begun}/${String(count).padStart(6, '0')}-${piece.readAt}.json`;
      await bucket.file(name).save(JSON.stringify(piece), {
        resumable: false,
        metadata: { contentType: 'application/json', cacheControl: 'private, no-store' },
      });
      count += 1;
      if (count > 1) return;
      const until = Timestamp.fromMillis(piece.readAt + KEPT_MS);
      await mark.set({ until, expiresAt: until });
    },
  };
}

interface Kept {
  readonly begun: Instant;
  readonly readAt: Instant;
  readonly file: File;
}

/** Lists the pieces kept below a prefix, in the order of their names. */
async function filesOf(bucket: Bucket, prefix: string): Promise<Kept[]> {
  const all: Kept[] = [];
  for await (const { files } of filePages(bucket, TEMPLATE, prefix))
    for (const file of files) {
      const [, begun, readAt] = /^(\d+)\/\d+-(\d+)\.json$/.exec(file.name.slice(prefix.length)) ?? [];
      if (begun !== undefined && readAt !== undefined) all.push({ begun: Number(begun), readAt: Number(readAt), file });
    }
  return all.sort((a, b) => (a.file.name < b.file.name ? -1 : 1));
}

/** Null: it is gone, or it is no piece; the reading goes on before it. */
async function pieceIn(bucket: Bucket, { name }: File): Promise<Piece | null> {
  try {
    const bytes = await download(bucket.file(name));
    return JSON.parse(bytes.toString('utf8')) as Piece;
  } catch (error) {
    if (error instanceof SyntaxError || isNoObject(error)) return null;
    throw error;
  }
}

async function notReadToday(mark: DocumentReference, now: Instant): Promise<void> {
  const until = millisOf((await mark.get()).get('until')) ?? now;
  if (until > now)
    throw new BudgetError('brevo.readToday', 'this log was read within a day: it is read again after that', until);
}

const isSame = (a: Position, b: Position): boolean => a.period === b.period && a.offset === b.offset;

async function* nothing(): AsyncGenerator<Piece> {
  // Nothing is kept.
}
