import { asWord, placesNaming, SHORTEST, type Identifier } from './certificate.ts';
import { PermanentError } from '../../platform/errors.ts';
import type { Text } from '../../policy/schema.ts';
import { textsIn } from '../../texts/index.ts';
import { LANGUAGES, type Language } from '../../texts/languages.ts';
import { identifiersOf as everyIdentifier, type Subject } from '../../subject/identity.ts';
import { phoneDigits } from '../../subject/phones.ts';

/**
 * Everything that would name the person: the identifiers that Auth verified, and those that servers
 * know elsewhere.
 */
function identifiersOf(subject: Subject | null): Identifier[] {
  if (subject === null) return [];
  const { uid, federated = [], installations = [], providerIds } = subject;
  const all: [string, readonly string[]][] = [
    ['uid', [uid]],
    ['e-mail address', everyIdentifier(subject, 'email')],
    ['telephone number', everyIdentifier(subject, 'phone').flatMap((phone) => [phone, phoneDigits(phone)])],
    ['account at an identity provider', federated.flatMap((id) => [id, id.slice(id.indexOf(':') + 1)])],
    ['installation', installations],
    ['id in another system', Object.values(providerIds)],
  ];
  return all.flatMap(([kind, values]) => [...new Set(values)].map((value) => ({ kind, value })));
}

/**
 * The last look before a certificate is signed: it names the person by the pseudonym only.
 *
 * @throws PermanentError that names the place, and never the value
 */
export function assertNamesNobody(certificate: object, subject: Subject | null): void {
  const places = placesNaming(certificate, identifiersOf(subject));
  if (places.length === 0) return;
  throw new PermanentError(
    'certificate.names',
    `the certificate would name the person and was not signed: ${places.join(', ')}. Find out which step put it there, correct it, then erasure retry`,
  );
}

const EMAIL = /[^\s<>"',;:()]+@[^\s<>"',;:()]+/gu;
/** Ids by which other companies know a person or a means of payment, of anybody. */
const ACCOUNT_ID = /(?<![\p{L}\p{N}])(?:cus|acct|sub|pm|card|src|ba)_\w+/gu;
/**
 * A candidate that could not be proven to be the person's is named first: `brevo 1742 could be …`.
 */
const REFUSED_ID = /(?<=^[a-z]+ )(?=\S*\d)\S+/gu;

/**
 * Returns a text that a step wrote for an officer, without anything that could name a person. The
 * job keeps the original for its own period.
 */
export function withoutNames(text: string, subject: Subject | null, language: Language): string {
  const patterns = identifiersOf(subject)
    .filter(({ value }) => value.length >= SHORTEST)
    // The longest first: an address before the name in it.
    .sort((a, b) => b.value.length - a.value.length)
    .map(({ value }) => asWord(value, 'giu'));
  const { leftOut } = textsIn(language).certificate;
  return [EMAIL, ...patterns, ACCOUNT_ID, REFUSED_ID].reduce((sum, pattern) => sum.replace(pattern, leftOut), text);
}

/** The same in each of its languages. */
export const textWithoutNames = (text: Text, subject: Subject | null): Text =>
  Object.fromEntries(
    LANGUAGES.flatMap((language) => {
      const said = text[language];
      return said === undefined ? [] : [[language, withoutNames(said, subject, language)]];
    }),
  );
