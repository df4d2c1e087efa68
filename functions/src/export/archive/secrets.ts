import { DocumentReference } from 'firebase-admin/firestore';
import { pointer } from './rows.ts';

/**
 * Keys that rows hold: everybody who has one opens something without signing in. An archive is
 * downloaded, kept, and sent to other companies; a key in it would outlive all of that. The data
 * that a key opens are in the archive themselves.
 */

/**
 * Fields that hold nothing but a key, at any depth, in any row: an app may have copied them from
 * elsewhere.
 */
const KEYS: ReadonlySet<string> = new Set(
  [
    // Cloud Storage for Firebase: opens the file for ever.
    'firebaseStorageDownloadTokens',
    'downloadTokens',
    // Stripe: confirms a payment, or opens an invoice or a receipt (docs.stripe.com/api). The PDF
    // of an invoice is a file of the archive.
    'client_secret',
    'hosted_invoice_url',
    'invoice_pdf',
    'receipt_url',
    // Auth. The code of a link that it mails signs in, or sets a password.
    'oobCode',
    'passwordHash',
    'passwordSalt',
  ].map(plainName),
);

/** A name as it is compared: `receipt_url` and `receiptUrl` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

/** Stands for a key within a text. */
const WITHHELD = 'withheld';

/**
 * Writes a link's marks as they stand in a text: plain, as entities of HTML, or escaped in JSON. A
 * link within another one is escaped once or more often. Repetitions are bounded: each expression
 * takes time in proportion to the text's length.
 */
const PERCENT = '%(?:25){0,3}';
const ESCAPED = String.raw`\\{1,4}u00`;
const SLASH = String.raw`(?:\\{0,4}/|${PERCENT}2f|${ESCAPED}2f|&#(?:47|x2f);|&sol;)`;
const EQUALS = `(?:=|${PERCENT}3d|${ESCAPED}3d|&#(?:61|x3d);|&equals;)`;
/** Begins a parameter. An ampersand may be escaped for HTML first, and for a link after that. */
const BEGINS =
  `(?:(?:[?&]|${PERCENT}(?:3f|26)|${ESCAPED}(?:3f|26))` +
  `(?:(?:amp|quest|#0{0,4}(?:38|63)|#x0{0,4}(?:26|3f))(?:;|${PERCENT}3b)){0,3})`;
/** Ends a value: a mark of the link, of the text around it, or a blank; also an escaped one. */
const ENDS = '(?:2[02367]|3[ce])';
/** A value. Entities of `+`, `/` and `=` belong to it; any other one ends it. */
const VALUE =
  String.raw`(?:&(?:#(?:43|47|61|x2b|x2f|x3d)|plus|sol|equals);` +
  String.raw`|(?!${PERCENT}${ENDS}|${ESCAPED}${ENDS}|\\{1,4}["'])[^\s"'<>&#])+`;

/** A parameter whose value is a key. */
const parameter = (name: string): RegExp => new RegExp(`(${BEGINS}${name}${EQUALS})${VALUE}`, 'gi');

/**
 * A link to a file in Cloud Storage for Firebase, on Google's host or the emulator's, has `token`
 * for its key. A blank may have come between, if a text was broken into lines.
 */
const TOKEN = parameter(String.raw`\s?token`);
const BUCKET = new RegExp(`${SLASH}v0${SLASH}b${SLASH}`, 'i');
const FILE = new RegExp(`${SLASH}o${SLASH}`, 'i');
/**
 * In signed URLs of Google, Amazon and Microsoft the signature is the key; in a link that Auth
 * mails, `oobCode`. Before the two short names a blank is ordinary writing.
 */
const SIGNATURE = parameter(
  String.raw`(?:\s?(?:x-goog-signature|x-amz-signature|x-amz-security-token|oobcode)|signature|sig)`,
);

/** Links to a person's pages at Stripe open without a sign-in: the whole path is the key. */
const PAGES_OF_STRIPE = new RegExp(String.raw`((?:pay|invoice|checkout|billing)\.stripe\.com${SLASH})${VALUE}`, 'gi');

/** A text without the keys of the links in it. */
export function withoutKeys(text: string): string {
  const signed = text.replace(SIGNATURE, `$1${WITHHELD}`).replace(PAGES_OF_STRIPE, `$1${WITHHELD}`);
  return hasDownload(text) ? signed.replace(TOKEN, `$1${WITHHELD}`) : signed;
}

/** Has this text a link `…/v0/b/{bucket}/o/{file}…`? */
function hasDownload(text: string): boolean {
  const bucket = text.search(BUCKET);
  return bucket >= 0 && FILE.test(text.slice(bucket));
}

/** A path of Firestore without keys: an app may name a document by a link, escaped. */
export const pathWithoutKeys = (path: string): string => path.split('/').map(withoutKeys).join('/');

type Data = Readonly<Record<string, unknown>>;

/**
 * Returns a row without keys, and their places: JSON Pointers (RFC 6901) into the data as it was. A
 * name that holds a key reads there as it does in the data that are left. Pure: the row itself
 * stays as it is.
 */
export function withoutSecrets(data: Data): { readonly data: Data; readonly withheld: readonly string[] } {
  const withheld: string[] = [];
  return { data: mapWithout(data, '', withheld), withheld };
}

function mapWithout(map: object, at: string, withheld: string[]): Data {
  const shown = namesWithout(Object.keys(map));
  return Object.fromEntries(
    Object.entries(map).flatMap(([name, value]: [string, unknown]) => {
      const kept = shown.get(name) ?? name;
      const here = `${at}/${pointer(kept)}`;
      const isKey = KEYS.has(plainName(name)) && value !== null && value !== undefined;
      if (isKey || kept !== name) withheld.push(here);
      return isKey ? [] : [[kept, valueWithout(value, here, withheld)]];
    }),
  );
}

/** The names of a map that hold keys, and how they read without. Each stays another one. */
function namesWithout(names: readonly string[]): ReadonlyMap<string, string> {
  const changed = names.map((name) => [name, withoutKeys(name)] as const).filter(([name, kept]) => kept !== name);
  const used = new Set(changed.length === 0 ? [] : names);
  const counts = new Map<string, number>();
  return new Map(
    changed.map(([name, kept]) => {
      let count = counts.get(kept) ?? 1;
      let free = count === 1 ? kept : `${kept} (${count})`;
      while (used.has(free)) free = `${kept} (${++count})`;
      used.add(free);
      counts.set(kept, count);
      return [name, free];
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
  if (value instanceof DocumentReference) {
    const kept = pathWithoutKeys(value.path);
    if (kept === value.path) return value;
    withheld.push(at);
    return value.firestore.doc(kept);
  }
  // A time, a place or bytes: a value, and no map.
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? mapWithout(value, at, withheld) : value;
}
