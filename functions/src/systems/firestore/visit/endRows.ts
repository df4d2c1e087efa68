import type { DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import { batches } from '../../../platform/firestore.ts';
import type { EndAction } from '../../../policy/fate.ts';
import { matchPath } from '../../../policy/lookup.ts';
import type { Policy } from '../../../policy/schema.ts';
import { filesOf } from '../../rowFiles.ts';
import type { NamedRecord, Subject } from '../../system.ts';
import { endFollowers, NONE, together, type Followed } from '../descendants/endFollowers.ts';
import type { RowWriter } from '../write.ts';
import { FilesOfRows } from './files.ts';
import { namesPerson } from './residue.ts';

/** A row whose end has come. */
export interface Ending {
  readonly document: DocumentSnapshot;
  readonly then: EndAction;
  /** The row's person; undefined: nobody knows. */
  readonly subject: Subject | undefined;
}

/** The rows of one record, and what ends them. */
export interface RowEnds {
  readonly context: Context;
  readonly policy: Policy;
  readonly named: NamedRecord;
  readonly writer: RowWriter;
}

/** How a row ended; `unarchived`: it stays, since its archive has no place for it. */
type How = 'deleted' | 'archived' | 'anonymised' | 'residue' | 'unarchived';

/** The work on a page of rows. */
export interface Ended {
  /** By the path of the row; without those that were written meanwhile. */
  readonly rows: ReadonlyMap<string, How>;
  /** Paths of rows that somebody else has ended. */
  readonly gone: ReadonlySet<string>;
  /** Rows that were written meanwhile. */
  readonly moved: readonly DocumentReference[];
  /** How many files went. */
  readonly files: number;
  readonly followed: Followed;
}

/** The rows that are asked at once for documents below them. */
const AT_ONCE = 16;

/**
 * Ends rows, their files and all that follows them. Files and followers go before the rows: should
 * the process die in between, the row is found again, and the rest by it.
 *
 * @param withFiles false: somebody else ends the files
 * @param isFollowed is a row that ends so asked for documents that follow it? One query more a row
 */
export async function endRows(
  { context, policy, named, writer }: RowEnds,
  rows: readonly Ending[],
  { withFiles, isFollowed }: { readonly withFiles: boolean; readonly isFollowed: (then: EndAction) => boolean },
): Promise<Ended> {
  const files = new FilesOfRows(context, policy);
  for (const { document, then, subject } of withFiles ? rows : []) {
    const variables = matchPath(named.record.path, document.ref.path);
    if (then.do !== 'delete' || subject === undefined || variables === null) continue;
    const row = { variables, owner: subject.uid, get: (field: string): unknown => document.get(field) };
    files.add(document.ref, subject, filesOf(policy, named.record, row));
  }
  const before = await files.end();
  let followed = NONE;
  const stuckBelow = new Set<string>();
  for (const some of batches(rows, AT_ONCE))
    await Promise.all(
      some.map(async ({ document: { ref }, then, subject }) => {
        if (!isFollowed(then)) return;
        const below = await endFollowers({ policy, named, subject }, ref, then, writer);
        if (below.isStuck) stuckBelow.add(ref.path);
        followed = together(followed, below);
      }),
    );
  for (const { document, then } of rows) if (!stuckBelow.has(document.ref.path)) writer.end(document, then);
  const { moved, gone, stuck } = await writer.flush();
  const after = await files.endShared();
  const again = new Set(moved.map(({ path }) => path));
  const ended = rows.flatMap(({ document, then, subject }): [string, How][] => {
    const { path } = document.ref;
    if (again.has(path)) return [];
    return [[path, stuck.has(path) || stuckBelow.has(path) ? 'unarchived' : howEnded(document, then, subject)]];
  });
  return { rows: new Map(ended), gone, moved, files: before + after, followed };
}

/**
 * A row is anonymous if nothing in it leads back to its person; else it is an officer's, and no
 * figure says otherwise.
 */
export function howEnded(document: DocumentSnapshot, then: EndAction, subject: Subject | undefined): How {
  if (then.do !== 'anonymise') return then.do === 'delete' ? 'deleted' : 'archived';
  const isNamed = subject !== undefined && namesPerson(document.ref.path, document.data() ?? {}, then.fields, subject);
  return isNamed ? 'residue' : 'anonymised';
}

/** Have the fields of the policy gone from this row before? Then nothing is left to remove. */
export const isAnonymous = (document: DocumentSnapshot, then: EndAction): boolean =>
  then.do === 'anonymise' && then.fields.every((field) => document.get(field) === undefined);
