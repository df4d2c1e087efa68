import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { filesUnder } from '../../platform/downloads.ts';
import type { Instant } from '../../platform/time.ts';
import type { PersonQuery } from '../../proof/findPerson.ts';
import { foldEmail } from '../../subject/emails.ts';
import { pseudonymsOf, withoutGeneration } from '../../subject/pseudonym.ts';
import { marksOfAddress, marksOfPseudonym, type Marked } from '../../subject/tombstones.ts';
import { verifyCertificate, type CertificateVerified } from './certificate.ts';
import { readObject } from './object.ts';

/** Finds certificates for an officer who answers a complaint, from the evidence bucket. */

/** The person of a complaint; or a pseudonym, as a ledger and the lists of requests have it. */
export type CertificateQuery = PersonQuery | { readonly pseudonym: string };

/** A certificate as the evidence bucket has it. */
export interface StoredCertificate extends CertificateVerified {
  /** Of its object. */
  readonly name: string;
  /** Its bytes, as they were written. */
  readonly text: string;
}

/**
 * An erasure that has begun, and of which no certificate is there that can be read; of one that has
 * ended, no final one.
 */
interface Uncertified {
  readonly pseudonym: string;
  readonly job: string;
  /** Absent: it has not ended. */
  readonly completedAt?: Instant;
}

/** The answer about a person: values of the backend alone, and nothing that names them. */
export interface FoundCertificates {
  /** The oldest first. */
  readonly certificates: readonly StoredCertificate[];
  readonly uncertified: readonly Uncertified[];
}

const FOLDER = 'certificates/';

/**
 * Finds the certificates of everybody whom a uid, an address or a pseudonym names. A uid finds each
 * person who ever had it, apart by the number behind the pseudonym. An address finds the erasures
 * that left its keyed hash, and those of people without an account. Writes nothing. Costs a query
 * and a list of the bucket for each pseudonym, and a download for each certificate.
 *
 * @param trusted public keys that the reader trusts; empty: none is compared
 * @throws the errors of Firestore and Storage: nobody is told "none" by one that did not answer
 */
export async function findCertificates(
  context: Context,
  person: CertificateQuery,
  trusted: readonly string[],
): Promise<FoundCertificates> {
  const { marks, isTheirs, prefixes } = await whereabouts(context, person);
  const bucket = await context.clients.bucket('evidence');
  const certificates: StoredCertificate[] = [];
  for (const prefix of prefixes)
    for await (const { name } of filesUnder(bucket, `${FOLDER}${prefix}`)) {
      if (!name.endsWith('.json') || !isTheirs(pseudonymIn(name))) continue;
      const stored = await readCertificate(context, name, trusted);
      if (stored !== null) certificates.push(stored);
    }
  const uncertified = marks.filter((marked) => !certificates.some((one) => certifies(one, marked))).map(uncertifiedOf);
  return { certificates: certificates.sort(byIssue), uncertified };
}

/** The pseudonyms under which a person can have certificates, and the marks of their erasures. */
async function whereabouts(context: Context, person: CertificateQuery) {
  if ('pseudonym' in person) {
    const marks = await marksOfPseudonym(context, person.pseudonym);
    const isTheirs = (one: string): boolean => one === person.pseudonym;
    return { prefixes: [person.pseudonym], isTheirs, marks: marks.filter(({ chain }) => isTheirs(chain)) };
  }
  const name = 'uid' in person ? person.uid : `email/${foldEmail(person.email.trim())}`;
  const whole = pseudonymsOf(name, context.keys);
  const named = (await Promise.all(whole.map((one) => marksOfPseudonym(context, one)))).flat();
  const hashed = 'email' in person ? await marksOfAddress(context, person.email) : [];
  const marks = [...new Map([...named, ...hashed].map((one) => [one.chain, one])).values()];
  const chains = new Set(marks.map(({ chain }) => chain));
  return {
    prefixes: [...new Set([...whole, ...[...chains].map(withoutGeneration)])],
    isTheirs: (one: string): boolean => chains.has(one) || whole.includes(withoutGeneration(one)),
    marks,
  };
}

const pseudonymIn = (name: string): string => name.slice(FOLDER.length).split('/')[0] ?? '';

/**
 * True if a certificate is of this very erasure. One that was given up under the same pseudonym has
 * another job, and an interim one certifies no end.
 */
const certifies = ({ name, certificate }: StoredCertificate, { chain, mark }: Marked): boolean =>
  certificate !== null &&
  pseudonymIn(name) === chain &&
  certificate.id === mark['job'] &&
  (mark['completedAt'] === undefined || !certificate.interim);

const uncertifiedOf = ({ chain, mark: { job, completedAt } }: Marked): Uncertified => ({
  pseudonym: chain,
  job: String(job),
  ...(completedAt instanceof Timestamp ? { completedAt: completedAt.toMillis() } : {}),
});

const byIssue = (a: StoredCertificate, b: StoredCertificate): number =>
  (a.certificate?.times.issued ?? '').localeCompare(b.certificate?.times.issued ?? '') || a.name.localeCompare(b.name);

const NAME = /^certificates\/[^/]+\/[^/]+\.json$/;

/** Can an object of this name be a certificate? */
export const isCertificateName = (name: string): boolean => NAME.test(name);

/**
 * Reads a certificate of the evidence bucket, and checks it; null if there is none of this name.
 *
 * @throws ComplianceError `certificate.answer` if it did not come as it is there
 */
export async function readCertificate(
  context: Context,
  name: string,
  trusted: readonly string[],
): Promise<StoredCertificate | null> {
  const bucket = await context.clients.bucket('evidence');
  const verified = (text: string): CertificateVerified => verifyCertificate(text, trusted);
  const text = await readObject(bucket, name, (one) => verified(one).certificate !== null);
  return text === null ? null : { ...verified(text), name, text };
}
