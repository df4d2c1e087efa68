import { randomUUID } from 'node:crypto';
import { newestHead } from '../ledger/find.ts';
import { record, unlessErased } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { type Instant, MINUTE_MS } from '../platform/time.ts';
import { refusing, type Answer } from '../platform/intake.ts';
import { exportOf, partsOf } from '../requests/answered.ts';
import { mayHaveNow } from '../requests/powerNow.ts';
import { requestKey } from '../requests/request.ts';
import { recordUnder } from '../requests/find.ts';
import { isHolderOf } from '../subject/guardians.ts';
import { namesOfChain, pseudonymOf, pseudonymsOf } from '../subject/pseudonym.ts';
import type { SignedCall } from '../subject/signIn.ts';
import { countCall } from '../subject/rateLimit.ts';
import { linkMessage, readLinkForm, type LinkRefusal } from './linkForm.ts';
import { bucketStore } from './archive/objects.ts';
import { exportPrefix } from './plan.ts';

/**
 * How long a link works: long enough to begin a download on a slow line, too short to be passed on.
 */
export const LINK_MS = 10 * MINUTE_MS;
/**
 * An archive holds everything: so its person must have signed in this lately, and an unlocked
 * device is not enough.
 */
export const SIGNED_IN_WITHIN_MS = 10 * MINUTE_MS;
/** More downloads of one's data in an hour nobody needs. */
export const LINKS_PER_HOUR = 10;

export interface Link {
  /** A V4 signed URL. Everybody who has it has the archive, so it is written down nowhere. */
  readonly url: string;
  readonly expiresAt: Instant;
  readonly bytes: number;
  readonly sha256: string;
  /** The number of this archive among `parts`; each has a link of its own. */
  readonly part: number;
  readonly parts: number;
}

/**
 * May a holder have the copy that they asked for? The power by which they asked names the right and
 * runs now, and the person does not disagree. A stranger costs one query that finds nothing.
 */
async function isForHolder(
  context: Context,
  { holder, child, requestId }: { readonly holder: string; readonly child: string; readonly requestId: string },
): Promise<boolean> {
  const may = await Promise.all(
    (['access', 'portability'] as const).map((right) => isHolderOf(context, holder, child, right)),
  );
  if (!may.includes(true)) return false;
  const { chain, head } = await newestHead(context, child);
  const { keys } = context;
  const keyOf = (name: string): string => requestKey(name, requestId, keys);
  const { record } = (await recordUnder(context, namesOfChain(child, chain, keys), keyOf)) ?? {};
  const asked = record?.onBehalf?.holder;
  if (record === undefined || asked === undefined || !pseudonymsOf(holder, keys).includes(asked)) return false;
  return mayHaveNow(context, child, head, record);
}

/**
 * Makes a link to the archive that answers a request, for the person who made it and who has just
 * signed in. A holder names the person whose copy they asked for. It is made for each download, for
 * minutes, and written to the person's ledger as an access before it is handed out.
 *
 * @throws the errors of Firestore and Storage
 */
export async function issueLink(context: Context, call: SignedCall): Promise<Answer<Link, LinkRefusal>> {
  const { policy } = context;
  const read = readLinkForm(policy, call.data);
  const refuse = refusing(context, (code: LinkRefusal) => linkMessage(policy, code, call.language));

  const { uid, accountCreatedAt, signedInAt } = call.caller;
  if (!read.ok) return refuse('invalid', { issues: read.issues });
  const now = context.now();
  if (now - signedInAt > SIGNED_IN_WITHIN_MS) return refuse('stale');
  const until = await countCall(context, 'exportLink', uid, LINKS_PER_HOUR);
  if (until !== null) return refuse('rateLimited', { until });

  const { requestId, part = 1, child } = read.form;
  const holder = child === undefined ? undefined : uid;
  const of = child ?? uid;
  if (holder !== undefined && !(await isForHolder(context, { holder, child: of, requestId })))
    return refuse('notFound');
  const found = await exportOf(context, of, requestId);
  // A later account with the same uid gets nothing of the earlier one's.
  const isOlder = child === undefined && (found?.receivedAt.toMillis() ?? 0) < accountCreatedAt * 1000;
  if (found === null || isOlder) return refuse('notFound');
  const store = bucketStore(await context.clients.bucket('exports'));
  const parts = partsOf(found);
  const wanted = parts[part - 1];
  if (wanted === undefined) return refuse('notFound');
  const name = `${exportPrefix(of, requestId)}${wanted.object}`;
  if (!(await store.exists(name))) return refuse('notFound');
  const expiresAt = now + LINK_MS;
  const url = await store.link(name, expiresAt);
  const recorded = await record(
    context,
    of,
    `link:${randomUUID()}`,
    unlessErased(() => ({
      kind: 'access',
      state: `${found.type}.linkIssued`,
      ...(holder === undefined ? { actor: 'subject' } : { actor: 'holder', holder: pseudonymOf(holder, context.keys) }),
      source: 'app',
      occurredAt: now,
      recordedAt: context.now(),
    })),
  );
  // Their erasure has begun meanwhile.
  if (!recorded.recorded) return refuse('notFound');
  const { bytes, sha256 } = wanted;
  return { ok: true, result: { url, expiresAt, bytes, sha256, part, parts: parts.length } };
}
