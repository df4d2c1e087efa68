import { Filter, type DocumentReference, type DocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import { documentsByName, SLIM } from '../../../platform/firestore.ts';
import { matchPath, parseTemplate, recordsOfSystem, samePath } from '../../../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../../../policy/schema.ts';
import { isUid } from '../../../subject/identity.ts';
import { deleteRowFiles, NO_FILES, type RowFiles } from '../../rowFiles.ts';
import type { Subject } from '../../system.ts';
import { placesOf, type Place } from '../place.ts';

/** A person as a row names them: by the uid alone. */
export const subjectNamed = (uid: string): Subject => ({
  uid,
  pseudonym: '',
  accountCreatedAt: null,
  verifiedEmails: [],
  providerIds: {},
});

/**
 * The files of rows that end together. A file goes before the last row that names it: should the
 * process die in between, the row is found again, and its file by it.
 *
 * Only rows of the file's own person count, of any record. Another person's row can name any file
 * that its author wrote down: it neither ends a file nor keeps it.
 */
export class FilesOfRows {
  readonly #context: Context;
  readonly #policy: Policy;
  /** The rows that end here, by database and path. */
  readonly #endingRows = new Set<string>();
  readonly #owners = new Map<
    string,
    { readonly subject: Subject; readonly names: Set<string>; readonly prefixes: Set<string> }
  >();
  /** Files that another row named a moment ago. */
  readonly #shared = new Map<string, Subject>();

  constructor(context: Context, policy: Policy) {
    this.#context = context;
    this.#policy = policy;
  }

  /** @param files those of the row that lie under the person's own prefix */
  add(row: DocumentReference, subject: Subject, { names, prefixes }: RowFiles): void {
    this.#endingRows.add(keyOf(row));
    if (names.length + prefixes.length === 0 || !isUid(subject.uid)) return;
    const owner = this.#owners.get(subject.uid) ?? { subject, names: new Set(), prefixes: new Set() };
    this.#owners.set(subject.uid, owner);
    for (const name of names) owner.names.add(name);
    for (const prefix of prefixes) owner.prefixes.add(prefix);
  }

  /**
   * Deletes the files that no other row names. Before the rows themselves. Answers how many objects
   * went.
   */
  async end(): Promise<number> {
    let deleted = 0;
    for (const { subject, names, prefixes } of this.#owners.values()) {
      const files = { names: [...names], prefixes: [...prefixes] };
      deleted += await deleteRowFiles(this.#context, files, async (name) => {
        const isShared = await this.#isNamed(name, subject);
        if (isShared) this.#shared.set(name, subject);
        return !isShared;
      });
    }
    return deleted;
  }

  /**
   * Asks again about the files that were shared. After the rows have gone: two sweeps that end the
   * last two rows of a file at the same time have each seen the other's row.
   */
  async endShared(): Promise<number> {
    let deleted = 0;
    // A row of this page that was written meanwhile is still there, and names the file.
    this.#endingRows.clear();
    for (const [name, subject] of this.#shared)
      deleted += await deleteRowFiles(
        this.#context,
        { ...NO_FILES, names: [name] },
        async () => !(await this.#isNamed(name, subject)),
      );
    return deleted;
  }

  /**
   * Does a row of the person name the file that does not end here? A query for each field and
   * prefix of `files`.
   */
  async #isNamed(name: string, subject: Subject): Promise<boolean> {
    for (const { record } of recordsOfSystem(this.#policy, 'firestore'))
      for (const files of record.files ?? [])
        for (const place of placesOf(this.#context.clients, record, subject)) {
          const naming =
            'field' in files ? namingIn(place, files.field, name) : namingAround(place, record, files.prefix, name);
          if (naming !== null && (await this.#finds(naming))) return true;
        }
    return false;
  }

  /** Is there a row of the place that names the file and stays? */
  async #finds({ place, isNaming }: Naming): Promise<boolean> {
    if (place.document !== undefined && !this.#stays(place.document)) return false;
    for await (const row of rowsOf(place)) {
      const { path } = row.ref;
      if (place.mine(path, (field) => row.get(field)) && isNaming(row) && this.#stays(row.ref)) return true;
    }
    return false;
  }

  #stays(row: DocumentReference): boolean {
    return !this.#endingRows.has(keyOf(row));
  }
}

/** A part of a person's place in which rows can name a file, and whether one does. */
interface Naming {
  readonly place: Place;
  readonly isNaming: (row: DocumentSnapshot) => boolean;
}

/** The rows that name a file in a field: one name, or a list of them. */
function namingIn(place: Place, field: string, name: string): Naming {
  const isNaming = (row: DocumentSnapshot): boolean => [row.get(field)].flat().includes(name);
  // Each side is answered by an index of its own.
  const byName = Filter.or(Filter.where(field, '==', name), Filter.where(field, 'array-contains', name));
  const query = place.query?.where(byName) ?? null;
  return { place: { ...place, query, fields: [...place.fields, field] }, isNaming };
}

/** The rows with a prefix around a file; null: no row can have one. */
function namingAround(place: Place, { path }: PolicyRecord, prefix: string, name: string): Naming | null {
  const variables = matchPath(`${prefix.replace(/\/$/, '')}/**`, name);
  if (variables === null) return null;
  const names = parseTemplate(path).flatMap((one) => ('variable' in one ? [one.variable] : []));
  const isNaming = ({ ref }: DocumentSnapshot): boolean => {
    const found = matchPath(path, ref.path);
    return found !== null && names.every((one) => !(one in variables) || variables[one] === found[one]);
  };
  // The prefix tells the row by itself.
  const isWhole = names.every((variable) => variable in variables);
  return { place: isWhole ? { ...place, document: place.db.doc(samePath(path, variables)) } : place, isNaming };
}

async function* rowsOf({ document, query, fields }: Place): AsyncGenerator<DocumentSnapshot> {
  if (document !== undefined) {
    const row = await document.get();
    if (row.exists) yield row;
  } else if (query !== null) yield* documentsByName(query.select(...fields), SLIM);
}

const keyOf = ({ firestore, path }: DocumentReference): string => `${firestore.databaseId}:${path}`;
