import type { Bucket } from '@google-cloud/storage';
import { codeOf } from '../../platform/codes.ts';
import type { Clients, Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';

/** The buckets in which an erasure ends files: the app's and that of the exports. */
const BUCKETS = ['app', 'exports'] as const satisfies readonly Parameters<Clients['bucket']>[0][];

/** Answers that come when nothing is wrong with the question: it is asked again. */
const TEMPORARY: readonly unknown[] = [408, 429, 500, 502, 503, 504];

/**
 * Reads for how long files that an erasure removed can be restored: the longest soft delete of
 * their buckets. Two calls of Cloud Storage.
 *
 * @returns seconds, 0 if it is switched off; null if a bucket does not say, or may not be asked
 * @throws ComplianceError `storage.<status>` if Cloud Storage does not answer now
 */
export async function softDeleteSeconds({ clients }: Pick<Context, 'clients'>): Promise<number | null> {
  const found = await Promise.all(BUCKETS.map(async (kind) => secondsOf(await clients.bucket(kind))));
  const known = found.filter((seconds) => seconds !== null);
  return known.length < found.length ? null : Math.max(...known);
}

async function secondsOf(bucket: Bucket): Promise<number | null> {
  const settings = await bucket.getMetadata().catch((cause: unknown) => {
    const code = codeOf(cause);
    if (typeof code === 'number' && !TEMPORARY.includes(code)) return null;
    const bare = typeof code === 'number' ? code : 'network';
    throw new ComplianceError(`storage.${bare}`, `Cloud Storage did not tell a bucket's settings (${bare})`, { cause });
  });
  const seconds = Number(settings?.[0].softDeletePolicy?.retentionDurationSeconds ?? NaN);
  return Number.isInteger(seconds) && seconds >= 0 ? seconds : null;
}
