import type { JobPlan } from '../jobs/catalog.ts';
import type { Instant } from '../platform/time.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import { manualRecipients, recordsFor, type ManualRecipient, type NamedRecord } from '../policy/lookup.ts';
import type { LegalBasis, Policy, PolicyRecord, Recipient } from '../policy/schema.ts';
import { statedVersion } from '../policy/versions/inForce.ts';
import type { Product, Transmission } from '../requests/request.ts';
import type { RequestRef } from '../requests/store.ts';
import { exportJobs } from './job.ts';

/** The records that an export holds, and those that it cannot hold. */
export interface ExportPlan {
  readonly product: Product;
  readonly policyVersion: string;
  /** In the order of the policy file. */
  readonly records: readonly NamedRecord[];
  /**
   * Recipients without an interface that can hold data of this answer: an officer adds their part.
   */
  readonly manual: readonly ManualRecipient[];
  /** Records of the person's own making that a copy for a holder leaves out, and names. */
  readonly leftOut?: readonly NamedRecord[];
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

/**
 * Decides which records belong into an export; nothing is read yet.
 *
 * @param without.ownWords true: a holder gets the copy against the person's word, and nothing that
 *   the person wrote
 */
export function planExport(
  policy: Policy,
  product: Product,
  without: { readonly ownWords: boolean } = { ownWords: false },
): ExportPlan {
  const isLeftOut = ({ record: { export: to } }: NamedRecord): boolean => without.ownWords && to.ownWords === true;
  const all = recordsFor(policy, { export: product }).filter(({ record }) => hasSubject(record));
  const records = all.filter((named) => !isLeftOut(named));
  const dataTypes = new Set(records.flatMap(({ record }) => record.dataTypes));
  return {
    product,
    policyVersion: statedVersion(policy),
    records,
    manual: manualRecipients(policy).filter(({ recipient }) => concerns(policy, recipient, product, dataTypes)),
    ...(without.ownWords ? { leftOut: all.filter(isLeftOut) } : {}),
  };
}

/** The folder of one request's objects in the bucket of the exports. */
export const exportPrefix = (uid: string, requestId: string): string => `exports/${uid}/${requestId}/`;

/** The id of the job that answers a request; the same each time, so that it is made once. */
export const exportJobId = (requestKey: string): string => `export_${requestKey}`;

const inputOf = ({ uid, requestId, key }: RequestRef, product: Product) => ({ uid, requestId, request: key, product });

/**
 * Plans the job that answers a request with an archive, and tells the person.
 *
 * @param order.transmission absent: the person does not ask to have it sent to another controller
 */
export function exportJob(
  ref: RequestRef,
  chain: string,
  order: { readonly product: Product; readonly dueAt: Instant; readonly transmission?: Transmission },
): JobPlan {
  const { product, dueAt, transmission } = order;
  const isSent = transmission?.state === 'pending';
  return exportJobs.plan({
    id: exportJobId(ref.key),
    pseudonym: chain,
    input: { ...inputOf(ref, product), transmission: transmission === undefined ? undefined : true },
    dueAt,
    steps: [
      { id: 'archive' },
      ...(isSent ? [{ id: 'transmit', after: ['archive'] } as const] : []),
      { id: 'told', after: [isSent ? 'transmit' : 'archive'] },
      { id: 'clean', after: ['archive'] },
    ],
  });
}

/**
 * Plans the job that removes the objects of an export that was taken back, published or not. It
 * ends the wait for parts, too. It waits for an attempt that is still writing.
 */
export function discardJob(ref: RequestRef, chain: string, dueAt: Instant): JobPlan {
  return exportJobs.plan({
    id: `discard_${ref.key}`,
    pseudonym: chain,
    input: { ...inputOf(ref, 'portability'), of: exportJobId(ref.key) },
    dueAt,
    steps: [{ id: 'clean' }],
  });
}

const PARTS = 'parts_';

/** The id of the job that waits for the parts that an archive lacks. */
export const partsJobId = (requestKey: string): string => `${PARTS}${requestKey}`;

/** Returns the key of the request behind such a job. */
export const requestOfParts = (job: string): string => job.slice(PARTS.length);

/** Makes the planner of a job with one step that follows a published archive. */
const jobAfter =
  (step: 'told' | typeof OFFICERS_STEP, idOf: (requestKey: string) => string) =>
  (ref: RequestRef, chain: string, product: Product, dueAt: Instant): JobPlan =>
    exportJobs.plan({
      id: idOf(ref.key),
      pseudonym: chain,
      input: inputOf(ref, product),
      dueAt,
      steps: [{ id: step }],
    });

/** Plans the job that asks officers for the parts that an archive lacks, and waits for them. */
export const partsJob = jobAfter(OFFICERS_STEP, partsJobId);

/** Plans the job that tells the person; the same however often the last part ends. */
export const toldJob = jobAfter('told', (requestKey) => `told_${requestKey}`);
