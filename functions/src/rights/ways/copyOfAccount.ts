import { randomUUID } from 'node:crypto';
import { refreshProtection } from '../../consent/protection.ts';
import { meter } from '../../crypto/hash.ts';
import { bucketStore, type ObjectStore } from '../../export/archive/objects.ts';
import { exportPrefix } from '../../export/plan.ts';
import type { Head } from '../../ledger/chain.ts';
import { isStillOf, newestHead } from '../../ledger/find.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { anothers } from '../../requests/addPart.ts';
import { isGivenOut, partsOf, tasksOfParts, waitOf, type AnsweredPart } from '../../requests/answered.ts';
import { mayStillHave } from '../../requests/onBehalf.ts';
import { isChannel } from '../../requests/request.ts';
import type { RequestRecord } from '../../requests/store.ts';
import { generationOf } from '../../subject/pseudonym.ts';
import type { FoundRequest } from '../answers/find.ts';
import { recordAbout } from '../written.ts';
import { copyName, type Copied, type NoCopy } from './copied.ts';

/**
 * Writes the published archives of an account's request, to be given into somebody's hands: a
 * parent's, a guardian's, the person's. Only of a request that an officer entered, with a power and
 * a proof of identity. The app's own are downloaded in the app, after a sign-in.
 *
 * The request notes the copy, and the ledger has an access by the officer, in one transaction. Both
 * come before anything is handed out. Costs 3 reads, 3 writes, and 2 calls for each archive; if
 * somebody else asked for the person, also the reading of the servers' statements.
 *
 * @throws ComplianceError `export.changed` if an archive is not as it was published
 */
export async function copyOfAccount(
  context: Context,
  { ref, record }: FoundRequest,
  store: ObjectStore,
  officer: string | undefined,
): Promise<Copied> {
  const no = noCopyOf(record);
  if (no !== undefined) return { ok: false, because: no };
  // A power that servers have just ended counts for nothing, also before its event has come.
  if (record.onBehalf !== undefined) await refreshProtection(context, ref.uid);
  const newest = await newestHead(context, ref.uid);
  if (!isStillOf(newest, record.pseudonym)) return { ok: false, because: 'erased' };
  if (!mayHave(context, newest.head, record)) return { ok: false, because: 'power' };
  const bucket = bucketStore(await context.clients.bucket('exports'));
  const parts = partsOf(record);
  const nameOf = ({ object }: AnsweredPart): string => `${exportPrefix(ref.uid, ref.requestId)}${object}`;
  for (const part of parts) if (!(await bucket.exists(nameOf(part)))) return { ok: false, because: 'over' };
  for (const [index, part] of parts.entries()) {
    const bytes = asPublished(bucket.read(nameOf(part)), part);
    await store.write(copyName(index + 1), bytes, { contentType: 'application/zip' });
  }
  const files = parts.map(({ bytes, sha256 }) => ({ bytes, sha256 }));
  const missing = await missingOf(context, { ref, record });
  const copy = { at: context.now(), files, missing, ...defined({ officer }) };
  const not = await note(context, { ref, record }, copy);
  if (not !== undefined) return { ok: false, because: not };
  return { ok: true, files, counts: (record.answer?.['counts'] ?? {}) as Record<string, number>, missing };
}

/**
 * May the asker have the copy? Of somebody else, their power has to run now, and the person not to
 * disagree, as for a link (export/link.ts).
 */
const mayHave = ({ policy, now }: Context, { powers }: Head, record: RequestRecord): boolean =>
  record.entered?.power === 'self' || (record.onBehalf !== undefined && mayStillHave(policy, powers, record, now()));

/** Why an account's request has no copy, as far as the record says. Pure. */
function noCopyOf(record: RequestRecord): NoCopy | undefined {
  const { channel, entered, status } = record;
  // A link is used without an officer: it proves a mailbox, and no account.
  if (entered === undefined || !isChannel(channel)) return 'unentered';
  if (entered.identity.result !== 'proven') return 'doubted';
  if (entered.identity.method === 'mailbox') return 'mailbox';
  if (!isGivenOut(record)) return 'final';
  const isPublished = (status === 'completed' || status === 'waiting') && partsOf(record).length > 0;
  return isPublished ? undefined : 'notReady';
}

/** Yields the bytes of an archive, and fails at the end if they are not those of the answer. */
async function* asPublished(bytes: AsyncIterable<Uint8Array>, part: AnsweredPart): AsyncGenerator<Uint8Array> {
  const measured = meter();
  for await (const piece of bytes) {
    measured.update(piece);
    yield piece;
  }
  if (measured.bytes === part.bytes && measured.sha256() === part.sha256) return;
  throw new ComplianceError('export.changed', 'an archive is not as it was published: nothing was copied');
}

/** Names the sources whose part is not in the archives, now or for good. */
async function missingOf(context: Context, { ref, record }: FoundRequest): Promise<string[]> {
  const { answer, pseudonym: chain } = record;
  const missing = Array.isArray(answer?.['missing']) ? (answer['missing'] as string[]) : [];
  const tasks = await tasksOfParts(context, waitOf({ ref, chain, record }));
  return missing.filter((source) => tasks.get(source)?.status !== 'done');
}

/**
 * Notes a copy on the request, and records the officer's access in the person's ledger.
 *
 * @returns why it is not handed out, if it is not
 */
async function note(
  context: Context,
  { ref, record: { type, pseudonym } }: FoundRequest,
  copy: { readonly at: number; readonly officer?: string },
): Promise<NoCopy | undefined> {
  const outcome = await recordAbout(context, ref, `copy:${randomUUID()}`, {
    draft: (current, head) => {
      if (noCopyOf(current) !== undefined || !mayHave(context, head, current)) return null;
      const by = { actor: 'officer', ...defined({ officer: copy.officer }) } as const;
      return { kind: 'access', state: `${type}.copied`, ...by, occurredAt: copy.at, recordedAt: context.now() };
    },
    next: (current, chain) => {
      if (generationOf(chain) !== generationOf(pseudonym)) throw anothers();
      return { record: { ...current, answer: { ...current.answer, copy } } };
    },
  });
  if (outcome.recorded) return undefined;
  return outcome.because === 'late' ? 'erased' : 'changed';
}
