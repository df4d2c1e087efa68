import * as z from 'zod/mini';
import { canonicalJson } from '../../crypto/canonical.ts';
import { verifierFrom, type Signer } from '../../crypto/sign.ts';
import { lazily } from '../../platform/shapes.ts';
import { NOT_FOUND } from '../../requests/request.ts';

/**
 * `manifest.json`: the contents of the archive, so that it can be checked without this backend.
 * Signed as a whole.
 */

export const MANIFEST = 'manifest.json';

/** A text by its languages, whichever they are. */
const text = z.record(z.string().check(z.regex(/^[a-z]{2,3}$/)), z.string());
const count = z.int().check(z.minimum(0));

/**
 * The reason for which something of a row was kept back after a look (Art. 15(4)). It is personal
 * data of somebody else, was told in confidence, or is a trade secret or protected work.
 * `notLookedAt`: the row came or changed after the look. `tooMany`: one look does not show so many.
 * `notFound`: the archive counted it as one that waits, and it is not there any more. Rows that
 * were kept back whole, and single fields of others.
 */
export const WITHHELD_BECAUSE = [
  'othersData',
  'confidence',
  'tradeSecret',
  'notLookedAt',
  'tooMany',
  NOT_FOUND,
] as const;
const withheld = lazily(() => z.strictObject({ because: z.enum(WITHHELD_BECAUSE), rows: count, fields: count }));

const recordEntry = lazily(() =>
  z.strictObject({
    record: z.string(),
    name: text,
    system: z.string(),
    path: z.string(),
    count,
    /** How many of them no record of the policy describes. Absent: none. */
    undeclared: z.optional(count),
    /** Kept back by an officer, by reason. Absent: nothing. */
    withheld: z.optional(z.array(withheld())),
    json: z.string(),
    csv: z.string(),
  }),
);

/**
 * Something that the archive does not hold, said in it and on the request: never a silently shorter
 * export.
 */
const missing = lazily(() =>
  z.strictObject({
    /** The recipient of the policy, or the system that holds it. */
    source: z.string(),
    name: z.string(),
    /**
     * `manual`: no interface, an officer adds it. `failed`: it could not be read whole, however
     * often it was tried. `unconfirmed`, `refused`, `impossible`: an officer asked, and it did not
     * come. `historyLost`: a forged document stood in the place of the person's identity.
     * `ownWords`: the person made it, and no holder gets it against their word. `look`: it holds
     * words of others, and an officer looks at it first; `notLooked`: none did in time. Others say
     * why it could not be proven to be the person's.
     */
    why: z.string(),
    /** How many rows wait for a look. */
    rows: z.optional(count),
    /**
     * The files of it that could not be read, by their paths in storage. A later part names only
     * its own.
     */
    files: z.optional(z.array(z.string())),
  }),
);

const archivedFile = lazily(() =>
  z.strictObject({ name: z.string(), bytes: count, sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
);

/**
 * The number of an archive among those that answer one request. An export that is larger than one
 * task can carry comes in parts, each complete in itself. `previous`: the SHA-256 of the part
 * before, so that the parts are known to be of one export.
 */
const part = lazily(() =>
  z.strictObject({
    number: z.int().check(z.minimum(1)),
    last: z.boolean(),
    previous: z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/))),
  }),
);

const manifestShape = lazily(() =>
  z.strictObject({
    format: z.literal('gdpr-export/1'),
    product: z.enum(['portability', 'access']),
    request: z.string(),
    createdAt: z.iso.datetime(),
    policyVersion: z.string(),
    controller: z.string(),
    part: part(),
    records: z.array(recordEntry()),
    missing: z.array(missing()),
    /** Every file of the archive but this one. */
    files: z.array(archivedFile()),
    /** The signer, and how the signature can be checked: as in `crypto/sign.ts`. */
    keyId: z.string(),
    publicKey: z.string(),
    /** Ed25519, base64, over the canonical JSON of everything above. */
    signature: z.string(),
  }),
);

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

export type Manifest = Immutable<z.infer<ReturnType<typeof manifestShape>>>;
export type ManifestFacts = Omit<Manifest, 'keyId' | 'publicKey' | 'signature'>;
export type RecordEntry = Manifest['records'][number];
export type Part = Manifest['part'];
export type Missing = Manifest['missing'][number];
/** Rows and fields that were kept back for one reason. */
export type Withheld = Immutable<z.infer<ReturnType<typeof withheld>>>;

export function signManifest(facts: ManifestFacts, signer: Signer): Manifest {
  const { keyId, publicKey } = signer;
  const signed = { ...facts, keyId, publicKey };
  return { ...signed, signature: signer.sign(signed) };
}

/** Did the key that the manifest names sign it, and is it that key? */
export function isSigned({ signature, ...signed }: Manifest): boolean {
  try {
    const verifier = verifierFrom(signed.publicKey);
    return (
      verifier.keyId === signed.keyId && verifier.publicKey === signed.publicKey && verifier.verify(signed, signature)
    );
  } catch {
    return false;
  }
}

/**
 * True if the text is the one that its value has: a member that stands there twice would show
 * another reader another manifest.
 */
export const isPlain = (written: string, manifest: unknown): boolean => {
  try {
    return canonicalJson(JSON.parse(written)) === canonicalJson(manifest) && pretty(manifest) === written;
  } catch {
    return false;
  }
};

/** Why a copy for a holder lacks a record: nobody adds it later. */
export const OWN_WORDS = 'ownWords';

/** Why an archive lacks rows: an officer looks at them first. */
export const LOOK = 'look';

/** A manifest that is longer is none: it names each file of the archive in some 200 bytes. */
export const LONGEST_MANIFEST = 256 << 20;

/** Reads the text of a manifest; null if it is none. Says nothing about its signature. */
export function parsedManifest(text: string): Manifest | null {
  try {
    const value: unknown = JSON.parse(text);
    return manifestShape().safeParse(value).success ? (value as Manifest) : null;
  } catch {
    return null;
  }
}

export const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
