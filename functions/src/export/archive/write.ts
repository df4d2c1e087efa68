import { meter } from '../../crypto/hash.ts';
import type { Head } from '../../ledger/chain.ts';
import { signers } from '../../crypto/signers.ts';
import type { Instant } from '../../platform/time.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import { receiptFiles } from '../../proof/receipt/files.ts';
import type { Refusal, Subject } from '../../subject/identity.ts';
import { localeOf } from '../../subject/locale.ts';
import { searchedBy } from '../../systems/registry.ts';
import type { NamedRecord, Row, Scope, System } from '../../systems/system.ts';
import type { Language } from '../../texts/languages.ts';
import { createArchive, type Archive } from './archive.ts';
import { writeExport, type ExportSource, type Position, type WrittenPart } from './contents.ts';
import { OWN_WORDS, type Manifest, type Missing } from './manifest.ts';
import type { ObjectStore } from './objects.ts';
import type { ExportPlan } from '../plan.ts';
import type { Waiting } from '../look/looked.ts';
import { openSources } from '../reading/openSources.ts';

export interface Order {
  readonly ref: { readonly uid: string; readonly requestId: string };
  /** Of a person without an account, whose uid is empty: their name among `subjects`. */
  readonly subjectKey?: string;
  readonly plan: ExportPlan;
  readonly chain: string;
  /** Of their chain, as it is now. */
  readonly head: Head;
  /** The object to write. */
  readonly name: string;
  /** The attempt fails when it is not done by then (epoch milliseconds). */
  readonly stopAt: number;
  /** Is a source that fails left out, and named as missing? */
  readonly tolerant: boolean;
  /** Is this an error that is waited for, even if others are left out? */
  readonly waitsFor?: ((error: unknown) => boolean) | undefined;
  /** The number of this part, its beginning, and the gaps of the parts before. */
  readonly part: ExportSource['part'];
  readonly from?: Position | undefined;
  readonly lostBefore?: readonly string[];
  /** Rows of the parts before that wait for an officer's look, by record. */
  readonly waitingBefore?: Waiting;
  /** An officer's decision about rows of a record to look at. Absent: they wait for one. */
  readonly lookedWithin?: ExportSource['lookedWithin'];
  /**
   * The part ends at the next row when this moment (epoch milliseconds) is over, or so many bytes
   * are written or waiting.
   */
  readonly full: { readonly at: number; readonly bytes: number };
}

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
  readonly counts: Readonly<Record<string, number>>;
  /** Ids of recipients, systems and records whose part is missing. */
  readonly missing: readonly string[];
  /** Ids of `missing` that could not be read, in this part or before. */
  readonly failed: readonly string[];
  /** Rows that wait for an officer's look, in this part or before; by record. */
  readonly waiting: Waiting;
  /** The beginning of the next part, if there is more. */
  readonly next: Position | undefined;
}

/**
 * Writes one archive of a person's data to one object, as it is read: nothing is held whole, on
 * this side or on the other.
 *
 * @returns the written part, or null if the account is gone, or the address proves nothing any
 * more. Throws if a source or the upload fails; then there is no such object.
 */
export async function writeArchive(context: Context, store: ObjectStore, order: Order): Promise<Written | null> {
  const { plan } = order;
  const whose = { uid: order.ref.uid, chain: order.chain, subjectKey: order.subjectKey };
  const sources = await openSources(context, whose, plan.systems, order);
  if (sources === null) return null;
  const { subject, systems, scope, refused, failed, read } = sources;
  const hasAccount = subject.uid !== '';
  const { now } = scope;
  const absent = await absentOf(systems, plan, scope, order.tolerant);
  const signer = signers(context).current;
  const source = (bytesSoFar: () => number): ExportSource => ({
    policy: context.policy,
    plan,
    request: order.ref.requestId,
    uid: order.ref.uid,
    now,
    missing: missingOf(plan, refused, subject),
    part: order.part,
    from: order.from,
    lostBefore: new Set(order.lostBefore),
    ...defined({ waitingBefore: order.waitingBefore, lookedWithin: order.lookedWithin }),
    isFull: (waiting) => context.now() > order.full.at || bytesSoFar() + waiting > order.full.bytes,
    read: (named: NamedRecord, cursor) => (absent.has(named.id) ? noRows() : read(named, cursor)),
    proceed: () => {
      if (context.now() > order.stopAt) {
        throw new ComplianceError('export.time', 'this export is larger than one task can carry in its time');
      }
    },
    store,
    spoolName: `${order.name}.spool`,
    signer,
    tolerant: order.tolerant,
    waitsFor: order.waitsFor,
    failed,
    language: async () =>
      noticeLanguage(context.policy, hasAccount ? await localeOf(context, order.ref.uid) : undefined).language,
    // Somebody without an account has agreed to nothing.
    ...(order.part.number > 1 || !hasAccount
      ? {}
      : {
          receipt: (language: Language) =>
            receiptFiles(context, {
              chain: order.chain,
              head: order.head,
              accountCreatedAt: subject.accountCreatedAt,
              issuedAt: now,
              language,
            }),
        }),
  });
  const { manifest, next, lost, waiting, bytes, sha256 } = await intoObject(
    store,
    order.name,
    now,
    (archive, bytesSoFar) => writeExport(archive, source(bytesSoFar)),
  );
  const written: Written = { ...summary(manifest), failed: lost, waiting, next, bytes, sha256 };
  await store.describe(order.name, {
    sha256: written.sha256,
    product: plan.product,
    policyVersion: plan.policyVersion,
    counts: JSON.stringify(written.counts),
  });
  if (written.failed.length > 0)
    context.log.error('an export lacks what could not be read: an officer has to add it', {
      records: written.failed.join(' '),
    });
  return written;
}

/**
 * Writes an archive to an object while it is filled.
 *
 * @param fill told how many bytes went out so far
 * @returns the answer of `fill`, with the object's bytes and SHA-256. Throws if either side fails;
 * then there is no such object.
 */
export async function intoObject(
  store: ObjectStore,
  name: string,
  now: Instant,
  fill: (archive: Archive, bytesSoFar: () => number) => Promise<WrittenPart>,
): Promise<WrittenPart & { readonly bytes: number; readonly sha256: string }> {
  const archive = createArchive(new Date(now));
  const measured = meter();
  const upload = store.write(name, measure(archive.output, measured), {
    contentType: 'application/zip',
    contentDisposition: 'attachment; filename="personal-data.zip"',
  });
  const written = await finishBoth(
    archive,
    fill(archive, () => measured.bytes),
    upload,
  );
  return { ...written, bytes: measured.bytes, sha256: measured.sha256() };
}

/**
 * Waits for both sides. The failure of one ends the other, and the one that failed by itself is
 * told.
 */
async function finishBoth(
  archive: Archive,
  content: Promise<WrittenPart>,
  upload: Promise<void>,
): Promise<WrittenPart> {
  const filled = content.then(
    (written) => {
      archive.finish();
      return written;
    },
    (error: unknown) => {
      archive.abort(error instanceof Error ? error : new Error('a source failed'));
      throw error;
    },
  );
  const uploaded = upload.catch((error: unknown) => {
    archive.abort(error instanceof Error ? error : new Error('the upload failed'));
    throw error;
  });
  // The upload sees the content's own error; the content sees only that its reader has gone.
  const both = await Promise.allSettled([uploaded, filled]);
  for (const side of both) if (side.status === 'rejected') throw side.reason;
  return filled;
}

async function* measure(bytes: AsyncIterable<unknown>, measured: ReturnType<typeof meter>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    const piece = chunk as Uint8Array;
    measured.update(piece);
    yield piece;
  }
}

async function* noRows(): AsyncGenerator<Row> {
  // There are none.
}

/**
 * Returns records without rows, found with fewer reads than by asking for each; the others are
 * asked for.
 */
async function absentOf(
  systems: ReadonlyMap<string, System>,
  plan: ExportPlan,
  scope: Scope,
  tolerant: boolean,
): Promise<ReadonlySet<string>> {
  const absent = new Set<string>();
  for (const [id, system] of systems) {
    const records = plan.records.filter(({ record }) => record.system === id);
    try {
      for (const record of (await system.absent?.(records, scope)) ?? []) absent.add(record);
    } catch (error) {
      if (!tolerant) throw error;
    }
  }
  return absent;
}

/**
 * Lists the gaps of the archive: recipients without an interface, and candidates that are not
 * proven to be the person's. An identifier without proof is named for each place that is searched
 * by it, whatever is there: otherwise an archive would tell of other people's rows.
 */
function missingOf(plan: ExportPlan, refused: readonly Refusal[], subject: Subject): Missing[] {
  const { unproven = [], historyLost } = subject;
  const places = plan.records.flatMap(searchedBy);
  const claims = unproven.flatMap(({ kind, reason }) =>
    places.filter(({ kinds }) => kinds.includes(kind)).map(({ source, name }) => ({ source, name, why: reason })),
  );
  // Under a former address there can be more of theirs, and nobody knows the former ones any more.
  const lost = historyLost === true ? places.filter(({ kinds }) => kinds.length > 0) : [];
  const all = [
    ...plan.manual.map(({ id, recipient }) => ({ source: id, name: recipient.name, why: 'manual' })),
    ...refused.map(({ candidate, reason }) => ({ source: candidate.system, name: candidate.system, why: reason })),
    ...claims,
    ...lost.map(({ source, name }) => ({ source, name, why: 'historyLost' })),
  ];
  return [...new Map(all.map((one) => [JSON.stringify([one.source, one.why]), one])).values()];
}

function summary(manifest: Manifest): Pick<Written, 'counts' | 'missing'> {
  return {
    counts: Object.fromEntries(manifest.records.map(({ record, count }) => [record, count])),
    // Nobody adds what a holder does not get.
    missing: [...new Set(manifest.missing.flatMap(({ source, why }) => (why === OWN_WORDS ? [] : [source])))],
  };
}
