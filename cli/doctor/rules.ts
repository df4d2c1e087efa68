import { existsSync, readFileSync } from 'node:fs';
import { OWN_PLACES } from '../../functions/src/policy/own/places.ts';
import { matchesOf, meet } from '../../scripts/generate/rulesFile.ts';

/** Judges security rules: nobody but the backend may write the state that the app reads. */

const ROOT = '/databases/*/documents';
const STATE = OWN_PLACES.privacyState.path.replace(/\{[^}]*\}/g, '*').split('/');
const WRITES = ['write', 'create', 'update', 'delete'];

/**
 * Returns the line about a file of rules, and whether it lets a client write the state. Then
 * somebody could show their own app a consent that does not stand, and rules that `enforce` would
 * believe it; the backend believes its ledger.
 *
 * @param text undefined: there is no such file
 */
export function reportOfRules(file: string, text: string | undefined): { readonly ok: boolean; readonly text: string } {
  if (text === undefined) return { ok: true, text: `rules: not checked, since there is no ${file}: give --rules` };
  const wide = matchesOf(text, ROOT).filter(
    ({ path, allows }) => meet(path, STATE) && allows.some((method) => WRITES.includes(method)),
  );
  if (wide.length === 0) return { ok: true, text: `rules: ${file} lets no client write the state that the app reads` };
  const lines = wide.map(({ line, written }) => `  line ${line}: match ${written}`);
  const said = `rules: ${file} lets a client write ${OWN_PLACES.privacyState.path}, so that the app and rules believe a consent that does not stand. Take it out of these, or name the collections that they open:`;
  return { ok: false, text: [said, ...lines].join('\n') };
}

/** Reads a file of rules; undefined: there is none. */
export const rulesIn = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;
