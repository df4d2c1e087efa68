/** Reads security rules as text: the places that they name, and the methods that they allow. */

/** Replaces each character of a comment or a string by a blank, so that only code is counted. */
export function code(text: string): string {
  const blank = (found: string): string => found.replace(/[^\n]/g, ' ');
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, blank);
}

export const withoutComments = (text: string): string => text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '');

/** A place that rules name. */
export interface Match {
  /** From the root of the database or bucket, with `*` for a segment and `**` for any number. */
  readonly path: readonly string[];
  readonly written: string;
  readonly line: number;
  /** The methods that it allows somebody, but for those that nobody has (`if false`). */
  readonly allows: readonly string[];
}

/** Returns the places that rules name. */
export function matchesOf(text: string, root: string): Match[] {
  const blanked = code(text);
  const within: { readonly written: string; readonly allows: string[] }[] = [];
  const found: Match[] = [];
  const tokens =
    /\bmatch\s+((?:\/(?:\{[^{}]*\}|[^\s{}/])+)+)\s*\{|\ballow\s+([a-z,\s]+?)\s*(?::\s*if\s+([^;]*))?;|[{}]/g;
  for (const one of blanked.matchAll(tokens)) {
    const [whole, written, methods, condition] = one;
    const allows: string[] = [];
    if (whole === '}') within.pop();
    else if (methods !== undefined) {
      if (condition?.trim() !== 'false') within.at(-1)?.allows.push(...methods.split(',').map((name) => name.trim()));
    } else {
      within.push({ written: written ?? '', allows });
      const path = within
        .map((place) => place.written)
        .join('')
        .replace(/\{[^{}]*=\*\*\}/g, '**')
        .replace(/\{[^{}]*\}|\(default\)/g, '*');
      if (written !== undefined && path.startsWith(`${root}/`))
        found.push({
          path: path.slice(root.length + 1).split('/'),
          written,
          line: blanked.slice(0, one.index).split('\n').length,
          allows,
        });
    }
  }
  return found;
}

/** Could both match one document? */
export function meet(a: readonly string[], b: readonly string[]): boolean {
  const [one, ...rest] = a;
  const [other, ...others] = b;
  if (one === '**' || other === '**') return true;
  if (one === undefined || other === undefined) return one === other;
  return (one === '*' || other === '*' || one === other) && meet(rest, others);
}
