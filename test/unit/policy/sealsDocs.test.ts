import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { allRecords, databaseOf } from '../../../functions/src/policy/lookup.ts';

const page = (name: string): string => readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
const own = allRecords(amikeo).filter(
  ({ record }) => record.system === 'firestore' && databaseOf(record) === 'compliance',
);

it('docs/seals.md says of every collection of the database `compliance` whether it is sealed, and why', () => {
  const docs = page('seals');
  const table = docs.slice(docs.indexOf('## Every collection'), docs.indexOf('## An older version'));
  const collections = new Set(own.flatMap(({ record }) => record.path.split('/').filter((_, at) => at % 2 === 0)));
  expect(collections.size).toBeGreaterThan(15);
  expect([...collections].filter((name) => !new RegExp(`\`${name}[/\`]`).test(table))).toEqual([]);
});

it('docs/architecture.md lists the root collections of the database `compliance`, each of them and no other', () => {
  const [, list = ''] = /^In the database `compliance`:(.*?)\. The app/ms.exec(page('architecture')) ?? [];
  const listed = [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(listed.sort()).toEqual([...new Set(own.map(({ record }) => record.path.split('/')[0]))].sort());
});
