import { describe, expect, it } from 'vitest';
import { countProse, faultsOf, isCounted, shareOf, shareOverAim } from '../../../scripts/proseCount.ts';

/** Comments and pages that are hard to read fail lint, and lint names the line. */

const words = (number: number): string => Array.from({ length: number }, () => 'word').join(' ');
const linesOf = (faults: ReturnType<typeof faultsOf>): string[] => faults.map(({ path, line }) => `${path}:${line}`);

describe('prose', () => {
  it('counts comments only, with the line of each word', () => {
    const text = [
      "const files = 'test/**/*.ts'; // what stands behind code is code",
      "const what = 'who';",
      '/**',
      ' * Keeps rows, whatever',
      ' * their age.',
      ' */',
      '// The person whose row it is.',
    ].join('\n');
    const [folder] = countProse([{ path: 'cli/a.ts', text }]);
    expect(folder?.marks.map(({ line }) => line)).toEqual([4, 7]);
    expect(folder?.words).toBe(11);
  });

  it('leaves tables and code of a page aside, and numbers its lines as they are', () => {
    const text = ['# Title', '', '| what |', '```sh', 'what who', '```', 'Rows, whose person is gone.'].join('\n');
    const [folder] = countProse([{ path: 'docs/a.md', text }]);
    expect(folder?.marks.map(({ line }) => line)).toEqual([7]);
    expect(folder?.words).toBe(6);
  });

  it('fails a folder with more than 4 in 1,000, and passes one with 4', () => {
    const page = (marks: number) => ({ path: 'docs/a.md', text: `${words(1000 - marks)} ${'what '.repeat(marks)}` });
    const shares = [4, 5].map((marks) => {
      const [folder] = countProse([page(marks)]);
      return folder === undefined ? undefined : [shareOf(folder), faultsOf(folder).length];
    });
    expect(shares).toEqual([
      [4, 0],
      [5, 5],
    ]);
  });

  it('says nothing of the share of fewer than 500 words', () => {
    const [folder] = countProse([{ path: 'docs/a.md', text: `${words(400)} what who whose` }]);
    expect(folder && faultsOf(folder)).toEqual([]);
  });

  it('fails a comment wider than 100 columns, and one that opens with What, Who, Whose or Whatever', () => {
    const text = [
      `// ${'x'.repeat(97)}`,
      `// ${'x'.repeat(98)}`,
      '/** What it is. */',
      '/**',
      ' * Whose it is.',
      ' */',
    ];
    const [folder] = countProse([{ path: 'cli/a.ts', text: text.join('\n') }]);
    expect(folder && linesOf(faultsOf(folder))).toEqual(['cli/a.ts:2', 'cli/a.ts:3', 'cli/a.ts:5']);
  });

  it('fails a comment that opens with Which, Those or So many', () => {
    const text = [
      '/** Which of them. */',
      '// Those of the person.',
      '/** So long they wait. */',
      '/** So it goes. */',
    ];
    const [folder] = countProse([{ path: 'scripts/a.cjs', text: text.join('\n\n') }]);
    expect(folder && linesOf(faultsOf(folder))).toEqual(['scripts/a.cjs:1', 'scripts/a.cjs:3', 'scripts/a.cjs:5']);
  });

  it('fails a sentence of more than 30 words, over as many lines as it has, and counts those above 20', () => {
    const lines = (number: number): string =>
      words(number).replaceAll('word word word word ', 'word word word word\n * ');
    const text = [
      '/**',
      ` * Short (Art. 5). ${lines(30)}.`,
      ' *',
      ` * ${lines(31)}`,
      ' * @param a is another',
      ' */',
    ].join('\n');
    const [folder] = countProse([{ path: 'cli/a.ts', text }]);
    expect(folder && linesOf(faultsOf(folder))).toEqual(['cli/a.ts:11']);
    expect(folder?.long.map((place) => place.text)).toEqual([words(31)]);
    expect([folder?.sentences, folder?.overAim, folder && shareOverAim([folder])]).toEqual([4, 2, 50]);
  });

  it('counts a room of the functions by itself and with all of them, and pages beside the README with it', () => {
    const paths = ['functions/src/jobs/a.ts', 'functions/src/index.ts', 'CONTRIBUTING.md', 'docs/a.md'];
    expect(countProse(paths.map((path) => ({ path, text: '/* a */' }))).map(({ folder }) => folder)).toEqual([
      'docs',
      'functions/src',
      'functions/src/jobs',
      'README',
    ]);
  });

  it('leaves generated files, policies and texts aside', () => {
    const paths = [
      'docs/register.fr.md',
      'docs/notices.md',
      'functions/src/texts/en/rights.ts',
      'CHANGELOG.md',
      'a.json',
    ];
    expect(paths.filter(isCounted)).toEqual([]);
  });
});
