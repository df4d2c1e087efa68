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
/** The most words of a sentence in a comment. */
export const MOST_IN_SENTENCE = 30;
/** The words that a sentence in a comment aims at, and the most in 100 that have more. */
export const AIM_IN_SENTENCE = 20;
export const MOST_OVER_AIM = 8;

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
  /** Comments that open with a word that is neither a verb nor the name of a thing. */
  readonly openings: readonly Place[];
  /** The number of sentences in comments, and of those with more than 20 words. */
  readonly sentences: number;
  readonly overAim: number;
  /** Sentences of comments with more than 30 words. */
  readonly long: readonly Place[];
}

/** Leaves out generated files, texts, which other readers hold, and the changelog. */
export const isCounted = (path: string): boolean =>
  /\.([cm]js|ts|md)$/.test(path) && !/generated|\/texts?\/|register|notices\.md|LICENSE|CHANGELOG/.test(path);

/** The folders that a file counts in: its top folder, and its room of `functions/src`. */
function foldersOf(path: string): readonly string[] {
  if (!path.includes('/')) return ['README'];
  const [, room] = /^functions\/src\/([^/]+)\//.exec(path) ?? [];
  if (room !== undefined) return ['functions/src', `functions/src/${room}`];
  return [path.startsWith('functions/src/') ? 'functions/src' : (path.split('/')[0] ?? '')];
}

const isCode = (path: string): boolean => !path.endsWith('.md');

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/**
 * The lines of prose of a file, each with its number: of a page without tables and code, of code
 * its comments. `/*` behind a letter or a quote is a pattern in a string.
 */
function proseOf({ path, text }: Source): Place[] {
  const at = (index: number): number => text.slice(0, index).split('\n').length;
  if (!isCode(path))
    return text
      .replace(/```[\s\S]*?```/g, blank)
      .split('\n')
      .map((line, index) => ({ path, line: index + 1, text: line }))
      .filter((place) => !place.text.startsWith('|'));
  return [...text.matchAll(/(?<![^\s([{,;])\/\*\*?[\s\S]*?\*\/|^[^\S\n]*\/\/.*$/gm)].flatMap((match) =>
    match[0].split('\n').map((line, index) => ({ path, line: at(match.index) + index, text: line })),
  );
}

const OPENINGS = /^(what|who|whose|whatever|which|those|so (many|long|often))\b/i;
const COMMENT = /(?<![^\s([{,;])\/\*\*?[\s\S]*?\*\/|(?:^[^\S\n]*\/\/.*\n?)+/gm;

/** Ends a sentence of a comment: behind its stop, at an empty line, a tag, a list or a table. */
const SENTENCES = /(?<!\bArt\.)(?<=[.?!])\s+(?=\S)|\n\s*\n|\n(?=\s*(?:@\w|[-|]\s|\d\. ))/;

/** The comments of a file of code: the sentences of each, with their first lines. */
function commentsOf({ path, text }: Source): Place[][] {
  if (!isCode(path)) return [];
  return [...text.matchAll(COMMENT)].map((comment) => {
    const first = text.slice(0, comment.index).split('\n').length;
    const plain = comment[0].replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)|\*\/\s*$/gm, (mark) => mark.replace(/[^\n]/g, ' '));
    let at = 0;
    const sentences = plain.split(SENTENCES).map((sentence) => {
      at = plain.indexOf(sentence, at);
      const line = first + plain.slice(0, at + sentence.search(/\S|$/)).split('\n').length - 1;
      at += sentence.length;
      return { path, line, text: sentence.trim().replace(/\s+/g, ' ') };
    });
    return sentences.filter(({ text }) => text !== '');
  });
}

const lengthOf = (sentence: string): number => sentence.split(' ').filter((word) => /\w/.test(word)).length;

/** Counts every folder that has prose; pure. */
export function countProse(sources: readonly Source[]): readonly FolderProse[] {
  const folders = new Map<string, FolderProse>();
  for (const source of sources.filter(({ path }) => isCounted(path))) {
    const lines = proseOf(source);
    const words = lines.reduce((sum, { text }) => sum + (text.match(/[A-Za-z']+/g)?.length ?? 0), 0);
    const marks = lines.flatMap((place) => (place.text.match(MARKS) ?? []).map(() => place));
    const wide = isCode(source.path) ? lines.filter(({ text }) => text.length > COLUMNS) : [];
    const comments = commentsOf(source);
    const openings = comments.flatMap(([first]) => (first !== undefined && OPENINGS.test(first.text) ? [first] : []));
    const sentences = comments.flat();
    const overAim = sentences.filter(({ text }) => lengthOf(text) > AIM_IN_SENTENCE).length;
    const long = sentences.filter(({ text }) => lengthOf(text) > MOST_IN_SENTENCE);
    for (const folder of foldersOf(source.path)) {
      const so = folders.get(folder) ?? {
        folder,
        words: 0,
        marks: [],
        wide: [],
        openings: [],
        sentences: 0,
        overAim: 0,
        long: [],
      };
      folders.set(folder, {
        folder,
        words: so.words + words,
        marks: [...so.marks, ...marks],
        wide: [...so.wide, ...wide],
        openings: [...so.openings, ...openings],
        sentences: so.sentences + sentences.length,
        overAim: so.overAim + overAim,
        long: [...so.long, ...long],
      });
    }
  }
  return [...folders.values()].sort((one, other) => one.folder.localeCompare(other.folder));
}

/** Marks in 1,000 words. */
export const shareOf = ({ marks, words }: FolderProse): number => (words === 0 ? 0 : (marks.length / words) * 1000);

/** Sentences in 100 with more than 20 words. A room of `functions/src` counts with all of it. */
export function shareOverAim(folders: readonly FolderProse[]): number {
  const once = folders.filter(({ folder }) => !/^functions\/src\//.test(folder));
  const sentences = once.reduce((sum, folder) => sum + folder.sentences, 0);
  return sentences === 0 ? 0 : (once.reduce((sum, folder) => sum + folder.overAim, 0) / sentences) * 100;
}

/** The places because of which a folder fails; empty if it passes. */
export function faultsOf(folder: FolderProse): readonly Place[] {
  const isOver = folder.words > FEWEST_WORDS && shareOf(folder) > MOST_MARKS;
  return [...(isOver ? folder.marks : []), ...folder.wide, ...folder.openings, ...folder.long];
}
