import type { Bucket } from '@google-cloud/storage';
import { canonicalJson } from '../../crypto/canonical.ts';
import {
  certificateHash,
  certificateText,
  faultsOfContent,
  signCertificate,
  type CertificateFacts,
} from './certificate.ts';
import { readCertificate, type StoredCertificate } from './find.ts';
import { certificatePage } from './page.ts';
import type { Certificate } from './shape.ts';
import type { Signer } from '../../crypto/sign.ts';
import type { Job, StepId } from '../../jobs/types.ts';
import { headRef, readHead } from '../../ledger/documents.ts';
import { signers } from '../../crypto/signers.ts';
import { isOtherGeneration } from '../../platform/codes.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import type { Subject } from '../../subject/identity.ts';
import { languagesOf } from '../../texts/languages.ts';
import { softDeleteSeconds } from '../../systems/storage/softDelete.ts';
import type { Outcome } from '../../systems/system.ts';
import { certificateFacts } from './facts.ts';
import { assertNamesNobody } from './namesNobody.ts';
import { accountOf } from '../identity.ts';
import type { ErasureJob } from '../job.ts';
import { readObject } from './object.ts';
import { assertErased } from './readBack.ts';

/**
 * Names the certificate as an object of the evidence bucket. The pages beside it end with
 * `.en.html`, and so on for each language, instead of `.json`.
 */
export const certificateName = (job: Pick<Job, 'id' | 'pseudonym'>, { interim = false, attempt = 1 } = {}): string =>
  `certificates/${job.pseudonym ?? ''}/${job.id}${interim ? '.interim' : ''}${attempt > 1 ? `-${attempt}` : ''}.json`;

/** An erasure that is given up and begun again issues anew each time; somewhere that ends. */
const MAX_ATTEMPTS = 50;

/**
 * Issues the certificate of an erasure: the signed JSON in the evidence bucket, created once and
 * read back, and its pages. Runs twice harmlessly: its times are those of the job's steps, so one
 * that is there with the same times is this job's.
 *
 * One that is there with other times is never overwritten: the job was given up and begun again.
 * The next certificate gets the next name and number, and names the one before.
 *
 * @param options.step `certificate`; of an interim one, the step that waits
 * @param options.subject the person as the identity map knows them, never to be named; null if
 *   nothing is known any more
 * @throws PermanentError `certificate.names` if it would name the person; `certificate.faults` if
 *   it would not hold together; `certificate.contradicted` if something of the person is there
 */
export async function issueCertificate(
  context: Context,
  job: ErasureJob,
  { step, subject }: { readonly step: StepId; readonly subject: Subject | null },
): Promise<Outcome[]> {
  const interim = step !== 'certificate';
  const bucket = await context.clients.bucket('evidence');
  const { current, trusted } = signers(context);
  const ledger = interim ? null : await endOfChain(context, job);
  const before = await foundOf(context, job, true, trusted);
  const after = await foundOf(context, job, false, trusted);
  const previous = newest([...before, ...after]);
  const facts = certificateFacts(context.policy, job, {
    ...{ step, subject, ledger, number: (previous?.number ?? 0) + 1 },
    softDeleteSeconds: await softDeleteSeconds(context),
    supersedes: previous === undefined ? null : certificateHash(previous),
  });
  const there = interim ? before : after;
  const same = there.find((one) => one.trusted && one.certificate !== null && isOfSameRun(one.certificate, facts));
  if (same?.certificate) return publishPages(context, bucket, same.name, same.certificate);

  if (!interim) await assertErased(context, job);
  const certificate = signed(facts, subject, current);
  const name = certificateName(job, { interim, attempt: there.length + 1 });
  await create(bucket, name, certificateText(certificate));
  context.log.info('certificate issued', { job: job.id, number: certificate.number, interim });
  return publishPages(context, bucket, name, certificate);
}

/** Are they of one run of the job? A step finishes once. */
const isOfSameRun = (a: CertificateFacts, b: CertificateFacts): boolean =>
  a.interim === b.interim && canonicalJson(a.times) === canonicalJson(b.times);

const newest = (found: readonly Found[]): Certificate | undefined =>
  found.flatMap(({ certificate }) => certificate ?? []).sort((a, b) => b.number - a.number)[0];

/** Signed only when it holds together and names nobody. */
function signed(facts: CertificateFacts, subject: Subject | null, signer: Signer): Certificate {
  const faults = faultsOfContent(facts).map(({ problem, where = '' }) => `${problem} ${where}`);
  if (faults.length > 0)
    throw new PermanentError(
      'certificate.faults',
      `the certificate would not hold together and was not signed: ${faults.join(', ')}`,
    );
  assertNamesNobody(facts, subject);
  return signCertificate(facts, signer);
}

/** As many chains as a person has, one for each key of the pseudonyms. */
const MAX_CHAINS = 50;

/**
 * Finds the end of the person's chain.
 *
 * @throws ComplianceError if it is not closed, or by the erasure of another account
 */
async function endOfChain(context: Context, job: Job): Promise<Certificate['ledger']> {
  const own = context.clients.own();
  let chain = job.pseudonym ?? '';
  for (let n = 0; n < MAX_CHAINS; n++) {
    const head = readHead(chain, (await headRef(own, chain).get()).data(), context.keys);
    if (head.continuedBy === undefined) {
      if (head.closed?.accountCreatedAt === accountOf(job).accountCreatedAt)
        return { chain, seq: head.seq, hash: head.hash };
      break;
    }
    chain = head.continuedBy;
  }
  throw new ComplianceError(
    'certificate.early',
    'the ledger chain is not closed: no certificate speaks of its end yet',
  );
}

/** An object under one of the names of this erasure's certificates. */
interface Found {
  readonly name: string;
  /** Null: it is none. */
  readonly certificate: Certificate | null;
  readonly trusted: boolean;
}

/**
 * Finds the objects under the names of this erasure's interim or final certificates, oldest first.
 */
async function foundOf(context: Context, job: Job, interim: boolean, trusted: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const name = certificateName(job, { interim, attempt });
    const stored = await readCertificate(context, name, trusted);
    if (stored === null) return found;
    found.push({ name, ...judged(context, job, stored) });
  }
  throw new PermanentError('certificate.attempts', `${MAX_ATTEMPTS} certificates of this erasure are there already`);
}

/**
 * Is it a certificate of this erasure? Another object is left as it is, and somebody should look at
 * it.
 */
function judged(
  context: Context,
  job: Job,
  { name, certificate, faults }: StoredCertificate,
): Pick<Found, 'certificate' | 'trusted'> {
  const problems = faults.map(({ problem }) => problem);
  if (
    certificate === null ||
    certificate.id !== job.id ||
    certificate.pseudonym !== job.pseudonym ||
    problems.some((problem) => problem !== 'untrustedKey')
  ) {
    const fields = { name, problems: problems.join(' ') };
    context.log.error('what is in the evidence bucket is no certificate of this erasure', fields);
    return { certificate: null, trusted: false };
  }
  // A key that is no longer kept may have signed it: then it counts as the one before, and not as
  // this one.
  if (problems.length > 0) context.log.warn('a certificate is there under a key that is not known here', { name });
  return { certificate, trusted: problems.length === 0 };
}

async function publishPages(
  context: Context,
  bucket: Bucket,
  name: string,
  certificate: Certificate,
): Promise<Outcome[]> {
  for (const language of languagesOf(context.policy)) {
    const page = name.replace(/json$/, `${language}.html`);
    const text = certificatePage(certificate, certificateHash(certificate), language);
    const there = await readObject(bucket, page, (one) => one === text);
    if (there === null) await create(bucket, page, text, 'text/html; charset=utf-8');
    // Made by an older version of this software: the signed file counts.
    else if (there !== text) context.log.warn('the page of a certificate is not as it would be made now', { page });
  }
  return [{ record: 'certificates', count: 1, outcome: 'done', how: 'changed' }];
}

/**
 * Creates an object and reads it back. @throws ComplianceError if another came to be meanwhile, or
 * it reads back otherwise: a failed attempt
 */
async function create(bucket: Bucket, name: string, text: string, contentType = 'application/json'): Promise<void> {
  try {
    await bucket.file(name).save(text, {
      resumable: false,
      contentType,
      preconditionOpts: { ifGenerationMatch: 0 },
    });
  } catch (error) {
    if (!isOtherGeneration(error)) throw error;
    throw new ComplianceError('certificate.meanwhile', 'the object came to be meanwhile: try again', { cause: error });
  }
  if ((await readObject(bucket, name, () => true)) !== text)
    throw new ComplianceError('certificate.readBack', 'the evidence bucket does not hold what was written');
}
