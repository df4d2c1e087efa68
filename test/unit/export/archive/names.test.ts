import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryNames, safePath, safeSegment } from '../../../../functions/src/export/archive/names.ts';

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '..',
    '.',
    '',
    '/',
    '\\',
    'C:',
    'CON',
    'nul.txt',
    'a',
    'A',
    'a.png',
    '\u202egnp.exe',
    '\u0000',
    'é',
    'e\u0301',
    '👩‍👩‍👧',
    ' ',
    'x.',
    '\ud800',
    'a (2).png',
    'ſ',
    'ﬁ',
    'İ',
  ),
);
const path = fc.array(piece, { minLength: 1, maxLength: 16 }).map((parts) => parts.join('/'));

describe('names in the archive', () => {
  test('the name of any object is relative, visible, portable, and nobody else’s', () => {
    fc.assert(
      fc.property(fc.array(path, { maxLength: 30 }), (paths) => {
        const names = new EntryNames();
        const taken = paths.map((p) => names.take('files', p));
        for (const name of taken) {
          expect(name).toMatch(/^files\/[^/]/);
          expect(name).not.toMatch(/[\\:*?"<>|]|\/\/|\/$/);
          expect(name).not.toMatch(/(^|\/)\.{1,2}(\/|$)/);
          expect(name).not.toMatch(/[. ](\/|$)/);
          expect(name.replaceAll(/[\u200c\u200d]/g, '')).not.toMatch(/\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/u);
          for (const segment of name.split('/')) {
            expect(Buffer.byteLength(segment)).toBeLessThanOrEqual(140);
            expect(segment).not.toMatch(/^(con|nul|aux|prn|com\d|lpt\d)(\.|$)/i);
          }
        }
        const folded = taken.map((n) => n.normalize('NFKC').toLowerCase());
        expect(new Set(folded).size).toBe(folded.length);
        for (const a of folded) for (const b of folded) expect(b.startsWith(`${a}/`)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['../../etc/passwd', '__/__/etc/passwd'],
    ['/absolute', '_/absolute'],
    ['C:\\Windows\\x', 'C__Windows_x'],
    ['photo\u202egnp.exe', 'photo_gnp.exe'],
    ['vacances été 👩‍👩‍👧.png', 'vacances été 👩‍👩‍👧.png'],
    ['CON.txt', '_CON.txt'],
    ['', '_'],
  ])('%j becomes %j', (name, safe) => expect(safePath(name)).toBe(safe));

  test('a long name is cut at a whole character and keeps its extension', () => {
    const name = safeSegment(`${'é'.repeat(300)}.jpeg`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120);
    expect(name).toMatch(/^é+\.jpeg$/);
  });

  test('equal names are numbered; a file and a folder of one name do not meet', () => {
    const names = new EntryNames();
    expect(['a.png', 'A.PNG', 'a.png', 'b', 'b/c', 'b/d', 'e/f', 'e'].map((p) => names.take('files', p))).toEqual([
      'files/a.png',
      'files/A (2).PNG',
      'files/a (3).png',
      'files/b',
      'files/b (2)/c',
      'files/b (2)/d',
      'files/e/f',
      'files/e (2)',
    ]);
  });

  test('ten thousand equal names take steps in proportion', () => {
    const names = new EntryNames();
    const started = performance.now();
    for (let i = 0; i < 10_000; i++) names.take('files', 'a.png');
    expect(names.take('files', 'a.png')).toBe('files/a (10001).png');
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
