import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { allRecords } from '../../../functions/src/policy/lookup.ts';
import { queriesOf } from '../../../functions/src/policy/queries.ts';

/** The deployed code, without the policy itself. */
const root = join(import.meta.dirname, '../../../functions/src');
const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.startsWith('policy/'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

const find = (pattern: RegExp) =>
  code.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, found = '']) => ({ file, found })));

describe('the deployed code and the policy know the same places', () => {
  it('every collection that the code names is declared, so that nothing is kept without a period', () => {
    const declared = new Set(
      allRecords(amikeo)
        .filter(({ record }) => record.system === 'firestore')
        .flatMap(({ record }) => record.path.split('/').filter((_, index) => index % 2 === 0)),
    );
    const named = [...find(/\.collection(?:Group)?\('([^']+)'\)/g), ...find(/\.doc\([`']([a-zA-Z]+)\//g)];
    expect(named.length).toBeGreaterThan(8);
    expect(named.filter(({ found }) => !declared.has(found))).toEqual([]);
  });

  it('every field that a query of the code names is in a listed query (policy/queries.ts), so that an index serves it', () => {
    const queries = [...queriesOf(amikeo, '(default)'), ...queriesOf(amikeo, 'compliance')];
    const listed = new Set(
      queries.flatMap((q) => [...(q.equal ?? []), ...(q.contains ?? []), ...(q.order ?? []).map(({ field }) => field)]),
    );
    const named = find(/\.(?:where|orderBy)\('([^']+)'/g);
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter(({ found }) => !listed.has(found))).toEqual([]);
  });
});
