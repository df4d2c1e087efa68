import {
  databaseOf,
  fillPath,
  parseTemplate,
  recordsOfSystem,
  variableOf,
  type NamedRecord,
} from '../../../policy/lookup.ts';
import type { Policy } from '../../../policy/schema.ts';
import type { Subject } from '../../system.ts';

/**
 * A person's own place is the document that is named by them, with all below it: `users/{uid}`.
 * A record of the place has a trunk: the collection of its rows, which are all this person's. A
 * query for all descendants of a trunk finds its rows and the documents below them.
 *
 * A document of the place that lies below no row belongs to one record, its keeper. The keeper is
 * the record with the innermost trunk around it, or else the record of the place's own document.
 */

/**
 * The template of a record's trunk: `users/{uid}/days/{day}/readings/{id}` -> `users/{uid}/days`.
 */
export function trunkOf(template: string, variable: string): string {
  const segments = parseTemplate(template);
  const names = template.split('/');
  const at = segments.findIndex((segment) => 'variable' in segment && segment.variable === variable);
  if (at === segments.length - 1) return template;
  const open = segments.findIndex((segment, index) => index > at && 'variable' in segment);
  return names.slice(0, open < 0 ? -1 : open).join('/');
}

/** The template of the place: `users/{uid}/sessions/{id}` -> `users/{uid}`. */
function placeOf(template: string, variable: string): string {
  const names = template.split('/');
  return names.slice(0, names.indexOf(`{${variable}}`) + 1).join('/');
}

interface Kept extends NamedRecord {
  readonly home: string;
  readonly trunk: string;
}

/** One person's place, as the records of it share it. Pure. */
export interface Home {
  /** The path of the place's own document. */
  readonly path: string;
  /** Is that document a row of a record? */
  readonly isDeclared: boolean;
  /** The record to which all that no trunk holds belongs. */
  readonly holder: string;
  /** The trunks in the place, without the document itself. */
  readonly trunks: readonly string[];
  /** The record to which a document that lies below no row belongs. */
  keeperOf(path: string): string;
}

/**
 * The place of a person in which this record's rows lie; null if they lie elsewhere, or if a
 * collection and no document is named by the person.
 *
 * Records that end with this one (`endsWith`) have no trunk of their own in it.
 *
 * @param value the person's name in the path
 */
function homeFor(policy: Policy, named: NamedRecord, value: string): Home | null {
  const others = recordsOfSystem(policy, 'firestore').filter(
    ({ id, record }) =>
      id !== named.id && record.endsWith !== named.id && databaseOf(record) === databaseOf(named.record),
  );
  const mine = keptBy(named, value);
  if (mine === null || mine.home.split('/').length % 2 !== 0) return null;
  const all = [mine, ...others.flatMap((other) => keptBy(other, value) ?? [])].filter(({ home }) => home === mine.home);
  const inPolicy = Object.keys(policy.records);
  all.sort((a, b) => inPolicy.indexOf(a.id) - inPolicy.indexOf(b.id));
  const own = all.find(({ trunk }) => trunk === mine.home);
  const holder = (own ?? all[0] ?? mine).id;
  const inner = all.filter(({ trunk }) => trunk !== mine.home);
  return {
    path: mine.home,
    isDeclared: own !== undefined,
    holder,
    trunks: [...new Set(inner.map(({ trunk }) => trunk))],
    keeperOf: (path) => keeperAmong(inner, path)?.id ?? holder,
  };
}

/** The same for a person; null for one without an account as well. */
export function homeOf(policy: Policy, named: NamedRecord, { uid, pseudonym }: Subject): Home | null {
  const value = 'pathVariable' in named.record.subject ? uid : pseudonym;
  return variableOf(named.record) === undefined || value === '' ? null : homeFor(policy, named, value);
}

/**
 * A record of somebody's place; null if no name of a person is in its path, or another name stands
 * before it.
 */
function keptBy(named: NamedRecord, value: string): Kept | null {
  const { path } = named.record;
  const variable = variableOf(named.record);
  if (variable === undefined) return null;
  const home = placeOf(path, variable);
  if (parseTemplate(home).filter((segment) => 'variable' in segment).length !== 1) return null;
  const fill = (template: string): string => fillPath(template, { [variable]: value });
  return { ...named, home: fill(home), trunk: fill(trunkOf(path, variable)) };
}

/**
 * The innermost trunk around a document; of records that share it, the one whose rows lie highest.
 */
function keeperAmong(all: readonly Kept[], path: string): Kept | undefined {
  const around = all.filter(({ trunk }) => path.startsWith(`${trunk}/`));
  const depth = ({ record }: Kept): number => record.path.split('/').length;
  return around.reduce<Kept | undefined>((best, one) => {
    if (best === undefined || one.trunk.length > best.trunk.length) return one;
    return one.trunk === best.trunk && depth(one) < depth(best) ? one : best;
  }, undefined);
}
