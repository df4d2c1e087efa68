import { Timestamp } from 'firebase-admin/firestore';
import { contract, type Field, type PathContract } from '../rules/contract.ts';
import { AMIKEO_VERSION } from './amikeo.ts';

/** A document that somebody writes, with a word of theirs wherever there is room for one. */
export interface Marked {
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function valueOf(field: Field, uid: string, word: string): unknown {
  switch (field.is) {
    case 'text':
      return word;
    case 'form':
      return field.holding?.(word) ?? field.good[0];
    case 'bool':
      return true;
    case 'oneOf':
      return field.values[0];
    case 'date':
      return AMIKEO_VERSION;
    case 'serverTime':
    case 'timestamp':
      return Timestamp.now();
    case 'map': {
      const keys = Object.entries(field.keys ?? {}).map(([key, { afterSignIn }]) => [
        key,
        `${afterSignIn?.[0] ?? ''}${word}`,
      ]);
      return { [word]: word, inside: { [word]: [word] }, ...Object.fromEntries(keys) };
    }
    case 'ownUid':
      return uid;
  }
}

/**
 * The values of a field each of which stands for a document of its own: a request of each type,
 * say.
 */
const listed = (field: Field): readonly string[] => (field.is === 'oneOf' ? field.values : []);

/** The ids that a document may have; with the word, if any id is accepted. */
function idsOf({ ids, fields }: PathContract, data: Marked['data'], word: string): readonly string[] {
  if (ids?.from !== undefined) return [ids.from.replace(/\{(\w+)\}/g, (_, field: string) => String(data[field]))];
  if (ids?.listed === true) return ids.good ?? [];
  const values = Object.entries(fields).flatMap(([name, field]) => (listed(field).length > 0 ? [data[name]] : []));
  return [[word, ...values].join('-')];
}

function documentsAt(contracted: PathContract, uid: string, word: string): Marked[] {
  const fields = Object.entries(contracted.fields);
  const full = {
    ...Object.fromEntries(fields.map(([name, field]) => [name, valueOf(field, uid, word)])),
    ...(contracted.open === undefined ? {} : { [word]: { [word]: [word] } }),
  };
  const others = fields.flatMap(([name, field]) => listed(field).map((value) => ({ ...full, [name]: value })));
  const all = [...others, full].flatMap((data) =>
    idsOf(contracted, data, word).map((id): [string, Marked['data']] => [
      contracted.path.replace('{uid}', uid).replace('{id}', id),
      data,
    ]),
  );
  // A list that is no part of the id makes no further document.
  return [...new Map(all)].map(([path, data]) => ({ path, data }));
}

const created = contract.filter(({ owner }) => owner.includes('create'));

/**
 * Every document that the contract (test/rules/contract.ts) lets somebody create: one for each
 * value of each list, with the word in every id, text, map and further field.
 *
 * @param word up to eight lower-case letters and digits
 */
export const markedDocuments = (uid: string, word: string): Marked[] =>
  created.flatMap((contracted) => documentsAt(contracted, uid, word));

/**
 * The same documents with the word alone in one field after another, and in a further field. A
 * server or a looser rule of the app's may write them, even if our rules do not allow it.
 */
export const misshapenDocuments = (uid: string, word: string): Marked[] =>
  created.flatMap((contracted) =>
    documentsAt(contracted, uid, word)
      .slice(0, 1)
      .flatMap(({ path, data }) =>
        [...Object.keys(contracted.fields), word].map((field) => ({ path, data: { ...data, [field]: word } })),
      ),
  );
