import type { Withheld } from '../../export/archive/manifest.ts';
import type { NotGiven } from '../../export/look/give.ts';

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
 * - `toLook`: rows hold words of others, and no officer has looked at them.
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
  | 'changed'
  | 'toLook';

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
      /** Everything that the officer kept back, by record. */
      readonly withheld?: Readonly<Record<string, readonly Withheld[]>>;
    }
  | {
      readonly ok: false;
      readonly because: NoCopy | NoDecision;
      /** Numbers of rows that the answer names wrongly. */
      readonly named?: readonly number[];
      /** Rows to look at, by record. */
      readonly rows?: Readonly<Record<string, number>>;
    };

/** Why an answer to a look at the rows of a copy is none; as of an export (export/look/give.ts). */
export type NoDecision = Extract<NotGiven, 'notSeen' | 'noRow' | 'noField' | 'everything'>;

const ARCHIVE = /^exports\/copy(?:-(\d+))?\.zip$/;

/** Names an archive of a copy in its store; everything else there is on its way into it. */
export const copyName = (part: number): string => `exports/copy${part === 1 ? '' : `-${part}`}.zip`;

/** Returns the number of the archive with this name; undefined if it is none. */
export function partOfCopy(name: string): number | undefined {
  const found = ARCHIVE.exec(name);
  return found === null ? undefined : Number(found[1] ?? 1);
}
