import { pointer } from './rows.ts';

/**
 * Keys that rows hold: whoever has one opens something without signing in. An archive is
 * downloaded, kept, and sent to other companies; a key in it would outlive all of that. The data
 * that a key opens are in the archive themselves.
 */

/**
 * Fields that hold nothing but a key, at any depth, in any row: an app may have copied them from
 * where they come.
 */
const KEYS: ReadonlySet<string> = new Set(
  [
    // Cloud Storage for Firebase: opens the file for ever.
    'firebaseStorageDownloadTokens',
    // Stripe: confirms a payment, or opens an invoice or a receipt (docs.stripe.com/api). The PDF
    // of an invoice is a file of the archive.
    'client_secret',
    'hosted_invoice_url',
    'invoice_pdf',
    'receipt_url',
    // Auth.
    'passwordHash',
    'passwordSalt',
  ].map((name) => name.toLowerCase()),
);

/** Stands for a key within a text. */
const WITHHELD = 'withheld';

/**
 * A link, or a word: its query is looked at. Each expression takes time in proportion to the text's
 * length, whatever the text.
 */
const WORD = /[^\s"'<>]+/g;
/**
 * A link to a file in Cloud Storage for Firebase, on Google's host or the emulator's, has `token`
 * for its key.
 */
const TOKEN = /([?&]token=)[^&#]+/gi;
/** In signed URLs of Google, Amazon and Microsoft the signature is the key. */
const SIGNATURE = /([?&](?:x-goog-signature|x-amz-signature|x-amz-security-token|signature|sig)=)[^&#]+/gi;

/** A text without the keys of the links in it. */
export const withoutKeys = (text: string): string =>
  text.includes('=')
    ? text.replace(WORD, (word) => {
        const signed = word.replace(SIGNATURE, `$1${WITHHELD}`);
        return isDownload(word) ? signed.replace(TOKEN, `$1${WITHHELD}`) : signed;
      })
    : text;

/** Is this `…/v0/b/{bucket}/o/{file}…`? */
function isDownload(word: string): boolean {
  const bucket = word.indexOf('/v0/b/');
  return bucket >= 0 && word.includes('/o/', bucket);
}

type Data = Readonly<Record<string, unknown>>;

/**
 * A row without keys, and where they were: JSON Pointers (RFC 6901) into the data as it was. Pure;
 * the row itself is left as it is.
 */
export function withoutSecrets(data: Data): { readonly data: Data; readonly withheld: readonly string[] } {
  const withheld: string[] = [];
  return { data: mapWithout(data, '', withheld), withheld };
}

function mapWithout(map: object, at: string, withheld: string[]): Data {
  return Object.fromEntries(
    Object.entries(map).flatMap(([name, value]: [string, unknown]) => {
      const here = `${at}/${pointer(name)}`;
      if (!KEYS.has(name.toLowerCase()) || value === null || value === undefined)
        return [[name, valueWithout(value, here, withheld)]];
      withheld.push(here);
      return [];
    }),
  );
}

function valueWithout(value: unknown, at: string, withheld: string[]): unknown {
  if (typeof value === 'string') {
    const kept = withoutKeys(value);
    if (kept !== value) withheld.push(at);
    return kept;
  }
  if (Array.isArray(value)) return value.map((item, n) => valueWithout(item, `${at}/${n}`, withheld));
  if (typeof value !== 'object' || value === null) return value;
  // A time, a place, a reference or bytes: a value, and no map.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? mapWithout(value, at, withheld) : value;
}
