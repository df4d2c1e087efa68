import { isDeepStrictEqual } from 'node:util';
import { mergeIndexes, type IndexFile } from '../../functions/src/policy/indexes.ts';
import { code, matchesOf, meet, withoutComments } from './rulesFile.ts';

/**
 * Puts our rules and indexes into the files of an app that has its own. Nothing of the app's is
 * changed or removed: rules stand between two marks, and indexes are added to the list that is
 * there.
 */

/** A merged file. `text` is undefined if the file holds everything already. */
export interface Merged {
  readonly text: string | undefined;
  /** Lines for a person to look at; the merge is done all the same. */
  readonly warnings: readonly string[];
}

const BEGIN = '// compliance begin: written by `npm run generate`, change nothing until the end';
const END = '// compliance end';

/** The products that have rules, each with its place for everything. */
const SERVICES = { 'cloud.firestore': '/databases/*/documents', 'firebase.storage': '/b/*/o' } as const;
type Service = keyof typeof SERVICES;

/**
 * Merges our rules into an app's. Pure; merging its own result again changes nothing. Between the
 * marks stands the whole body of our service. Its functions have a scope of their own, so no name
 * can meet one of the app's.
 *
 * @param app the app's rules, of Firestore or of Storage
 * @param ours our rules, of both
 * @throws Error that says what the app's file lacks
 */
export function mergeRules(app: string, ours: readonly string[]): Merged {
  const service = serviceOf(app);
  const from = ours.find((text) => serviceOf(text) === service);
  if (from === undefined) throw new Error(`we have no rules of ${service}`);
  if (!/^\s*rules_version\s*=\s*['"]2['"]/.test(withoutComments(app)))
    throw new Error("begins without rules_version = '2', which our rules need");
  const body = bodyOf(from, service);
  const section = `  ${BEGIN}\n${body.text.replace(/^\n+|\s+$/g, '')}\n  ${END}\n`;
  const known = sectionOf(app, service);
  const at = known ?? endOfService(app, service);
  const isOnItsLine = at.start === 0 || app[at.start - 1] === '\n';
  const text = app.slice(0, at.start) + (isOnItsLine ? '' : '\n') + section + app.slice(at.end);
  const own = known === undefined ? app : app.slice(0, known.start) + app.slice(known.end);
  return { text: text === app ? undefined : text, warnings: openings(own, section, SERVICES[service]) };
}

/**
 * Merges our indexes into an app's. Pure; merging its own result again changes nothing.
 *
 * @param app the text of the app's index file
 * @throws SyntaxError if it is not JSON
 */
export function mergeIndexText(app: string, ours: IndexFile): Merged & { readonly file: IndexFile } {
  const parsed = JSON.parse(app) as Partial<IndexFile>;
  const file = mergeIndexes(ours, {
    ...parsed,
    indexes: parsed.indexes ?? [],
    fieldOverrides: parsed.fieldOverrides ?? [],
  });
  // An app's own layout of the same content is as good as ours.
  const text = isDeepStrictEqual(file, parsed) ? undefined : `${JSON.stringify(file, null, 2)}\n`;
  return { file, text, warnings: [] };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function serviceOf(text: string): Service {
  const found = (Object.keys(SERVICES) as Service[]).filter((one) => startOf(text, one) !== undefined);
  const [service] = found;
  if (service === undefined || found.length > 1)
    throw new Error(
      `has no rules: it needs one of ${Object.keys(SERVICES)
        .map((one) => `service ${one}`)
        .join(', ')}`,
    );
  return service;
}

/** Returns the index of the body of a service: behind its brace. */
function startOf(text: string, service: Service): number | undefined {
  const found = new RegExp(`\\bservice\\s+${service.replace('.', '\\.')}\\s*\\{`).exec(code(text));
  return found === null ? undefined : found.index + found[0].length;
}

function bodyOf(text: string, service: Service): Span & { readonly text: string } {
  const start = startOf(text, service) ?? 0;
  let depth = 1;
  const blanked = code(text);
  for (let end = start; end < blanked.length; end++) {
    if (blanked[end] === '{') depth += 1;
    if (blanked[end] === '}') depth -= 1;
    if (depth === 0) return { start, end, text: text.slice(start, end) };
  }
  throw new Error(`service ${service} has a brace that nothing closes`);
}

/** Returns the place before the brace that ends the service, on a line of its own. */
function endOfService(text: string, service: Service): Span {
  const { start, end } = bodyOf(text, service);
  const line = text.lastIndexOf('\n', end - 1) + 1;
  return line > start && text.slice(line, end).trim() === '' ? { start: line, end: line } : { start: end, end };
}

/** Returns our section, with both marks and their lines; undefined if it is not there yet. */
function sectionOf(text: string, service: Service): Span | undefined {
  const [begin, end] = [linesOf(text, BEGIN), linesOf(text, END)];
  if (begin.length === 0 && end.length === 0) return undefined;
  const [first] = begin;
  const [last] = end;
  if (begin.length !== 1 || end.length !== 1 || first === undefined || last === undefined || last.start < first.start)
    throw new Error(`the marks '${BEGIN}' and '${END}' must stand there once each, in this order`);
  const body = bodyOf(text, service);
  if (first.start < body.start || last.end > body.end) throw new Error(`our marks stand outside of service ${service}`);
  return { start: first.start, end: last.end };
}

/** Returns each line that is this mark and nothing else. */
function linesOf(text: string, mark: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const line of text.split(/(?<=\n)/)) {
    if (line.trim() === mark) spans.push({ start, end: start + line.length });
    start += line.length;
  }
  return spans;
}

/** Rules of the app's that also speak of our places: of all that match, the widest one counts. */
function openings(app: string, section: string, root: string): string[] {
  const places = matchesOf(section, root);
  return matchesOf(app, root).flatMap(({ path, written, line }) => {
    const met = places.filter((place) => meet(place.path, path)).map((place) => place.path.join('/'));
    if (met.length === 0) return [];
    return [
      `line ${line}: match ${written} matches ${met.join(', ')} as well: it can allow access that our rules refuse`,
    ];
  });
}
