import { meter } from '../../crypto/hash.ts';
import type { Head } from '../../ledger/chain.ts';
import { signers } from '../../crypto/signers.ts';
import type { Instant } from '../../platform/time.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import { receiptFiles, type ReceiptFiles } from '../../proof/receipt/files.ts';
import type { Refusal, Subject } from '../../subject/identity.ts';
import { localeOf } from '../../subject/locale.ts';
import { searchedBy } from '../../systems/registry.ts';
import type { NamedRecord, Row, Scope, System } from '../../systems/system.ts';
import { createArchive, measure, type Archive } from './archive.ts';
import { writeExport, type ExportSource, type WrittenPart } from './contents.ts';
import { OWN_WORDS, type Manifest, type Missing } from './manifest.ts';
import type { ObjectStore } from './objects.ts';
import type { ExportPlan } from '../plan.ts';
import type { Written } from '../progress.ts';
import { openSources } from '../reading/openSources.ts';

/** The part of an order that the content goes by as it is. */
type Wanted = Pick<
  ExportSource,
  'plan' | 'part' | 'from' | 'lostBefore' | 'waitingBefore' | 'lookedWithin' | 'tolerant' | 'waitsFor'
>;

export interface Order extends Wanted {
  readonly ref: { readonly uid: string; readonly requestId: string };
  /** Of a person without an account, whose uid is empty: their name among `subjects`. */
  readonly subjectKey?: string;
  readonly chain: string;
  /** Of their chain, as it is now. */
  readonly head: Head;
  /** The object to write. */
  readonly name: string;
  /** The attempt fails when it is not done by then (epoch milliseconds). */
  readonly stopAt: number;
  /**
   * The part ends at the next row when this moment (epoch milliseconds) is over, or so many bytes
   * are written or waiting.
   */
  readonly full: { readonly at: number; readonly bytes: number };
}

/**
 * Writes one archive of a person's data to one object, as it is read: nothing is held whole, on
 * this side or on the other.
 *
 * @returns the written part, or null if the account is gone, or the address proves nothing any
 * more. Throws if a source or the upload fails; then there is no such object.
 */
export async function writeArchive(context: Context, store: ObjectStore, order: Order): Promise<Written | null> {
  const { plan, chain, head, tolerant } = order;
  const { uid, requestId } = order.ref;
  const sources = await openSources(context, { uid, chain, subjectKey: order.subjectKey }, plan.records, order);
  if (sources === null) return null;
  const { systems, scope, refused, failed, read } = sources;
  const { subject, now } = scope;
  const hasAccount = uid !== '';
  const absent = await absentOf(systems, plan, scope, tolerant);
  const signer = signers(context).current;
  const { language } = noticeLanguage(context.policy, hasAccount ? await localeOf(context, uid) : undefined);
  const receipt = (): Promise<ReceiptFiles> =>
    receiptFiles(context, { chain, head, accountCreatedAt: subject.accountCreatedAt, issuedAt: now, language });
  const source = (bytesSoFar: () => number): ExportSource => ({
    ...order,
    policy: context.policy,
    request: requestId,
    uid,
    now,
    missing: missingOf(plan, refused, subject),
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
    failed,
    language,
    // Somebody without an account has agreed to nothing.
    ...(order.part.number > 1 || !hasAccount ? {} : { receipt }),
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
