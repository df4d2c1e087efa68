import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { allRecords, databaseOf } from '../../../functions/src/policy/lookup.ts';

it('docs/seals.md says of every collection of the database `compliance` whether it is sealed, and why', () => {
  const docs = readFileSync(new URL('../../../docs/seals.md', import.meta.url), 'utf8');
  const table = docs.slice(docs.indexOf('## Every collection'), docs.indexOf('## An older version'));
  const own = allRecords(amikeo).filter(
    ({ record }) => record.system === 'firestore' && databaseOf(record) === 'compliance',
  );
  const collections = new Set(own.flatMap(({ record }) => record.path.split('/').filter((_, at) => at % 2 === 0)));
  expect(collections.size).toBeGreaterThan(15);
  expect([...collections].filter((name) => !new RegExp(`\`${name}[/\`]`).test(table))).toEqual([]);
});
