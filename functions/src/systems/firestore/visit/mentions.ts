import { FieldPath, FieldValue, type DocumentSnapshot } from 'firebase-admin/firestore';
import type { Clients } from '../../../platform/context.ts';
import { matchPath } from '../../../policy/lookup.ts';
import type { PolicyRecord } from '../../../policy/schema.ts';
import { holdOn } from '../../rowFate.ts';
import type { Change } from '../bulk/writer.ts';
import type { RowPass } from './ownRows.ts';
import { databaseFor, everyRow, uidOf, type Place } from '../place.ts';
import type { Stage } from './walk.ts';
import { left } from '../write.ts';

type MentionOf = NonNullable<PolicyRecord['mentions']>[number];

/** One way in which a row can name the person. */
interface Mention {
  readonly as: MentionOf['as'];
  /** The place of the uid: the field; of a map, the key. */
  readonly at: FieldPath;
}

/**
 * Returns the stages for rows of somebody else, or of nobody, that name the person in a field of
 * `mentions`: an erasure takes the uid out and leaves the row. One visit for each field. None for
 * another change, and none for a person without an account, whom no uid names.
 *
 * Other names of the person in such a row (their name in a text, an address) are not looked for. It
 * is the other person's row, and the policy has to declare every field that can name somebody.
 */
export function mentionStages(clients: Clients, pass: RowPass, own: readonly Place[]): Stage[] {
  const { named, scope, change } = pass;
  const { mentions = [] } = named.record;
  const uid = change.kind === 'erase' && mentions.length > 0 ? uidOf(scope.subject) : null;
  if (uid === null) return [];
  const all = mentions.map(({ field, as }): Mention => {
    const path = field.split('.');
    return { as, at: as === 'key' ? new FieldPath(...path, uid) : new FieldPath(...path) };
  });
  const db = databaseFor(clients, named.record);
  const rows = everyRow(db, named.record.path);
  const ownFields = own.flatMap(({ fields }) => fields);
  return all.map(({ as, at }, index) => {
    const place: Place = {
      db,
      exact: false,
      fields: ownFields,
      mine: (path, get) => matchPath(named.record.path, path) !== null && !own.some((one) => one.mine(path, get)),
      // A key that is there, with any value: rows without it are not in that order.
      ...(as === 'key'
        ? { query: rows, having: at }
        : { query: rows.where(at, as === 'array' ? 'array-contains' : '==', uid) }),
    };
    return mentioningRows(pass, place, uid, all, index);
  });
}

/**
 * The rows that one query for mentions finds. A row that names the person in several ways counts
 * once, and is rid of all of them at once.
 */
function mentioningRows(pass: RowPass, place: Place, uid: string, mentions: readonly Mention[], index: number): Stage {
  const { named, scope, mode, counts, writer } = pass;
  const hold = holdOn(named, scope);
  return { place, fields: [...place.fields, ...mentions.map(({ at }) => at)], lost: 'anonymised', rows };

  async function rows(documents: readonly DocumentSnapshot[]): Promise<void> {
    if (mode === 'end' && hold === null) {
      await writer.changeAll(documents, changesOf, () => (counts.anonymised += 1));
      return;
    }
    for (const document of documents) {
      if (mentions.slice(0, index).some((mention) => names(document, mention))) counts.uncounted += 1;
      else if (hold !== null) counts.retain(hold);
      else if (mode === 'check') throw left(named);
      else counts.anonymised += 1;
    }
  }

  /** Takes the uid out of a row, if it names the person and is not theirs. */
  function changesOf(document: DocumentSnapshot): Change[] {
    const found = place.mine(document.ref.path, (field) => document.get(field))
      ? mentions.filter((mention) => names(document, mention))
      : [];
    if (found.length === 0) counts.uncounted += 1;
    return found.map(({ as, at }) => [at, as === 'array' ? FieldValue.arrayRemove(uid) : FieldValue.delete()]);
  }

  function names(document: DocumentSnapshot, { as, at }: Mention): boolean {
    const value: unknown = document.get(at);
    if (as === 'key') return value !== undefined;
    return as === 'array' ? Array.isArray(value) && value.includes(uid) : value === uid;
  }
}
