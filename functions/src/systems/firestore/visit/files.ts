import { FieldPath, Filter, type DocumentReference } from 'firebase-admin/firestore';
import type { Clients, Context } from '../../../platform/context.ts';
import { documentsOf, SLIM } from '../../../platform/firestore.ts';
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
    const { clients } = this.#context;
    for (const { record } of recordsOfSystem(this.#policy, 'firestore'))
      for (const files of record.files ?? []) {
        const isNamed =
          'field' in files
            ? await this.#isNamedBy(clients, record, { field: files.field, name }, subject)
            : await this.#isInFolderOfRow(clients, record, { prefix: files.prefix, name }, subject);
        if (isNamed) return true;
      }
    return false;
  }

  async #isNamedBy(
    clients: Clients,
    record: PolicyRecord,
    { field, name }: { readonly field: string; readonly name: string },
    subject: Subject,
  ): Promise<boolean> {
    const names = (value: unknown): boolean => value === name || (Array.isArray(value) && value.includes(name));
    for (const place of placesOf(clients, record, subject)) {
      if (place.document !== undefined) {
        const document = await place.document.get();
        if (names(document.get(field)) && this.#stays(document.ref)) return true;
      } else if (place.query !== null) {
        // One name, or a list of them: each side is answered by an index of its own.
        const byName = Filter.or(Filter.where(field, '==', name), Filter.where(field, 'array-contains', name));
        if (await this.#finds({ ...place, query: place.query.where(byName) }, () => true)) return true;
      }
    }
    return false;
  }

  /** Is there a row with a prefix around the file? */
  async #isInFolderOfRow(
    clients: Clients,
    record: PolicyRecord,
    { prefix, name }: { readonly prefix: string; readonly name: string },
    subject: Subject,
  ): Promise<boolean> {
    const variables = matchPath(`${prefix.replace(/\/$/, '')}/**`, name);
    if (variables === null) return false;
    const names = parseTemplate(record.path).flatMap((one) => ('variable' in one ? [one.variable] : []));
    const isWhole = names.every((variable) => variable in variables);
    for (const place of placesOf(clients, record, subject)) {
      if (isWhole || place.document !== undefined) {
        const row = isWhole ? place.db.doc(samePath(record.path, variables)) : place.document;
        if (row === undefined || !this.#stays(row)) continue;
        const [document] = await place.db.getAll(row, { fieldMask: [FieldPath.documentId()] });
        if (document?.exists === true && place.mine(row.path, (field) => document.get(field))) return true;
      } else {
        const isIts = (path: string): boolean => {
          const found = matchPath(record.path, path);
          return found !== null && names.every((one) => !(one in variables) || variables[one] === found[one]);
        };
        if (await this.#finds(place, isIts)) return true;
      }
    }
    return false;
  }

  /** Is there a row of the place that stays? */
  async #finds(place: Place, isMeant: (path: string) => boolean): Promise<boolean> {
    if (place.query === null) return false;
    const rows = place.query.orderBy(FieldPath.documentId()).select(...place.fields);
    for await (const one of documentsOf(rows, SLIM)) {
      const { path } = one.ref;
      if (place.mine(path, (field) => one.get(field)) && isMeant(path) && this.#stays(one.ref)) return true;
    }
    return false;
  }

  #stays(row: DocumentReference): boolean {
    return !this.#endingRows.has(keyOf(row));
  }
}

const keyOf = ({ firestore, path }: DocumentReference): string => `${firestore.databaseId}:${path}`;
