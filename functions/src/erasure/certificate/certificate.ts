import { canonicalJson } from '../../crypto/canonical.ts';
import { MINUTE_MS } from '../../platform/time.ts';
import {
  CERTIFICATE_FORMAT,
  CERTIFICATE_VERSION,
  certificateShape,
  type Certificate,
  type CertificateOutcome,
} from './shape.ts';
import { worstState, type CertificateState } from './state.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import { verifierFrom, type Signer } from '../../crypto/sign.ts';

/**
 * The certificate of an erasure: the controller's signed attestation of the fate of each record of
 * a person, and of the order to each recipient. It names the person by the pseudonym only, and can
 * be checked with nothing but this file and the public key.
 */

/** The facts to be signed. */
export type CertificateFacts = Omit<Certificate, 'format' | 'version' | 'hash' | 'keyId' | 'publicKey' | 'signature'>;

/** The signed certificate. */
export function signCertificate(facts: CertificateFacts, signer: Signer): Certificate {
  const { keyId, publicKey } = signer;
  const named = { format: CERTIFICATE_FORMAT, version: CERTIFICATE_VERSION } as const;
  const body = { ...named, ...facts, keyId, publicKey };
  const hashed = { ...body, hash: sha256Hex(canonicalJson(body)) };
  return { ...hashed, signature: signer.sign(hashed) };
}

/** The file of a certificate, byte for byte. */
export const certificateText = (certificate: Certificate): string => canonicalJson(certificate);

/**
 * SHA-256 of the file: the page names it, and the certificate that follows names it as
 * `supersedes`.
 */
export const certificateHash = (certificate: Certificate): string => sha256Hex(certificateText(certificate));

/** A fault of a certificate; `docs/certificates.md` says the meaning of each. */
export type CertificateProblem =
  | 'notJson'
  | 'notACertificate'
  | 'notAsWritten'
  | 'changed'
  | 'badSignature'
  | 'untrustedKey'
  | 'dates'
  | 'stateDiffers'
  | 'twice'
  | 'numbering';

export interface CertificateFault {
  readonly problem: CertificateProblem;
  /** The field, if it is one: `records.3.outcomes.0.at`. */
  readonly where?: string;
}

export interface CertificateVerified {
  readonly ok: boolean;
  readonly faults: readonly CertificateFault[];
  /** Null if the text is no certificate. */
  readonly certificate: Certificate | null;
  /** SHA-256 of the text as it was given. */
  readonly sha256: string;
  /** Was the key compared with one that the reader trusts? */
  readonly compared: boolean;
}

/**
 * Checks a certificate: its shape, that it is byte for byte as it was written, its hash, its
 * signature, the key, and that it holds together (dates, states, numbering). Needs no database.
 *
 * @param trusted public keys (as `verifierFrom` takes them); without any, only that the key in the
 * certificate signed it
 * @throws RangeError if one of them is no Ed25519 public key
 */
export function verifyCertificate(text: string, trusted: readonly string[] = []): CertificateVerified {
  const keys = trusted.map((key) => verifierFrom(key).publicKey);
  const answer = (
    faults: readonly CertificateFault[],
    certificate: Certificate | null = null,
  ): CertificateVerified => ({
    ok: faults.length === 0,
    faults,
    certificate,
    sha256: sha256Hex(text),
    compared: keys.length > 0,
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return answer([{ problem: 'notJson' }]);
  }
  const parsed = certificateShape().safeParse(value);
  if (!parsed.success) {
    const places = new Set(parsed.error.issues.map(({ path }) => path.join('.')));
    return answer([...places].map((where) => ({ problem: 'notACertificate', ...(where === '' ? {} : { where }) })));
  }
  // As it was read: the shape changes nothing, and the hash covers everything else in the text.
  const certificate = value as Certificate;
  const faults = [
    ...faultsOfText(text, value),
    ...faultsOfSignature(certificate, keys),
    ...faultsOfContent(certificate),
  ];
  return answer(faults, certificate);
}

/**
 * A member twice, or other white space: another reader could see another certificate, and the
 * SHA-256 of the file is another one.
 */
function faultsOfText(text: string, value: unknown): CertificateFault[] {
  try {
    return canonicalJson(value) === text ? [] : [{ problem: 'notAsWritten' }];
  } catch {
    return [{ problem: 'notAsWritten' }];
  }
}

function faultsOfSignature(certificate: Certificate, trusted: readonly string[]): CertificateFault[] {
  const { signature, ...hashed } = certificate;
  const { hash, ...body } = hashed;
  const faults: CertificateFault[] = [];
  if (sha256Hex(canonicalJson(body)) !== hash) faults.push({ problem: 'changed' });
  try {
    const verifier = verifierFrom(certificate.publicKey);
    const isKey = verifier.keyId === certificate.keyId && verifier.publicKey === certificate.publicKey;
    if (!isKey || !verifier.verify(hashed, signature)) faults.push({ problem: 'badSignature' });
  } catch {
    faults.push({ problem: 'badSignature' });
  }
  if (trusted.length > 0 && !trusted.includes(certificate.publicKey)) faults.push({ problem: 'untrustedKey' });
  return faults;
}

/**
 * Clocks of two machines differ: of two things in a row, the second may be dated earlier by so
 * much.
 */
const CLOCKS_DIFFER_MS = MINUTE_MS;

/**
 * Lists the contradictions in a certificate. Nothing is signed that has such a
 * fault.
 */
export function faultsOfContent(certificate: CertificateFacts): CertificateFault[] {
  return [...faultsOfDates(certificate), ...faultsOfStates(certificate), ...faultsOfNumbers(certificate)];
}

function faultsOfDates({ times, records, recipients, remains }: CertificateFacts): CertificateFault[] {
  const faults: CertificateFault[] = [];
  const ordered = (where: string, earlier: string, later: string): void => {
    if (Date.parse(earlier) > Date.parse(later) + CLOCKS_DIFFER_MS) faults.push({ problem: 'dates', where });
  };
  const last = times.completed ?? times.thirdLook;
  ordered('times.asked', times.asked, times.began);
  ordered('times.began', times.began, times.readBack);
  ordered('times.accountEnded', times.accountEnded, times.readBack);
  ordered('times.readBack', times.readBack, times.secondLook);
  ordered('times.secondLook', times.secondLook, times.thirdLook);
  ordered('times.thirdLook', times.thirdLook, last);
  ordered('times.issued', last, times.issued);
  const outcomes = (place: string, list: readonly CertificateOutcome[]): void =>
    list.forEach((outcome, index) => {
      if ('at' in outcome) ordered(`${place}.outcomes.${index}.at`, outcome.at, times.issued);
    });
  records.forEach((record, index) => outcomes(`records.${index}`, record.outcomes));
  recipients.forEach((recipient, index) => {
    outcomes(`recipients.${index}`, recipient.outcomes);
    if (recipient.notified !== null) ordered(`recipients.${index}.notified`, recipient.notified, times.issued);
  });
  remains.forEach(({ until }, index) => ordered(`remains.${index}.until`, times.issued, until));
  return faults;
}

/** `done` covers all of a thing. Nothing of it is kept, asked, left to an officer or unknown. */
function faultsOfStates({ records, recipients }: CertificateFacts): CertificateFault[] {
  const faults: CertificateFault[] = [];
  const states = new Map<string, CertificateState>();
  records.forEach(({ record, state, outcomes }, index) => {
    if (states.has(record)) faults.push({ problem: 'twice', where: `records.${index}` });
    states.set(record, state);
    if (state !== worstState(outcomes.map(({ outcome }) => outcome)))
      faults.push({ problem: 'stateDiffers', where: `records.${index}.state` });
  });
  const seenRecipients = new Set<string>();
  recipients.forEach((recipient, index) => {
    if (seenRecipients.has(recipient.recipient)) faults.push({ problem: 'twice', where: `recipients.${index}` });
    seenRecipients.add(recipient.recipient);
    const ofRecords = recipient.records.map((id) => states.get(id) ?? 'unknown');
    const own = recipient.outcomes.map(({ outcome }) => outcome);
    if (recipient.state !== worstState([...ofRecords, ...own]))
      faults.push({ problem: 'stateDiffers', where: `recipients.${index}.state` });
  });
  return faults;
}

/**
 * A final certificate has the time of completion and the end of the ledger; one that follows
 * another names it.
 */
function faultsOfNumbers({ number, supersedes, interim, times, ledger }: CertificateFacts): CertificateFault[] {
  const faults: CertificateFault[] = [];
  if (number > 1 !== (supersedes !== null)) faults.push({ problem: 'numbering', where: 'supersedes' });
  if (interim !== (times.completed === null)) faults.push({ problem: 'numbering', where: 'times.completed' });
  if (interim !== (ledger === null)) faults.push({ problem: 'numbering', where: 'ledger' });
  return faults;
}

/** An identifier that would name the person. */
export interface Identifier {
  readonly value: string;
  /** Its kind, for the message: never the value. */
  readonly kind: string;
}

/**
 * Texts that an outcome brings: the only places in a certificate that hold neither the policy's nor
 * this format's own words.
 */
const FREE = /\.(what|ground)\./;
/** Another company's numbers that it was asked about: an invoice, a process. */
const ASKED_ABOUT = /\.(ids\.\d+|providerId)$/;

/**
 * Lists the places in a certificate that name a person by one of these identifiers, with its kind;
 * none, in one that may be signed. A plain word or a short number is looked for in the texts of
 * outcomes only, since elsewhere it is just that.
 */
export function placesNaming(certificate: object, identifiers: readonly Identifier[]): string[] {
  const patterns = identifiers
    .filter(({ value }) => value.length >= SHORTEST)
    .map(({ value, kind }) => ({ kind, pattern: asWord(value), strong: isTelling(value) }));
  return strings(certificate, '').flatMap(({ place, value }) =>
    patterns
      .filter(({ strong }) => strong || (FREE.test(place) && !ASKED_ABOUT.test(place)))
      .filter(({ pattern }) => pattern.test(value))
      .map(({ kind }) => `${place.slice(1)} (${kind})`),
  );
}

/** Below this, a value cannot be told from any other word. */
export const SHORTEST = 3;

/** Can this value be nothing else than the identifier? */
const isTelling = (value: string): boolean =>
  value.length >= 6 && !/^[A-Za-z]+$/.test(value) && !/^\d{1,8}$/.test(value);

/** The value by itself, in any case, not as a part of a longer word. */
export const asWord = (value: string, flags = 'iu'): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}(?![\\p{L}\\p{N}])`, flags);

function strings(value: unknown, place: string): { place: string; value: string }[] {
  if (typeof value === 'string') return [{ place, value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => strings(member, `${place}.${name}`));
}
