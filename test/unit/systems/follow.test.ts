import { describe, expect, it } from 'vitest';
import { instructionsOf, put, sayInstruction } from './follow.ts';

describe('how a page is followed', () => {
  const block = (before: string, text = 'x') => `${before}\n\n\`\`\`ts\n${text}\n\`\`\`\n`;

  it('by the line before each block', () => {
    const page = [
      block('Make `a/b.ts`:'),
      block('In `c.ts`, below the line `{`, put:'),
      block('In `c.ts`, above the line ``| `q` …``, put:'),
      block('In `c.ts`, instead of the line `y`, put:'),
      block('Run:', 'one\ntwo'),
    ].join('\n');
    expect(instructionsOf(page).map(sayInstruction)).toEqual([
      'Make a/b.ts',
      'In c.ts, below {',
      'In c.ts, above | `q` …',
      'In c.ts, instead of y',
      'Run: one',
      'Run: two',
    ]);
  });

  it.each(['Some words:', 'Make `a.ts`, more or less:', 'Run'])('%s is nothing that can be followed', (before) => {
    expect(() => instructionsOf(block(before))).toThrow('nothing says what to do');
  });

  it('a line must be there once', () => {
    const one = { line: 1, do: 'put', file: 'f', where: 'below', anchor: 'a {', text: 'b\n\nc' } as const;
    expect(put('  a {\n  }', one)).toBe('  a {\n    b\n\n    c\n  }');
    expect(put('  a {\n  }', { ...one, where: 'above' })).toBe('  b\n\n  c\n  a {\n  }');
    expect(put('  a {\n  }', { ...one, where: 'instead of' })).toBe('  b\n\n  c\n  }');
    expect(() => put('a {\na {', one)).toThrow('2 times');
    expect(() => put('', one)).toThrow('0 times');
  });
});
