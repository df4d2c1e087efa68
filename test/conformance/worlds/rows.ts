import type { Firestore } from 'firebase-admin/firestore';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { PolicyRecord } from '../../../functions/src/policy/schema.ts';

/** Records of policies for Firestore's tests, and their rows by path. */

export type Rows = Record<string, Record<string, unknown>>;

export const source = { kind: 'ownChoice' as const, reference: 'a test' };
export const ground = { article: 'Art. 17(3)(b)', text: { en: 'a duty', fr: 'une obligation' } };
export const withAccount = {
  when: { event: 'accountDeleted' as const },
  after: 'P0D',
  then: { do: 'delete' as const },
  source,
};
const template = amikeo.records['activity'];
if (!template) throw new Error('the policy has no activity');
export const record = (path: string, more: Partial<PolicyRecord>): PolicyRecord => ({ ...template, path, ...more });

export async function writeRows(db: Firestore, rows: Rows): Promise<void> {
  const writer = db.bulkWriter();
  const writes = Object.entries(rows).map(([path, data]) => writer.set(db.doc(path), data));
  await Promise.all([...writes, writer.close()]);
}

export const contentsOf = async (db: Firestore, paths: readonly string[]) =>
  (await db.getAll(...paths.map((path) => db.doc(path)))).map((document) => document.data());
