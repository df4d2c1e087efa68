import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complianceCommand } from '../../../cli/main.ts';
import {
  anchorsOf,
  filesIn,
  isThere,
  linksOf,
  page,
  pages,
  ROOT,
  snippetsOf,
  type Page,
  type Snippet,
} from './pages.ts';

/** A page names commands, files and anchors: each of them is there. */

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const compliance = complianceCommand();
const groups = new Set(compliance.commands.filter(({ commands }) => commands.length > 0).map((one) => one.name()));

/** Names that a page tells the reader to make, or that others have. */
const MADE = /helpdesk|acme|YOUR_PROJECT|\.env\.PROJECT|^(auth|abc?)\/$/;

/** Names the fault in the words behind `compliance`: an unknown command or option. */
function wrongIn(words: readonly string[]): string | undefined {
  let at: Command | undefined = compliance;
  const rest = [...words];
  for (let word = rest[0]; at !== undefined && at.commands.length > 0 && word !== undefined; word = rest[0]) {
    if (!/^[a-z]+(-[a-z]+)*(\|[a-z]+(-[a-z]+)*)*$/.test(word)) break;
    const named: readonly (Command | undefined)[] = word
      .split('|')
      .map((name) => at?.commands.find((one) => one.name() === name));
    if (named.includes(undefined)) return `no command ${word}`;
    at = named[0];
    rest.shift();
  }
  const end = rest.findIndex((word) => /^(#|&&|\||;|>)/.test(word));
  const options = (end < 0 ? rest : rest.slice(0, end)).flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []);
  const known = new Set(['--help', '--json', ...(at?.options.map(({ long }) => long ?? '') ?? [])]);
  const unknown = options.find((option) => !known.has(option));
  return unknown === undefined ? undefined : `no option ${unknown}`;
}

/**
 * The commands of `compliance` in a snippet: behind its name, or a group with a command between
 * back quotes.
 */
function commandsIn({ text, isBlock }: Snippet): string[][] {
  const words = (rest: string): string[] => rest.trim().split(/\s+/);
  const behind = [...text.matchAll(/(?:npm run (?:-s )?compliance --|(?<![\w/.-])compliance(?= [a-z]))([^`]*)/g)];
  const named = behind.map(([, rest = '']) => words(rest.replace(/\s#.*$/, '')));
  const [first = '', second = ''] = words(text);
  const isCode = first === 'export' && /^(const|type|function)$/.test(second);
  return !isBlock && !isCode && groups.has(first) && /^[a-z|]+$/.test(second) ? [...named, words(text)] : named;
}

function faultsOf(of: Page): string[] {
  const faults = (snippet: Snippet): string[] => [
    ...[...snippet.text.matchAll(/npm run (?:-s )?([a-z][\w:]*)/g)].flatMap(([, name = '']) =>
      name in scripts ? [] : [`no script ${name}`],
    ),
    ...commandsIn(snippet).flatMap((words) => wrongIn(words) ?? []),
    ...filesIn(snippet).flatMap((name) => (MADE.test(name) || isThere(name, of) ? [] : [`no file ${name}`])),
  ];
  return snippetsOf(of).flatMap((snippet) =>
    faults(snippet).map((fault) => `${of.path}:${String(snippet.line)}: ${fault}`),
  );
}

function brokenLinksOf(of: Page): string[] {
  return linksOf(of).flatMap(({ line, file, anchor }) => {
    const at = `${of.path}:${String(line)}`;
    if (!isThere(file, { path: '', text: '' })) return [`${at}: no file ${file}`];
    if (anchor === '' || !file.endsWith('.md')) return [];
    return anchorsOf(page(file)).includes(anchor) ? [] : [`${at}: ${file} has no #${anchor}`];
  });
}

describe('the names in a page', () => {
  it.each(pages.map((one) => [one.path, one] as const))(
    '%s: every command and file that it names is there',
    (_, of) => {
      expect(faultsOf(of)).toEqual([]);
    },
  );

  it.each(pages.map((one) => [one.path, one] as const))('%s: every link leads to a page and a heading', (_, of) => {
    expect(brokenLinksOf(of)).toEqual([]);
  });

  it('a wrong one is found, wherever it stands', () => {
    const text = [
      'See `npm run nothing`, `compliance ledger nothing`, `erasure nothing` and `ledger verify --nothing`.',
      'It lies in `subject/nothing.ts`, `test/nothing/`, `nothing/` and `nothing.md`.',
      '```sh',
      'npm run compliance -- hold set|nothing --uid UID',
      'npm run -s compliance -- due --nothing',
      'npx vitest run test/unit/nothing',
      '```',
      'Make `cli/one.ts`:',
      '```ts',
      "import { main } from './main.ts';",
      "import { nothing } from './nothing.ts';",
      '```',
    ].join('\n');
    expect(faultsOf({ path: 'docs/a.md', text })).toEqual([
      'docs/a.md:1: no script nothing',
      'docs/a.md:1: no command nothing',
      'docs/a.md:1: no command nothing',
      'docs/a.md:1: no option --nothing',
      'docs/a.md:2: no file subject/nothing.ts',
      'docs/a.md:2: no file test/nothing/',
      'docs/a.md:2: no file nothing/',
      'docs/a.md:2: no file nothing.md',
      'docs/a.md:4: no command set|nothing',
      'docs/a.md:5: no option --nothing',
      'docs/a.md:6: no file test/unit/nothing',
      'docs/a.md:8: no file cli/one.ts',
      'docs/a.md:11: no file cli/nothing.ts',
    ]);
    const links = 'The [rooms](architecture.md#nothing), [nothing](nothing.md), [here](#nothing).';
    expect(brokenLinksOf({ path: 'docs/keys.md', text: links })).toEqual([
      'docs/keys.md:1: docs/architecture.md has no #nothing',
      'docs/keys.md:1: no file docs/nothing.md',
      'docs/keys.md:1: docs/keys.md has no #nothing',
    ]);
  });

  it('a right one passes: alternatives, options, patterns, names in a room', () => {
    const text = [
      'Run `npm run compliance -- hold set|list|lift`, `compliance due --within P7D` or `erasure start`.',
      'See `subject/prove.ts`, `systems/brevo/`, `test/unit/erasure/attacks*.test.ts`, `functions/src/jobs`, `deploy.md`.',
    ].join('\n');
    expect(faultsOf({ path: 'docs/a.md', text })).toEqual([]);
  });
});
