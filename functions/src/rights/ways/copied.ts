/**
 * Why there is no copy.
 *
 * - `another`: a right that no copy answers.
 * - `unnamed`: nothing finds the person.
 * - `unentered`: the account asked for it itself, and downloads it in the app.
 * - `doubted`: nobody has proven who asks.
 * - `mailbox`: of an account, a mailbox alone proves neither who asks nor by what power.
 * - `power`: of somebody else, the power is over, or the person disagrees.
 * - `final`: it is closed, refused or taken back.
 * - `address`: the address is kept no longer, or an account has verified it by now.
 * - `notReady`: the export has published nothing yet.
 * - `over`: the archives have ended by their period.
 * - `erased`: the erasure of the account has begun.
 * - `changed`: the request changed meanwhile.
 */
export type NoCopy =
  | 'another'
  | 'unnamed'
  | 'unentered'
  | 'doubted'
  | 'mailbox'
  | 'power'
  | 'final'
  | 'address'
  | 'notReady'
  | 'over'
  | 'erased'
  | 'changed';

/** An archive that was written. */
interface CopiedFile {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export type Copied =
  | {
      readonly ok: true;
      /** One, or the parts of a large export, in order. */
      readonly files: readonly CopiedFile[];
      /** Rows by record. */
      readonly counts: Readonly<Record<string, number>>;
      /** Ids of recipients, systems and records whose part is not in it. */
      readonly missing: readonly string[];
      /** Rows in it with words of others, by record: the officer looks at them before the person. */
      readonly toLookAt?: Readonly<Record<string, number>>;
    }
  | { readonly ok: false; readonly because: NoCopy };

const ARCHIVE = /^exports\/copy(?:-(\d+))?\.zip$/;

/** Names an archive of a copy in its store; everything else there is on its way into it. */
export const copyName = (part: number): string => `exports/copy${part === 1 ? '' : `-${part}`}.zip`;

/** Returns the number of the archive with this name; undefined if it is none. */
export function partOfCopy(name: string): number | undefined {
  const found = ARCHIVE.exec(name);
  return found === null ? undefined : Number(found[1] ?? 1);
}
