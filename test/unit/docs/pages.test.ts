import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { policy } from '../../../functions/policies/deployed.ts';
import { page, pages, ROOT } from './pages.ts';

/**
 * Each page has one reader, and the list of pages leads there. Lines are as wide as people read.
 */

const READERS = ['person who decides', 'engineer', 'officer', 'auditor'];

/**
 * Documents of the company, written from its policy for people outside: they begin as the law
 * wants.
 */
const isDocument = (path: string): boolean => /^docs\/(register|notices)/.test(path);
const ours = pages.filter(({ path }) => !isDocument(path));
const list = page('docs/README.md').text;

/** The first line below the title. */
const firstLineOf = (text: string): string =>
  text.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';
const readerOf = (text: string): string | undefined =>
  READERS.find((reader) => new RegExp(`^For the ${reader}\\b`).test(firstLineOf(text)));

/** The rows of the list: a page, its reader. */
const listed = list.split('\n').flatMap((line) => {
  const [, cell = '', reader = ''] = line.split('|').map((text) => text.trim());
  return [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => [
    link.startsWith('../') ? link.slice(3) : `docs/${link}`,
    reader,
  ]);
});

/** Lines wider than the columns; tables, code and links that cannot break are aside. */
function wideIn(text: string, columns: number): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, (block) => block.replace(/[^\n]/g, ''));
  const isWide = (line: string): boolean => line.length > columns && !/^\s*\|/.test(line);
  return prose.split('\n').flatMap((line, index) => (isWide(line) ? [`${String(index + 1)}: ${line}`] : []));
}

describe('a page', () => {
  it.each(ours.filter(({ path }) => path !== 'docs/README.md').map(({ path, text }) => [path, text] as const))(
    '%s: its first line names its one reader, who stands in the list',
    (path, text) => {
      expect(readerOf(text), firstLineOf(text)).toBeDefined();
      expect(listed.find(([of]) => of === path)?.[1]).toBe(readerOf(text));
    },
  );

  it('stands in the list once, and the list names no other', () => {
    // Another policy that is deployed may have a register in a further language.
    const further = policy.languages.filter((language) => !amikeo.languages.includes(language));
    const others = ['docs/README.md', ...further.map((language) => `docs/register.${language}.md`)];
    expect(listed.map(([path]) => path).sort()).toEqual(
      pages.map(({ path }) => path).filter((path) => !others.includes(path)),
    );
  });

  it.each(ours.map(({ path, text }) => [path, text] as const))('%s: has at most 120 columns', (_, text) => {
    expect(wideIn(text, 120)).toEqual([]);
  });

  it('is wide at 121 columns, and a table or a block of code never is', () => {
    const wide = 'x'.repeat(121);
    expect(wideIn(['x'.repeat(120), wide, `| ${wide} |`, '```', wide, '```'].join('\n'), 120)).toEqual([`2: ${wide}`]);
  });
});

describe('README.md', () => {
  const { text } = page('README.md');

  it('has at most 100 columns, code too', () => {
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  it('shows sixteen lines of the policy, each as it stands there, to its end', () => {
    const lines = (/```ts\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '').split('\n');
    expect(lines.length).toBe(16);
    const squeeze = (code: string): string => code.replace(/[\s'"]/g, '').replace(/,(?=[)\]}])/g, '');
    const file = squeeze(readFileSync(join(ROOT, 'functions/policies/amikeo/records.usage.ts'), 'utf8'));
    let at = 0;
    for (const line of lines) {
      for (const part of line.replace(/,$/, '').split('…').map(squeeze)) {
        const found = file.indexOf(part, at);
        expect(found, part).toBeGreaterThanOrEqual(at);
        at = found + part.length;
      }
      // A value that goes on there, such as the call of a function, is cut off.
      if (!/[[{]$/.test(line)) expect(file[at], line).toMatch(/[,)\]}]/);
    }
  });

  it('has one picture and six links to read on', () => {
    expect(text.match(/!\[/g)?.length).toBe(1);
    expect((text.split('## Read on')[1] ?? '').match(/^- \[/gm)?.length).toBe(6);
  });
});

describe('docs/architecture.md', () => {
  it('draws the rooms in the order that lint holds, and says what each answers', () => {
    const { text } = page('docs/architecture.md');
    const config = readFileSync(join(ROOT, 'eslint.config.js'), 'utf8');
    const order = (/const order = \[([\s\S]*?)\n\];/.exec(config)?.[1] ?? '')
      .split('\n')
      .filter((line) => line.includes('['));
    const rooms = order.map((line) => [...line.matchAll(/'(\w+)'/g)].map(([, room = '']) => room));
    expect(rooms.length).toBeGreaterThan(8);

    const drawing = /flowchart TD\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const arrows = drawing.split('\n').filter((line) => line.includes('-->'));
    const below = arrows.map((line) => line.split('-->')[1]?.trim() ?? '');
    const drawn = below.map((target) => /\["(.*)"\]/.exec(target)?.[1] ?? target).map((names) => names.split(' · '));
    expect(drawn.slice(-rooms.length)).toEqual(rooms);

    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    for (const room of rooms.flat())
      expect(
        rows.some((row) => (row.split('|')[1] ?? '').includes(`${room}/`)),
        room,
      ).toBe(true);
  });
});
