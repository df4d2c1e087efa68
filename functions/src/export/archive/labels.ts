import { safeText } from './formulas.ts';

/**
 * Labels of columns, from names of fields that an app or a person chose.
 *
 * A Frictionless table has one label a column, none of them blank, and compares them without regard
 * to case (specs.frictionlessdata.io, table schema: `name`). Its validator (frictionless-py,
 * `stringify_label`) also strips each label of the header as Python's `str.strip` does, and not the
 * names in the schema. Labels that are stripped already are the same for every reader.
 */

/**
 * Spaces, controls, format characters and line separators at either end of a label: readers strip
 * them, or show nothing there.
 */
const ENDS = /^[\s\p{Z}\p{Cc}\p{Cf}]+|[\s\p{Z}\p{Cc}\p{Cf}]+$/gu;

/** Stands for a name that has nothing else in it. */
const BLANK = '_';

/**
 * Gives each name a label: no blank one, no two that a reader could take for one another. A name
 * that can be its own label is; the others get a number behind theirs. Pure; the same names in the
 * same order have the same labels.
 *
 * @param names of fields, each once
 * @param reserved labels of columns that are no fields
 * @example labelsOf([' email', 'email', ' '], ['__path__']) // ['email (2)', 'email', '_']
 */
export function labelsOf(names: readonly string[], reserved: readonly string[]): string[] {
  const taken = new Set(reserved.map(labelKey));
  const labels = new Map<string, string>();
  for (const name of names) {
    if (wanted(name) !== name || taken.has(labelKey(name))) continue;
    taken.add(labelKey(name));
    labels.set(name, name);
  }
  return names.map((name) => {
    const own = labels.get(name);
    if (own !== undefined) return own;
    const label = wanted(name);
    let free = label;
    // A table has some hundred columns at most: counting from 2 each time takes no time.
    for (let n = 2; taken.has(labelKey(free)); n++) free = `${label} (${n})`;
    taken.add(labelKey(free));
    return free;
  });
}

/** UTF-8 has no half characters, and a spreadsheet runs no label. */
function wanted(name: string): string {
  const stripped = Buffer.from(name).toString().replace(ENDS, '');
  return stripped === '' ? BLANK : safeText(stripped);
}

/** Labels without spaces at their ends that a reader could take for one another have one key. */
export const labelKey = (label: string): string => label.normalize('NFKC').toLowerCase();
