import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { expect } from 'vitest';
import type { Manifest } from '../../functions/src/export/manifest.ts';
import type { ExportRow } from '../../functions/src/export/rows.ts';
import { policy } from '../../functions/policies/deployed.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../../functions/src/export/receipt.ts';
import type { Receipt } from '../../functions/src/proof/receipt.ts';
import { keptPrefix } from '../../functions/src/systems/kept.ts';
import { requestHash } from '../../functions/src/requests/request.ts';
import { unzip } from '../unit/export/helpers.ts';
import { auth, chainWith, db, eventually, freshUid, own, pseudonym, standins } from './support.ts';

/** Archives that the deployed functions make: a person with something everywhere, their requests, and what an archive holds. */

export const bucket = getStorage().bucket(
  process.env['EXPORT_BUCKET'] ?? `${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`,
);

async function post(url: string, body: object | string): Promise<{ id: string }> {
  const isForm = typeof body === 'string';
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: 'Bearer sk_test_local',
      'api-key': 'xkeysib-local',
      'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    },
    body: isForm ? body : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** How a provider fails from now on. */
export async function faults(
  url: string,
  list: { method: string; path: string; kind: string; times: number }[],
): Promise<void> {
  await fetch(`${url}/_control/faults`, {
    method: 'PUT',
    body: JSON.stringify(list),
    headers: { 'content-type': 'application/json' },
  });
}

/** A person with something in every system. */
export async function person(): Promise<{ uid: string; email: string; customer: string }> {
  const uid = freshUid();
  const email = `p${freshUid()}@example.com`;
  await auth.createUser({ uid, email, emailVerified: true });
  const at = Timestamp.fromMillis(Date.parse('2026-01-02T03:04:05.678Z'));
  const user = db.doc(`users/${uid}`);
  const rows = db.batch();
  rows.set(user, { email, firstName: '=1+1', place: new GeoPoint(48.85, 2.35), friend: user, createdAt: at });
  for (let n = 0; n < 3; n++) rows.set(user.collection('sessions').doc(`s${n}`), { createdAt: at, n });
  rows.set(user.collection('installations').doc('i1'), { createdAt: at, platform: 'ios' });
  await rows.commit();
  await bucket.file(`users/${uid}/photos/../\u202egnp.exe`).save('a file');
  const customer = await post(
    `${standins.stripe}/v1/customers`,
    `email=${encodeURIComponent(email)}&metadata[uid]=${uid}`,
  );
  await db.doc(`customers/${uid}`).set({ stripeId: customer.id });
  const invoice = await post(`${standins.stripe}/v1/invoices`, `customer=${customer.id}`);
  await post(`${standins.stripe}/v1/invoices/${invoice.id}/finalize`, '');
  await post(`${standins.brevo}/v3/contacts`, { email, ext_id: uid, attributes: { FIRSTNAME: 'Ada' } });
  return { uid, email, customer: customer.id };
}

export const request = (uid: string, id = 'r1') => db.doc(`users/${uid}/privacyRequests/${id}`);
export const ask = (uid: string, type: string, id = 'r1') =>
  request(uid, id).create({ type, createdAt: FieldValue.serverTimestamp() });
export const statusOf = async (uid: string): Promise<string> => String((await request(uid).get()).get('status'));
export const everythingOf = async (uid: string) => (await bucket.getFiles({ prefix: `exports/${uid}/` }))[0];
/** Without what was read of Brevo and is kept for other exports of the day. */
export const objectsOf = async (uid: string) =>
  (await everythingOf(uid)).filter(({ name }) => !name.startsWith(keptPrefix(uid)));
export const jobOf = async (uid: string) =>
  (await own.doc(`jobs/export_${pseudonym(uid)}_${requestHash('r1')}`).get()).data() as
    | { status: string; steps: Record<string, { state: string; attempts: number; error?: { code: string } }> }
    | undefined;

/** Waits for the job's end, and opens the one object that is there. */
export async function opened(
  uid: string,
  withinMs = 240_000,
): Promise<{ entries: Map<string, Buffer>; zip: Buffer; name: string; metadata: Record<string, unknown> }> {
  await eventually(
    () => jobOf(uid),
    (job) => job?.status === 'completed',
    withinMs,
  );
  const objects = await objectsOf(uid);
  expect(objects).toHaveLength(1);
  const [object] = objects;
  if (!object) throw new Error('no export');
  const [zip] = await object.download();
  return { zip, entries: await unzip(zip), name: object.name, metadata: { ...object.metadata.metadata } };
}

export const json = (entries: Map<string, Buffer>, name: string): unknown => JSON.parse(String(entries.get(name)));
export const rows = (entries: Map<string, Buffer>, record: string) =>
  json(entries, `data/${record}.json`) as ExportRow[];

/** The person says yes to something that reaches no other company, and the ledger has it. */
export async function agree(uid: string): Promise<void> {
  const answer = {
    granted: true,
    policyVersion: policy.version,
    source: 'app',
    updatedAt: FieldValue.serverTimestamp(),
  };
  await db.doc(`users/${uid}/consents/analytics`).set(answer);
  await chainWith(pseudonym(uid), 1);
}

export function expectReceipt(entries: Map<string, Buffer>, language: 'en' | 'fr'): void {
  const receipt = json(entries, RECEIPT_JSON) as Receipt;
  expect(receipt).toMatchObject({ language, integrity: { verified: true, chains: [{ seq: 2 }] } });
  expect(receipt.consent_records.map(({ current_state, agreed }) => [current_state, agreed])).toEqual([
    ['given', true],
  ]);
  expect(String(entries.get(RECEIPT_PAGE))).toContain(`<html lang="${language}">`);
}

/** Record ids of the policy by their path. */
export function recordAt(manifest: Manifest, path: string): string {
  const found = manifest.records.find((r) => r.path === path);
  if (!found) throw new Error(`the manifest has no ${path}`);
  return found.record;
}

/** The messages that went out to an address. */
export async function messagesTo(email: string): Promise<{ subject: string; textContent: string }[]> {
  const all = (await (await fetch(`${standins.brevo}/_control/requests`)).json()) as {
    path: string;
    body: { to?: { email: string }[]; subject: string; textContent: string };
  }[];
  return all
    .filter(({ path, body }) => path.endsWith('/smtp/email') && body.to?.some((to) => to.email === email) === true)
    .map(({ body }) => body);
}
