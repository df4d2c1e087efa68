import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { expect } from 'vitest';
import type { Manifest } from '../../../functions/src/export/archive/manifest.ts';
import type { ExportRow } from '../../../functions/src/export/archive/rows.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';
import { versionInForce } from '../../../functions/src/policy/versions/inForce.ts';
import { RECEIPT_JSON, RECEIPT_PAGE } from '../../../functions/src/export/receipt.ts';
import type { Receipt } from '../../../functions/src/proof/receipt/receipt.ts';
import { keptPrefix } from '../../../functions/src/systems/keptReading.ts';
import { unzip } from '../../unit/export/helpers.ts';
import { person, type Person } from '../../kit/person.ts';
import { stripe } from '../../kit/providers.ts';
import { chainWith, db, eventually, own, pseudonym, requestKeyOf } from '../../kit/suite.ts';

/**
 * Archives of the deployed functions: a person with something everywhere, their requests, and the
 * contents of an archive.
 */

export const bucket = getStorage().bucket(
  process.env['EXPORT_BUCKET'] ?? `${process.env['GCLOUD_PROJECT'] ?? ''}.appspot.com`,
);

/** A person with something in every system. */
export async function somebody(): Promise<Person> {
  const at = Timestamp.fromMillis(Date.parse('2026-01-02T03:04:05.678Z'));
  const someone = await person({
    documents: ({ uid, email }) => ({
      [`users/${uid}`]: {
        ...{ email, firstName: '=1+1', place: new GeoPoint(48.85, 2.35) },
        ...{ friend: db.doc(`users/${uid}`), createdAt: at },
      },
      ...Object.fromEntries([0, 1, 2].map((n) => [`users/${uid}/sessions/s${n}`, { createdAt: at, n }])),
      [`users/${uid}/installations/i1`]: { createdAt: at, platform: 'ios' },
    }),
    stripe: true,
    brevo: { FIRSTNAME: 'Ada' },
    files: { 'photos/../\u202egnp.exe': 'a file' },
  });
  const invoice = await stripe().invoices.create({ customer: someone.customer });
  await stripe().invoices.finalizeInvoice(invoice.id);
  return someone;
}

export const request = (uid: string, id = 'r1') => db.doc(`users/${uid}/privacyRequests/${id}`);
export const ask = (uid: string, type: string, id = 'r1') =>
  request(uid, id).create({ type, createdAt: FieldValue.serverTimestamp() });
export const statusOf = async (uid: string): Promise<string> => String((await request(uid).get()).get('status'));
export const everythingOf = async (uid: string) => (await bucket.getFiles({ prefix: `exports/${uid}/` }))[0];
/** Without the log of Brevo that is kept for other exports of the day. */
export const objectsOf = async (uid: string) =>
  (await everythingOf(uid)).filter(({ name }) => !name.startsWith(keptPrefix(uid)));
export const jobOf = async (uid: string) =>
  (await own.doc(`jobs/export_${requestKeyOf(uid)}`).get()).data() as
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
    policyVersion: versionInForce(policy, Date.now()),
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
