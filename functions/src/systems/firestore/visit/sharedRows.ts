import { FieldPath, FieldValue, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import { hasOthers, isShared, takingOut, type Removal } from '../../../policy/parties.ts';
import type { PolicyRecord } from '../../../policy/schema.ts';
import { fateOf } from '../../rowFate.ts';
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
  isShared(pass.named.record) ? own.map((place) => new SharedRows(pass, sharing(pass, place))) : [];

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

class SharedRows implements Stage {
  readonly lost = 'anonymised';
  /** All of them: other names of the person in the row are an officer's. */
  readonly fields = null;

  readonly pass: RowPass;
  readonly place: Place;

  constructor(pass: RowPass, place: Place) {
    this.pass = pass;
    this.place = place;
  }

  async rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    const { named, mode, writer } = this.pass;
    if (mode === 'end') {
      await writer.untilStill(documents, named, (rows) => this.#takeOut(rows));
      return;
    }
    for (const document of documents) {
      if (!this.#isToTakeOut(document)) continue;
      if (mode === 'check') throw left(named);
      this.#count(document);
    }
  }

  /** True if the person is to be taken out of this row; notes a row that stays as it is. */
  #isToTakeOut(document: DocumentSnapshot): boolean {
    const { named, scope, change, counts } = this.pass;
    const times = timesOf(named.record, (field) => document.get(field));
    const fate = fateOf(named, scope, change, times, true);
    // A row that is over by time as well is the next retention's, as a whole.
    if (fate.kind === 'takeOut' || fate.kind === 'end') return true;
    counts.leave(fate, { change, now: scope.now });
    return false;
  }

  /** Takes the person out of rows, as they were seen; answers those that were written meanwhile. */
  async #takeOut(documents: readonly DocumentSnapshot[]): Promise<readonly DocumentReference[]> {
    const { writer } = this.pass;
    const changed: DocumentSnapshot[] = [];
    for (const document of documents) {
      // The others may have left meanwhile: then the row is the person's own.
      if (!this.place.mine(document.ref.path, (field) => document.get(field)) || !this.#isToTakeOut(document)) continue;
      writer.change(
        document,
        this.#removals(document).map(({ remove, at }) => [
          new FieldPath(...at),
          remove === 'uid' ? FieldValue.arrayRemove(this.pass.scope.subject.uid) : FieldValue.delete(),
        ]),
      );
      changed.push(document);
    }
    const moved = await writer.flush();
    const again = new Set(moved.map(({ path }) => path));
    for (const document of changed) if (!again.has(document.ref.path)) this.#count(document);
    return moved;
  }

  #removals(document: DocumentSnapshot): Removal[] {
    const { named, scope } = this.pass;
    return takingOut(named.record, (field) => document.get(field), scope.subject.uid);
  }

  #count(document: DocumentSnapshot): void {
    const { scope, counts } = this.pass;
    const without = this.#removals(document).map(({ remove, at }) => at.join('.') + (remove === 'uid' ? '[]' : ''));
    if (namesPerson(document.ref.path, document.data() ?? {}, without, scope.subject)) counts.residue += 1;
    else counts.anonymised += 1;
  }
}
