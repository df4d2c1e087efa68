import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, matchesGlob, posix } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** A page for people: its path from the root, and its text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

export const page = (path: string): Page => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

/** Every page: those of docs, and those beside the README. */
export const pages: readonly Page[] = globSync(['*.md', 'docs/*.md'], { cwd: ROOT }).sort().map(page);

/** Parts of a page that name commands and files, each with its line. */
export interface Snippet {
  readonly page: Page;
  readonly line: number;
  readonly text: string;
  readonly isBlock: boolean;
  /** The file that a block belongs into, if the line before it says so. */
  readonly file: string | undefined;
}

/** The lines of blocks of code, and the words between single back quotes. */
export function snippetsOf(of: Page): Snippet[] {
  const found: Snippet[] = [];
  let isBlock = false;
  let file: string | undefined;
  for (const [index, text] of of.text.split('\n').entries()) {
    if (!isBlock)
      file = /^(?:Make|In) `([\w./-]+)`/.exec(text)?.[1] ?? (text === '' || /^\s*```/.test(text) ? file : undefined);
    const at = { page: of, line: index + 1, isBlock, file };
    if (/^\s*```/.test(text)) isBlock = !isBlock;
    else if (isBlock) found.push({ ...at, text });
    else for (const match of text.matchAll(/`([^`]+)`/g)) found.push({ ...at, text: match[1] ?? '' });
  }
  return found;
}

/** Targets of links inside the repository: `file#anchor`, either of them possibly empty. */
export function linksOf(of: Page): { readonly line: number; readonly file: string; readonly anchor: string }[] {
  return of.text.split('\n').flatMap((text, index) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target)) return [];
      const [file = '', anchor = ''] = target.split('#');
      const whole = file === '' ? of.path : posix.normalize(posix.join(dirname(of.path), file));
      return [{ line: index + 1, file: whole, anchor }];
    }),
  );
}

/** The anchors of a page: those that it names, and those of its headings, as GitHub makes them. */
export function anchorsOf({ text }: Page): string[] {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.+)$/gm);
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const made = [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
  return [...named, ...made];
}

/** Folders from which pages name files: the root, the code of the functions, the page's own. */
const BASES = ['', 'functions/src', 'functions', 'docs'];

const TRACKED = globSync(['*', '.ci/*', '{bench,cli,demo,docs,emulator,fixtures,functions,scripts,test}/**/*'], {
  cwd: ROOT,
  exclude: ['**/node_modules', 'functions/lib'],
});
const NAMES = new Set(TRACKED.map((path) => basename(path)));

/**
 * The names of files and folders in a snippet: those with a known ending, and those below a known
 * folder.
 */
export function filesIn({ text, file }: Pick<Snippet, 'text' | 'file'>): string[] {
  // An import names its file from the file in which it stands.
  const [, imported = ''] = /from '(\.[^']+)'/.exec(text) ?? [];
  if (imported !== '') return file === undefined ? [] : [posix.normalize(posix.join(dirname(file), imported))];
  const tokens = text.split(/[\s"'`()<>=;,:|]+/).map((token) => token.replace(/^\.\//, '').replace(/[.,]+$/, ''));
  return tokens.filter(
    (token) =>
      /^(?!\.\.)[\w.@*{}…-]+(\/[\w.*{},…-]+)*\.(ts|mts|mjs|cjs|js|md|rules|svg)$/.test(token) ||
      /^(bench|cli|demo|docs|emulator|fixtures|functions|scripts|test|\.ci)\/[\w./*{}-]+$/.test(token) ||
      FOLDER.test(token) ||
      (/^[a-z]\w*(\/[a-z]\w*)*\/$/.test(text) && token === text),
  );
}

const ROOMS = globSync('functions/src/*/', { cwd: ROOT }).map((path) => basename(path));
const FOLDER = new RegExp(`^(${ROOMS.join('|')})/([\\w./*-]+/)?$`);

/**
 * Is there such a file or folder? A name without a folder may lie anywhere; `*` stands for any
 * characters.
 */
export function isThere(name: string, from: Page): boolean {
  if (!name.includes('/')) return [...NAMES].some((one) => matchesGlob(one, name));
  return [...BASES, dirname(from.path)].some((base) => {
    const path = join(ROOT, base, name);
    // The name of a test may be cut short: vitest takes it for the beginning of names.
    const pattern = name.startsWith('test/') && !name.endsWith('/') ? `${path}*` : path;
    return pattern.includes('*') ? globSync(pattern).length > 0 : existsSync(path);
  });
}
