import { pointer } from './rows.ts';

/**
 * Keys that rows hold: whoever has one opens something without signing in. An archive is downloaded, kept, and sent to other companies; a key
 * in it would outlive all of that. The data that a key opens are in the archive themselves.
 */

/** Fields that hold nothing but a key, at any depth, in any row: an app may have copied them from where they come. */
const KEYS: ReadonlySet<string> = new Set(
  [
    // Cloud Storage for Firebase: opens the file for ever.
    'firebaseStorageDownloadTokens',
    // Stripe: confirms a payment, or opens an invoice or a receipt (docs.stripe.com/api). The PDF of an invoice is a file of the archive.
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

/** The path of a file in Cloud Storage for Firebase, on Google's host and on the emulator's; `token` in its query is the key. */
const DOWNLOAD_LINK = /\/v0\/b\/[^/\s"'<>]+\/o\/[^?\s"'<>]*\?[^\s"'<>]*/g;
const TOKEN = /([?&]token=)[^&#\s"'<>]+/gi;
/** Signed URLs of Google, Amazon and Microsoft: the signature is the key. */
const SIGNATURE = /([?&](?:x-goog-signature|x-amz-signature|x-amz-security-token|signature|sig)=)[^&#\s"'<>]+/gi;

/** A text without the keys of the links in it. */
export const withoutKeys = (text: string): string =>
  text
    .replace(DOWNLOAD_LINK, (link) => link.replace(TOKEN, `$1${WITHHELD}`))
    .replace(SIGNATURE, `$1${WITHHELD}`);

type Data = Readonly<Record<string, unknown>>;

/** A row without keys, and where they were: JSON Pointers (RFC 6901) into the data as it was. Pure; the row itself is left as it is. */
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
