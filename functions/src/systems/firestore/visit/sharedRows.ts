import { FieldPath, FieldValue, type DocumentSnapshot } from 'firebase-admin/firestore';
import { hasOthers, isShared, takingOut, type Removal } from '../../../policy/parties.ts';
import type { PolicyRecord } from '../../../policy/schema.ts';
import { fateOf } from '../../rowFate.ts';
import type { Change } from '../bulk/writer.ts';
import type { RowPass } from './ownRows.ts';
import { timesOf, type Place } from '../place.ts';
import { namesPerson } from './residue.ts';
import type { Stage } from './walk.ts';
import { left } from '../write.ts';

/**
 * The rows in which a person is one of several subjects (policy/parties.ts): the person is taken
 * out and the row stays, with what lies below it. Comes before the visit of their own rows, which
 * ends those that name nobody else by then. Costs one query more for each of the parties.
 *
 * @param own the places of the person's rows, shared or not
 */
export const sharedStages = (pass: RowPass, own: readonly Place[]): Stage[] =>
  isShared(pass.named.record) ? own.map((place) => sharedRows(pass, sharing(pass, place))) : [];

/** The same places without the rows that name somebody else, too. */
export const unshared = (record: PolicyRecord, uid: string, own: readonly Place[]): readonly Place[] =>
  isShared(record)
    ? own.map((place) => ({
        ...place,
        exact: false,
        mine: (path, get) => place.mine(path, get) && !hasOthers(record, get, uid),
      }))
    : own;

const sharing = ({ named: { record }, scope: { subject } }: RowPass, place: Place): Place => ({
  ...place,
  exact: false,
  mine: (path, get) => place.mine(path, get) && hasOthers(record, get, subject.uid),
});

function sharedRows(pass: RowPass, place: Place): Stage {
  const { named, scope, change, mode, counts, writer } = pass;
  // All fields: other names of the person in the row are an officer's.
  return { place, fields: null, lost: 'anonymised', rows };

  async function rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    if (mode === 'end') {
      await writer.changeAll(documents, changesOf, count);
      return;
    }
    for (const document of documents) {
      if (!isToTakeOut(document)) continue;
      if (mode === 'check') throw left(named);
      count(document);
    }
  }

  /** True if the person is to be taken out of this row; notes a row that stays as it is. */
  function isToTakeOut(document: DocumentSnapshot): boolean {
    const times = timesOf(named.record, (field) => document.get(field));
    const fate = fateOf(named, scope, change, times, true);
    // A row that is over by time as well is the next retention's, as a whole.
    if (fate.kind === 'takeOut' || fate.kind === 'end') return true;
    counts.leave(fate, { change, now: scope.now });
    return false;
  }

  /** Takes the person out of a row. The others may have left meanwhile: then the row is their own. */
  function changesOf(document: DocumentSnapshot): Change[] {
    if (!place.mine(document.ref.path, (field) => document.get(field)) || !isToTakeOut(document)) return [];
    return removals(document).map(({ remove, at }) => [
      new FieldPath(...at),
      remove === 'uid' ? FieldValue.arrayRemove(scope.subject.uid) : FieldValue.delete(),
    ]);
  }

  function removals(document: DocumentSnapshot): Removal[] {
    return takingOut(named.record, (field) => document.get(field), scope.subject.uid);
  }

  function count(document: DocumentSnapshot): void {
    const without = removals(document).map(({ remove, at }) => at.join('.') + (remove === 'uid' ? '[]' : ''));
    if (namesPerson(document.ref.path, document.data() ?? {}, without, scope.subject)) counts.residue += 1;
    else counts.anonymised += 1;
  }
}
