/**
 * Counts how comments and pages read. Clauses that begin with one of a few words are hard to read;
 * codebases that read well have 0.6 to 2.5 of these words in 1,000.
 */
const MARKS = /\b(what|who|whose|whom|where|whatever|whoever)\b/gi;
/** The most of these words in 1,000 words of a folder. */
export const MOST_MARKS = 4;
/** Below so many words of a folder the share says nothing. */
export const FEWEST_WORDS = 500;
const COLUMNS = 100;

/** A file of the repository. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** A line that counts against its folder. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** The figures of one folder, with every place behind them. */
export interface FolderProse {
  readonly folder: string;
  readonly words: number;
  /** One for each word, so a line can stand here twice. */
  readonly marks: readonly Place[];
  /** Lines of comments above 100 columns. */
  readonly wide: readonly Place[];
  /** Comments that open with What, Who, Whose or Whatever. */
  readonly openings: readonly Place[];
}

/** Leaves out generated files, texts, which other readers hold, and the changelog. */
export const isCounted = (path: string): boolean =>
  /\.(ts|md)$/.test(path) && !/generated|\/texts?\/|register|notices\.md|LICENSE|CHANGELOG/.test(path);

/** The folders that a file counts in: its top folder, and its room of `functions/src`. */
function foldersOf(path: string): readonly string[] {
  if (!path.includes('/')) return ['README'];
  const [, room] = /^functions\/src\/([^/]+)\//.exec(path) ?? [];
  if (room !== undefined) return ['functions/src', `functions/src/${room}`];
  return [path.startsWith('functions/src/') ? 'functions/src' : (path.split('/')[0] ?? '')];
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/**
 * The lines of prose of a file, each with its number: of a page without tables and code, of code
 * its comments. `/*` behind a letter or a quote is a pattern in a string.
 */
function proseOf({ path, text }: Source): Place[] {
  const at = (index: number): number => text.slice(0, index).split('\n').length;
  if (path.endsWith('.md'))
    return text
      .replace(/```[\s\S]*?```/g, blank)
      .split('\n')
      .map((line, index) => ({ path, line: index + 1, text: line }))
      .filter((place) => !place.text.startsWith('|'));
  return [...text.matchAll(/(?<![^\s([{,;])\/\*\*?[\s\S]*?\*\/|^[^\S\n]*\/\/.*$/gm)].flatMap((match) =>
    match[0].split('\n').map((line, index) => ({ path, line: at(match.index) + index, text: line })),
  );
}

function openingsOf({ path, text }: Source): Place[] {
  if (!path.endsWith('.ts')) return [];
  const openings = [...text.matchAll(/(?<![^\s([{,;])\/\*\*\s*\n?\s*\*?\s*(\w+)|^[^\S\n]*\/\/[^\S\n]*(\w+)/gm)];
  return openings.flatMap((match) => {
    const word = match[1] ?? match[2] ?? '';
    if (!/^(what|who|whose|whatever)$/i.test(word)) return [];
    const line = text.slice(0, match.index + match[0].length).split('\n').length;
    return [{ path, line, text: text.split('\n')[line - 1] ?? '' }];
  });
}

/** Counts every folder that has prose; pure. */
export function countProse(sources: readonly Source[]): readonly FolderProse[] {
  const folders = new Map<string, FolderProse>();
  for (const source of sources.filter(({ path }) => isCounted(path))) {
    const lines = proseOf(source);
    const words = lines.reduce((sum, { text }) => sum + (text.match(/[A-Za-z']+/g)?.length ?? 0), 0);
    const marks = lines.flatMap((place) => (place.text.match(MARKS) ?? []).map(() => place));
    const wide = source.path.endsWith('.ts') ? lines.filter(({ text }) => text.length > COLUMNS) : [];
    const openings = openingsOf(source);
    for (const folder of foldersOf(source.path)) {
      const so = folders.get(folder) ?? { folder, words: 0, marks: [], wide: [], openings: [] };
      folders.set(folder, {
        folder,
        words: so.words + words,
        marks: [...so.marks, ...marks],
        wide: [...so.wide, ...wide],
        openings: [...so.openings, ...openings],
      });
    }
  }
  return [...folders.values()].sort((one, other) => one.folder.localeCompare(other.folder));
}

/** Marks in 1,000 words. */
export const shareOf = ({ marks, words }: FolderProse): number => (words === 0 ? 0 : (marks.length / words) * 1000);

/** The places because of which a folder fails; empty if it passes. */
export function faultsOf(folder: FolderProse): readonly Place[] {
  const isOver = folder.words > FEWEST_WORDS && shareOf(folder) > MOST_MARKS;
  return [...(isOver ? folder.marks : []), ...folder.wide, ...folder.openings];
}
