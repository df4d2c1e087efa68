import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ComplianceError, ERROR_CODES, storableError } from '../../../functions/src/platform/errors.ts';
import { eventKey } from '../../../functions/src/platform/intake.ts';

describe('the parts of an error that may be stored', () => {
  it('our own code and message, which name nobody', () => {
    expect(storableError(new ComplianceError('stripe.left', 'the customer is still there'))).toEqual({
      code: 'stripe.left',
      message: 'the customer is still there',
    });
  });

  it("a stranger's code and kind, never the message: it can hold personal data", () => {
    const error = Object.assign(new TypeError('no contact ada@example.com'), { code: 'not_found' });
    const stored = storableError(error);
    expect(stored.code).toBe('not_found');
    expect(stored.message).toContain('TypeError');
    expect(JSON.stringify(stored)).not.toContain('ada');
  });

  it.each([null, undefined, 'ada@example.com', 7, { message: 'ada@example.com' }])(
    'of any thrown value: %j',
    (thrown) => {
      expect(JSON.stringify(storableError(thrown))).not.toContain('ada');
    },
  );
});

describe('the codes on docs/error-codes.md', () => {
  const root = join(import.meta.dirname, '../../..');
  // The page that adds a system gives a code as well.
  const code = ['docs/adding-a-system.md', ...globSync('functions/src/**/*.ts', { cwd: root })]
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  /** Codes behind the class of an error, or in the error of a document or an answer. */
  const given = new Set(
    [...code.matchAll(/(?:Error\(\s*|\bsuper\(|\bcode: |: String\()'([\w.]+)'/g)].map(([, one = '']) => one),
  );
  /** Families whose last part is a value: `checkpoint.${code}`. The value is a literal elsewhere. */
  const families = [...code.matchAll(/`(\w+)\.\$\{\w+\}`/g)].map(([, family = '']) => family);
  const isGiven = (one: string): boolean => {
    const [family = '', last] = one.split('.');
    return given.has(one) || (last !== undefined && families.includes(family) && code.includes(`'${last}'`));
  };

  it('are given by the code, each of them', () => {
    expect(Object.keys(ERROR_CODES).filter((one) => !isGiven(one))).toEqual([]);
  });
});

describe("an event's id as a document's id", () => {
  it('stays as it is if it is a plain id, and names no other path otherwise', () => {
    expect(eventKey('5c3a1b9e-0000-4000-8000-000000000000')).toBe('5c3a1b9e-0000-4000-8000-000000000000');
    for (const id of ['../tombstones/x', 'a/b', '', '.', 'x'.repeat(200)])
      expect(eventKey(id)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(eventKey('a/b')).not.toBe(eventKey('a/c'));
  });
});
