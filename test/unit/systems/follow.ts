import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/**
 * Follows a page of instructions word by word. The paragraph before a block of code announces it:
 * "Make `file`:", "In `file`, below the line `…`, put:" (also "above the line", "instead of the
 * line"), "Run:". A block without such a paragraph is an error.
 */

export type Instruction = { readonly line: number } & (
  | { readonly do: 'make'; readonly file: string; readonly text: string }
  | {
      readonly do: 'put';
      readonly file: string;
      readonly where: 'below' | 'above' | 'instead of';
      /** A whole line; with `…` at its end, how it begins. */
      readonly anchor: string;
      readonly text: string;
    }
  | { readonly do: 'run'; readonly command: string }
);

/** Names an instruction in a test's title. */
export const sayInstruction = (one: Instruction): string =>
  one.do === 'run'
    ? `Run: ${one.command}`
    : one.do === 'make'
      ? `Make ${one.file}`
      : `In ${one.file}, ${one.where} ${one.anchor}`;

const CODE = /(?:`` ?(.+?) ?``|`([^`]+)`)/.source;
const MAKE = new RegExp(`^Make ${CODE}:$`);
const PUT = new RegExp(`^In ${CODE}, (below|above|instead of) the line ${CODE}, put:$`);

/**
 * Returns the instructions of a page, in its order.
 *
 * @throws Error that names the line of a block that nobody could follow
 */
export function instructionsOf(page: string): Instruction[] {
  const lines = page.split('\n');
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (!/^```/.test(lines[at] ?? '')) continue;
    const end = lines.findIndex((line, index) => index > at && line === '```');
    if (end < 0) throw new Error(`line ${at + 1}: a block without an end`);
    const said = paragraphBefore(lines.slice(0, at));
    found.push(...instruction(said, lines.slice(at + 1, end).join('\n'), at + 1));
    at = end;
  }
  return found;
}

/** The last paragraph of some lines, as one line. */
function paragraphBefore(lines: readonly string[]): string {
  const last = lines.findLastIndex((line) => line.trim() !== '');
  const first = lines.slice(0, last + 1).findLastIndex((line) => line.trim() === '' || line.startsWith('```')) + 1;
  return lines.slice(first, last + 1).join(' ');
}

function instruction(said: string, text: string, line: number): Instruction[] {
  if (said === 'Run:') return text.split('\n').map((command) => ({ line, do: 'run', command }));
  const make = MAKE.exec(said);
  if (make) return [{ line, do: 'make', file: make[2] ?? '', text }];
  const put = PUT.exec(said);
  if (put === null) throw new Error(`line ${line}: nothing says what to do with this block: '${said}'`);
  const [, , file = '', where = '', quoted, bare] = put;
  const anchor = quoted ?? bare ?? '';
  return [{ line, do: 'put', file, where: where as 'below' | 'above' | 'instead of', anchor, text }];
}

/**
 * Files that a new colleague's system does not need stay behind, so that it takes seconds:
 * packages, built files, other tests.
 */
const LEFT_OUT =
  /^(node_modules|\.git|\.suite|coverage|functions\/(lib|node_modules)|bench|cli|demo|fixtures|emulator\/terminal\/server\.ts|test\/(emulator|forgeries|rules|suites|kit\/(foreign|marked)\.ts|unit\/(?!systems).*|unit\/systems\/(?!registry).*))$/;

export interface Workshop {
  readonly root: string;
  /**
   * Carries out an instruction.
   *
   * @throws Error with its line, and for a command with its output
   */
  follow(instruction: Instruction): Promise<void>;
  end(): Promise<void>;
}

/** A copy of a repository to work in; packages are those of the repository. */
export async function workshop(repository: string): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), 'adding-'));
  await cp(repository, root, { recursive: true, filter: (path) => !LEFT_OUT.test(relative(repository, path)) });
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    follow: async (one) => {
      const where = `docs, line ${one.line}`;
      if (one.do === 'make') await make(join(root, one.file), one.text, where);
      else if (one.do === 'put') {
        const text = await readFile(join(root, one.file), 'utf8');
        await writeFile(join(root, one.file), put(text, one, where));
      } else await run(root, one.command, where);
    },
    end: () => rm(root, { recursive: true }),
  };
}

async function make(path: string, text: string, where: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Never over a file that is there: then the page would not name its own action.
  await writeFile(path, `${text}\n`, { flag: 'wx' }).catch((cause: unknown) => {
    throw new Error(`${where}: cannot make ${path}`, { cause });
  });
}

/**
 * @throws Error if the line is not there exactly once
 */
export function put(text: string, one: Extract<Instruction, { do: 'put' }>, where = ''): string {
  const lines = text.split('\n');
  const { anchor } = one;
  const fits = (line: string): boolean =>
    anchor.endsWith('…') ? line.trim().startsWith(anchor.slice(0, -1).trim()) : line.trim() === anchor;
  const places = lines.flatMap((line, index) => (fits(line) ? [index] : []));
  const [at, ...more] = places;
  if (at === undefined || more.length > 0)
    throw new Error(`${where}: ${one.file} has the line '${anchor}' ${places.length} times, not once`);
  const line = lines[at] ?? '';
  const indent = /^ */.exec(line)?.[0] ?? '';
  const deeper = one.where === 'below' && line.endsWith('{') ? '  ' : '';
  const added = one.text.split('\n').map((each) => (each === '' ? '' : `${indent}${deeper}${each}`));
  const [from, gone] = one.where === 'below' ? [at + 1, 0] : [at, one.where === 'above' ? 0 : 1];
  return lines.toSpliced(from, gone, ...added).join('\n');
}

/** As somebody would in a terminal of their own, outside of the tests around it. */
function run(root: string, command: string, where: string): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST|VITE_)/.test(name)),
  );
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${where}: ${command} ended with ${String(code)}\n${output.slice(-20_000)}`));
    });
  });
}
