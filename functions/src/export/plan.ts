import { manualRecipients, recordsFor, type ManualRecipient, type NamedRecord } from '../policy/lookup.ts';
import type { LegalBasis, Policy, PolicyRecord, Recipient } from '../policy/schema.ts';

/**
 * The two answers that one machinery gives: what the person provided or made by using the app, under consent or contract (Art. 20), and
 * everything, with what Art. 15(1) wants said about it.
 */
export type Product = 'portability' | 'access';

export const isProduct = (value: unknown): value is Product => value === 'portability' || value === 'access';

/** What an export holds, and what it cannot hold. */
export interface ExportPlan {
  readonly product: Product;
  readonly policyVersion: string;
  /** In the order of the policy file. */
  readonly records: readonly NamedRecord[];
  /** Systems that the records live in: where to look for the person. */
  readonly systems: readonly string[];
  /** Recipients without an interface that can hold data of this answer: an officer adds their part. */
  readonly manual: readonly ManualRecipient[];
}

/** Art. 20(1)(a): portability is about processing on consent or on a contract. */
const PORTABLE: ReadonlySet<LegalBasis> = new Set<LegalBasis>(['consent', 'contract']);

const isPortable = (policy: Policy, purposes: readonly string[]): boolean =>
  purposes.some((id) => {
    const purpose = policy.purposes[id];
    return purpose !== undefined && (PORTABLE.has(purpose.legalBasis) || purpose.consent);
  });

/** A row that no person can be found for is nobody's export. */
const hasSubject = (record: PolicyRecord): boolean => !('none' in record.subject);

/** Can this recipient hold something that belongs into the answer? */
function concerns(policy: Policy, recipient: Recipient, product: Product, dataTypes: ReadonlySet<string>): boolean {
  if (product === 'access') return true;
  if (!isPortable(policy, recipient.purposes)) return false;
  return recipient.dataTypes === 'all' || recipient.dataTypes.some((type) => dataTypes.has(type));
}

/** Decides what belongs into an export; nothing is read yet. */
export function planExport(policy: Policy, product: Product): ExportPlan {
  const records = recordsFor(policy, { export: product }).filter(({ record }) => hasSubject(record));
  const dataTypes = new Set(records.flatMap(({ record }) => record.dataTypes));
  return {
    product,
    policyVersion: policy.version,
    records,
    systems: [...new Set(records.map(({ record }) => record.system))],
    manual: manualRecipients(policy).filter(({ recipient }) => concerns(policy, recipient, product, dataTypes)),
  };
}

/** Where the objects of one request lie in the bucket of the exports. */
export const exportPrefix = (uid: string, requestId: string): string => `exports/${uid}/${requestId}/`;
