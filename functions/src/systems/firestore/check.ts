import type { DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { fateFields, fateOf } from '../ending.ts';
import type { Change, NamedRecord, Progress, Scope } from '../system.ts';
import { Tally } from '../tally.ts';
import { undeclaredBelow } from './below.ts';
import { nextPage, placeOf, type Place } from './place.ts';
import { timesOf } from './times.ts';

/**
 * Reads back. Nothing there is proven by a count; what is there must be there by the policy: retained, or anonymised.
 *
 * @throws ComplianceError `firestore.left` where rows are there that should have ended: apply again
 */
export async function checkRows(context: Context, named: NamedRecord, scope: Scope, change: Change): Promise<Progress> {
  const place = placeOf(context.clients, named.record, scope.subject);
  const tally = Tally.from(scope.cursor);
  if (place.document) {
    const document = await place.document.get();
    if (document.exists) look(named, scope, change, [document], place, tally);
    if (!document.exists) await nothingBelow(named, scope, place.document);
    return { settled: tally.outcomes(named, scope) };
  }
  let after = typeof scope.cursor?.['after'] === 'string' ? scope.cursor['after'] : undefined;
  if (after === undefined && place.query && (await place.query.count().get()).data().count === 0) {
    await nothingUnder(named, scope, place);
    return { settled: tally.outcomes(named, scope) };
  }
  const whole = named.record.fate.some(({ then }) => then.do === 'anonymise');
  const owner =
    'field' in named.record.subject
      ? [named.record.subject.field]
      : 'pseudonymField' in named.record.subject
        ? [named.record.subject.pseudonymField]
        : [];
  for (;;) {
    const page = await nextPage(place, after, whole ? null : [...fateFields(named.record), ...owner]);
    look(named, scope, change, page.documents, place, tally);
    after = page.last ?? after;
    if (!page.full) {
      await nothingUnder(named, scope, place);
      return { settled: tally.outcomes(named, scope) };
    }
    if (context.now() >= scope.deadline)
      return { more: { ...tally.toCursor(), ...(after === undefined ? {} : { after }) } };
  }
}

function look(
  named: NamedRecord,
  scope: Scope,
  change: Change,
  documents: readonly DocumentSnapshot[],
  place: Place,
  tally: Tally,
): void {
  for (const document of documents) {
    if (!place.mine(document.ref.path, (field) => document.get(field))) continue;
    const fate = fateOf(
      named,
      scope,
      change,
      timesOf(named.record, (field) => document.get(field)),
    );
    if (fate.kind === 'retain') tally.retain(fate);
    else if (fate.kind === 'keep') {
      if (change.kind === 'erase') tally.keep(fate);
    } else if (fate.then.do !== 'anonymise' || fate.then.fields.some((field) => document.get(field) !== undefined)) {
      throw left(named);
    }
  }
}

async function nothingUnder(named: NamedRecord, scope: Scope, place: Place): Promise<void> {
  if (!named.record.subcollections || place.collection === undefined) return;
  for (const ref of await place.db.collection(place.collection).listDocuments()) {
    if (!(await ref.get()).exists) await nothingBelow(named, scope, ref);
  }
}

async function nothingBelow(named: NamedRecord, scope: Scope, ref: NonNullable<Place['document']>): Promise<void> {
  if (!named.record.subcollections) return;
  if ((await undeclaredBelow(scope.policy, named.record, ref)).length > 0) throw left(named);
}

const left = ({ id }: NamedRecord) =>
  new ComplianceError('firestore.left', `rows of ${id} are there that should have ended`);
