import { initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp } from 'firebase-admin/firestore';
import { onConsentWritten } from '../../functions/src/consent/recordDecision.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { versionInForce } from '../../functions/src/policy/versions/inForce.ts';

/**
 * Runs inside a suite with the embedded Firestore: the real handler, once per case, with its billed
 * operations.
 */

const billing = `${process.env['FIRESTORE_BILLING_URL'] ?? ''}?project=demo-bench-cost`;
const app = initializeApp({ projectId: 'demo-bench-cost' });
const own = getFirestore(app, 'compliance');
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const context = {
  policy,
  clients: { app: () => getFirestore(app), own: () => own },
  queue: { enqueue: () => Promise.resolve() },
  keys: { current: 1, keys: { 1: 'bench' } },
  now: Date.now,
  log: silent,
} as unknown as Context;

const now = Timestamp.now();
const after = { granted: true, policyVersion: versionInForce(policy, Date.now()), source: 'app', updatedAt: now };
const figures: Record<string, unknown> = {};
for (const [name, key, times, isFirst] of [
  ['a consent change', 'analytics', 1, false],
  ['the first of a person', 'analytics', 1, true],
  ['a consent change with an effect elsewhere', 'messages', 1, false],
  ['the same, delivered twice', 'messages', 2, false],
] as const) {
  const uid = `bench-${Object.keys(figures).length}`;
  const answer = (id: string, purpose: string): Promise<unknown> =>
    onConsentWritten(context, { id, uid, key: purpose, before: undefined, after, writtenAt: now.toMillis() });
  if (!isFirst) await answer(`${uid}-before`, 'userDatabase');
  await fetch(billing, { method: 'DELETE' });
  for (let i = 0; i < times; i++) await answer(uid, key);
  figures[name] = await (await fetch(billing)).json();
}
console.log(JSON.stringify(figures));
process.exit(0);
