import type { DocumentReference } from 'firebase-admin/firestore';
import type { EndAction } from '../../../policy/fate.ts';
import type { NamedRecord } from '../../../policy/lookup.ts';
import type { Policy } from '../../../policy/schema.ts';
import type { Subject } from '../../system.ts';
import { followersOf } from './followers.ts';
import { namesPerson } from '../visit/residue.ts';
import type { RowWriter } from '../write.ts';

/** The outcome for documents that follow rows. */
export interface Followed {
  readonly deleted: number;
  readonly archived: number;
  /** Below rows that were anonymised, and name the person: an officer has to look. */
  readonly residue: number;
  /** Has the archive no place for some of them? Then the row must stay with them. */
  readonly isStuck: boolean;
}

/** Nothing followed. */
export const NONE: Followed = { deleted: 0, archived: 0, residue: 0, isStuck: false };

/** The outcome for what followed several rows. */
export const together = (one: Followed, other: Followed): Followed => ({
  deleted: one.deleted + other.deleted,
  archived: one.archived + other.archived,
  residue: one.residue + other.residue,
  isStuck: one.isStuck || other.isStuck,
});

/**
 * Ends the documents that follow a row as the row will end. Before the row: should the process die
 * in between, the row is found again, and the rest by it.
 *
 * @param subject the row's person; undefined: nobody knows
 * @param writer null: touches nothing, and foretells its work
 * @throws the first failure of a write
 */
export async function endFollowers(
  {
    policy,
    named,
    subject,
  }: { readonly policy: Policy; readonly named: NamedRecord; readonly subject: Subject | undefined },
  row: DocumentReference,
  then: EndAction,
  writer: RowWriter | null,
): Promise<Followed> {
  let followed = NONE;
  for await (const page of followersOf(policy, named, row, then.do !== 'delete')) {
    if (then.do === 'delete') {
      await writer?.deleteAll(page.map(({ ref }) => ref));
      followed = { ...followed, deleted: followed.deleted + page.length };
    } else if (then.do === 'archive') {
      const isWhole = writer === null || (await writer.archiveAll(page, then.to));
      followed = isWhole ? { ...followed, archived: followed.archived + page.length } : { ...followed, isStuck: true };
    } else if (subject !== undefined) {
      const naming = page.filter((one) => namesPerson(one.ref.path, one.data(), [], subject));
      followed = { ...followed, residue: followed.residue + naming.length };
    }
  }
  return followed;
}
