import { spend, type Head } from '../ledger/chain.ts';
import type { Draft } from '../ledger/entry.ts';
import { record, type Verdict } from '../ledger/store.ts';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { issuesOf, reject, type Issue } from '../platform/intake.ts';
import { contract } from '../policy/contract.ts';
import { deviceHash, pseudonymOf } from '../subject/pseudonym.ts';
import { notAfter, receiptOf } from './decide.ts';
import { devicePermissionDocument, type DocumentEvent } from './documents.ts';
import { keepRejected } from './recordDecision.ts';

/** One change of a device's permission: history, never a consent. */
export interface PermissionChange {
  readonly before: { readonly granted: boolean } | null;
  readonly after: { readonly granted: boolean; readonly permission: string; readonly updatedAt: Instant } | null;
  readonly writtenAt: Instant;
}

/**
 * Decides how a change of a device permission is recorded. One that changes nothing, and a
 * deletion, are ignored.
 */
export function decidePermission(change: PermissionChange, head: Head, now: Instant, device: string): Verdict {
  const { before, after, writtenAt } = change;
  if (after === null || before?.granted === after.granted) return { ignore: true };
  if (head.erasing !== undefined) return { reject: 'late' };
  const budget = spend(head.budget, 'devicePermission', now);
  if (budget === null) return { reject: 'overBudget' };
  const draft: Draft = {
    kind: 'devicePermission',
    permission: after.permission,
    state: after.granted ? 'granted' : 'denied',
    device,
    actor: 'subject',
    declared: ['permission', 'state', 'device'],
    ...notAfter(receiptOf(after.updatedAt, writtenAt), after.updatedAt),
    recordedAt: now,
  };
  return { record: draft, patch: { budget } };
}

/** A device permission was written: history in the ledger, never a consent. */
export async function onDevicePermissionWritten(context: Context, event: DocumentEvent): Promise<void> {
  const { uid, id, key, before, after, writtenAt } = event;
  const refuse = (issues: readonly Issue[]): Promise<void> =>
    reject(context, { template: contract.devicePermissions, pseudonym: pseudonymOf(uid, context.keys), issues });

  const read = after && devicePermissionDocument().safeParse(after);
  if (read && !read.success) return refuse(issuesOf(read.error, '(document)'));
  if (read && key !== `${read.data.deviceId}_${read.data.permission}`)
    return refuse([{ code: 'mismatch', field: '(id)' }]);
  const known = before && devicePermissionDocument().safeParse(before);
  const device = read ? deviceHash(uid, read.data.deviceId, context.keys) : '';
  const change = {
    before: known?.success === true ? known.data : null,
    after: read ? { ...read.data, updatedAt: read.data.updatedAt.toMillis() } : null,
    writtenAt,
  };
  const decide = (head: Head): Verdict => decidePermission(change, head, context.now(), device);
  const outcome = await record(context, uid, id, decide, { at: writtenAt });
  await keepRejected(context, { uid, template: contract.devicePermissions }, outcome);
}
