/**
 * The lists in `firestore.rules` that follow from the policy, each between two marks:
 *
 *     // generated:consentPurposes begin
 *     function consentPurposes() {
 *       return ['analytics'];
 *     }
 *     // generated:consentPurposes end
 */
export interface RuleLists {
  /** Purposes for which a consent is asked: the ids of `users/{uid}/consents/{purpose}`. */
  consentPurposes: readonly string[];
  /** What a device can be asked for: `permission` in `users/{uid}/devicePermissions/{id}`. */
  devicePermissions: readonly string[];
  /** Kinds of rights request; fixed by the contract, so left as it stands unless given. */
  requestTypes?: readonly string[];
}

/** What may become a string in the rules without escaping, and a document id without surprises. */
const ID = /^[A-Za-z][A-Za-z0-9_-]{0,99}$/;

/**
 * `current` with the generated sections rewritten; everything else stays as it is, to the byte.
 * An empty list is right: the app asks for nothing of that kind, and the rules refuse every such document.
 * Pure: rendering its own result again changes nothing. Throws when a section is missing, doubled or cannot be filled.
 *
 * @example await writeFile('firestore.rules', renderRules(current, { consentPurposes, devicePermissions }))
 */
export function renderRules(current: string, lists: RuleLists): string {
  let text = replaceSection(current, 'consentPurposes', lists.consentPurposes);
  text = replaceSection(text, 'devicePermissions', lists.devicePermissions);
  return lists.requestTypes === undefined ? text : replaceSection(text, 'requestTypes', lists.requestTypes);
}

function replaceSection(text: string, name: string, values: readonly string[]): string {
  const begin = onlyLine(text, `// generated:${name} begin`);
  const end = onlyLine(text, `// generated:${name} end`);
  if (end.start < begin.end) throw new Error(`firestore.rules: '${end.mark}' stands before '${begin.mark}'`);

  for (const value of values) {
    if (!ID.test(value)) throw new Error(`${name}: '${value}' cannot stand in the rules (letters, digits, - and _)`);
  }
  const double = values.find((value, index) => values.indexOf(value) !== index);
  if (double !== undefined) throw new Error(`${name}: '${double}' is listed twice`);

  const lines = [`function ${name}() {`, `  return [${values.map((value) => `'${value}'`).join(', ')}];`, '}'];
  return text.slice(0, begin.end) + lines.map((line) => `${begin.indent}${line}\n`).join('') + text.slice(end.start);
}

interface Line {
  mark: string;
  indent: string;
  /** Offset of the line's first character. */
  start: number;
  /** Offset behind the line's end. */
  end: number;
}

function onlyLine(text: string, mark: string): Line {
  const found = [...text.matchAll(new RegExp(`^([ \\t]*)${mark}[ \\t]*\\r?(?:\\n|$)`, 'gm'))];
  const [line] = found;
  if (line === undefined) throw new Error(`firestore.rules: the mark '${mark}' is missing (a line of its own)`);
  if (found.length > 1) throw new Error(`firestore.rules: the mark '${mark}' stands there ${found.length} times`);
  return { mark, indent: line[1] ?? '', start: line.index, end: line.index + line[0].length };
}
