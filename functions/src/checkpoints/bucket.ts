import type { Bucket } from '@google-cloud/storage';
import { CHECKPOINT_NAME, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { canonicalJson } from '../crypto/canonical.ts';
import { isNoObject, isOtherGeneration } from '../platform/codes.ts';
import { download } from '../platform/downloads.ts';

const PREFIX = 'checkpoints/';
const objectOf = (name: string): string => `${PREFIX}${name}.json`;

/** By date, and within a date by number. */
export function compareNames(a: string, b: string): number {
  const key = (name: string): [string, number] => [name.slice(0, 10), Number(name.slice(11) || 1)];
  const [[dateA, nA], [dateB, nB]] = [key(a), key(b)];
  return dateA === dateB ? nA - nB : dateA < dateB ? -1 : 1;
}

export type EvidenceStore = ReturnType<typeof evidenceStore>;

/**
 * `checkpoints/{name}.json` in the evidence bucket: created once, and in production under a
 * retention lock that nobody lifts.
 */
export function evidenceStore(bucket: Bucket) {
  return {
    /**
     * The names of the checkpoints from this one on (from the first, if none is given), oldest
     * first.
     */
    async namesFrom(name: string | null): Promise<string[]> {
      const from = name === null ? {} : { startOffset: `${PREFIX}${name.slice(0, 10)}` };
      const [files] = await bucket.getFiles({ prefix: PREFIX, ...from });
      return files
        .map((file) => file.name.slice(PREFIX.length).replace(/\.json$/, ''))
        .filter((found) => CHECKPOINT_NAME.test(found) && (name === null || compareNames(found, name) >= 0))
        .sort(compareNames);
    },
    /** Null if there is none of that name; `changed` if it is no checkpoint. */
    async read(name: string): Promise<Checkpoint | 'changed' | null> {
      try {
        const content = await download(bucket.file(objectOf(name)));
        const checkpoint = parse(content.toString('utf8'));
        return checkpoint?.name === name ? checkpoint : 'changed';
      } catch (error) {
        if (isNoObject(error)) return null;
        throw error;
      }
    },
    /** Creates the object. False if there is one already: it is never overwritten. */
    async create(checkpoint: Checkpoint): Promise<boolean> {
      const file = bucket.file(objectOf(checkpoint.name));
      // The precondition decides in production; the local Storage ignores it, so it is asked as
      // well.
      if ((await file.exists())[0]) return false;
      try {
        await file.save(`${canonicalJson(checkpoint)}\n`, {
          resumable: false,
          contentType: 'application/json',
          preconditionOpts: { ifGenerationMatch: 0 },
        });
        return true;
      } catch (error) {
        if (isOtherGeneration(error)) return false;
        throw error;
      }
    },
  };
}

function parse(text: string): Checkpoint | null {
  try {
    return parseCheckpoint(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Do two checkpoints say the same, signature and all? */
export const isSameCheckpoint = (a: Checkpoint, b: Checkpoint): boolean => canonicalJson(a) === canonicalJson(b);
