import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { isUid } from '../subject/identity.ts';
import { bucketStore } from './objects.ts';

/** An archive that lies in the bucket of the exports. */
export interface ExportListing {
  readonly requestId: string;
  /** The object's whole name. */
  readonly object: string;
  readonly bytes: number;
  /** Absent: the attempt that wrote it did not finish. */
  readonly sha256: string | undefined;
  readonly product: string | undefined;
}

/**
 * The archives of a person, as the bucket has them; `requests` says which of them is published.
 *
 * @throws PermanentError `subject.uid` for a uid that cannot be part of a path
 */
export async function listExports(context: Context, uid: string): Promise<ExportListing[]> {
  if (!isUid(uid)) throw new PermanentError('subject.uid', 'this uid cannot be part of a path');
  const store = bucketStore(await context.clients.bucket('exports'));
  const found: ExportListing[] = [];
  for await (const { name, bytes, metadata } of store.list(`exports/${uid}/`)) {
    const [, , requestId, file] = name.split('/');
    if (requestId === undefined || !file?.endsWith('.zip') || name.split('/').length !== 4) continue;
    found.push({ requestId, object: name, bytes, sha256: metadata['sha256'], product: metadata['product'] });
  }
  return found;
}
