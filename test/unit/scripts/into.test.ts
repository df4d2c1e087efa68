import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { policy } from '../../../functions/policies/deployed.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { renderRules } from '../../../functions/src/policy/generate/rules.ts';
import { indexesFor, isServed, type IndexFile } from '../../../functions/src/policy/indexes.ts';
import { queriesOf } from '../../../functions/src/policy/queries.ts';
import { mergeIndexText, mergeRules } from '../../../scripts/generate/into.ts';
import { linesOf, mergedLines } from '../../../scripts/generate/merged.ts';
import { run } from '../../../scripts/generate/run.ts';
import { quickTargets } from '../../kit/generated.ts';

const read = (file: string): string => readFileSync(join(import.meta.dirname, '../../..', file), 'utf8');
const ours = [renderRules(amikeo), read('storage.rules')];
const queries = queriesOf(policy, '(default)');

const app = `rules_version = '2';
// Braces in a comment: } { match /users/{uid} {
service cloud.firestore {
  match /databases/{database}/documents {
    function isPerson(uid) { return request.auth.uid == uid && uid != 'a}b' && uid != "c{"; }
    match /notes/{id} {
      allow read, write: if isPerson(resource.data.owner); /* } */
    }
  }
}
`;
const files = `rules_version = "2";
service firebase.storage { match /b/{bucket}/o { match /public/{name} { allow read; } } }`;

/** The app's own text of a merged file. */
const withoutOurs = (text: string): string =>
  text.replace(/^ *\/\/ compliance begin.*\n(?:.*\n)*? *\/\/ compliance end\n/m, '');
const merged = (text: string, rules = ours): string => mergeRules(text, rules).text ?? text;

describe("our rules in an app's file", () => {
  it.each([
    ['Firestore', app],
    ['Storage', files],
  ])('stand within its service, and leave everything of the app as it is: %s', (_, text) => {
    const result = merged(text);
    // Behind a brace that is not on a line of its own stands one line break more.
    expect(withoutOurs(result).replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
    expect(mergeRules(result, ours).text).toBeUndefined();
    const service = ours.find((one) => one.includes(text.includes('storage') ? 'firebase.storage' : 'cloud.firestore'));
    const body = service?.slice(service.indexOf('{', service.indexOf('service ')) + 1, service.lastIndexOf('}')).trim();
    expect(result.indexOf(body ?? 'none')).toBeGreaterThan(result.indexOf('service '));
    expect(result.trimEnd().endsWith('}')).toBe(true);
  });

  it('are merged a second time without a change, and renewed in their place', () => {
    const first = merged(app);
    expect(mergeRules(first, ours).text).toBeUndefined();
    const changed = first.replace(/(consentPurposes\(\) \{\s+return \[)/, "$1'forged', ");
    expect(changed).not.toBe(first);
    expect(merged(changed)).toBe(first);
    const grown = first.replace('match /notes/{id}', 'match /letters/{id}');
    expect(merged(grown)).toBe(grown);
  });

  it('never take a line of the app away, for any rules', () => {
    const piece = fc.constantFrom(
      ...[
        'match /a/{b} { allow read; }',
        "function f() { return '}'; }",
        '// }',
        '/* { */',
        'match /c/{d=**} {\n }',
        '',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(piece, { maxLength: 3 }), (inner, outer) => {
        const text = `rules_version = '2';\nservice cloud.firestore {\n${outer.join('\n')}\nmatch /databases/{d}/documents {\n${inner.join('\n')}\n}\n}\n`;
        const first = merged(text);
        expect(withoutOurs(first)).toBe(text);
        expect(merged(first)).toBe(first);
      }),
    );
  });

  it('come with a warning for each rule of the app that opens one of our places', () => {
    const wide = app.replace('match /notes/{id}', 'match /users/{uid}/{document=**}');
    const { warnings } = mergeRules(wide, ours);
    expect(warnings).toEqual([expect.stringMatching(/^line 6: match \/users\/\{uid\}\/\{document=\*\*\} .*consents/)]);
    expect(mergeRules(merged(wide), ours).warnings).toEqual(warnings);
    const nested = app
      .replace('match /notes/{id} {', 'match /users/{uid} { match /consents/{id} {')
      .replace('/* } */', '}');
    expect(mergeRules(nested, ours).warnings.length).toBe(2);
    expect(mergeRules(app, ours).warnings).toEqual([]);
    expect(mergeRules(files.replace('/public/{name}', '/{all=**}'), ours).warnings.length).toBe(1);
  });

  it.each([
    ['no rules at all', '{}', /has no rules/],
    ['another version of the language', app.replace("'2'", "'1'"), /rules_version = '2'/],
    ['one mark only', merged(app).replace(/.*compliance end\n/, ''), /once each/],
    [
      'a section twice',
      `${merged(app)}${/^ *\/\/ compliance begin(?:.*\n)*? *\/\/ compliance end\n/m.exec(merged(app))?.[0] ?? ''}`,
      /once each/,
    ],
    ['a brace that nothing closes', app.replace(/\}\n$/, ''), /nothing closes/],
  ])('are refused by a file with %s', (_, text, message) => {
    expect(() => mergeRules(text, ours)).toThrow(message);
  });
});

describe("our indexes in an app's file", () => {
  const override = (fieldPath: string): IndexFile['fieldOverrides'][number] => ({
    collectionGroup: 'notes',
    fieldPath,
    indexes: [{ queryScope: 'COLLECTION', order: 'ASCENDING' }],
  });

  it('stand beside all of its own, serve each query of ours, and are merged once', () => {
    const own = { indexes: [], fieldOverrides: [override('at')], note: 'of the app' };
    const { text = '', file } = mergeIndexText(JSON.stringify(own), indexesFor(queries));
    const result = JSON.parse(text) as IndexFile & { note: string };
    expect(result.note).toBe('of the app');
    expect(result.fieldOverrides).toContainEqual(override('at'));
    expect(queries.filter((query) => !isServed(file, query))).toEqual([]);
    // Another layout of the same content is left alone.
    expect(mergeIndexText(JSON.stringify(result), indexesFor(queries)).text).toBeUndefined();
    expect(mergeIndexText('{}', indexesFor(queries)).text).toBeDefined();
  });
});

describe('generate --into', () => {
  let root: string;
  let lines: string[];
  const go = (check: boolean, into: readonly string[]) =>
    run({ root, policy: example, targets: quickTargets(example), into, check, print: (line) => lines.push(line) });
  const saved = (name: string) => readFile(join(root, name), 'utf8');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'compliance-into-'));
    lines = [];
    for (const name of ['firestore.rules', 'storage.rules']) await writeFile(join(root, name), read(name));
    await writeFile(join(root, 'app.rules'), app);
    await writeFile(join(root, 'app.json'), '{}');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("merges into the app's files, and the check watches them", async () => {
    expect(await go(false, ['app.rules', 'app.json'])).toBe(0);
    expect(withoutOurs(await saved('app.rules'))).toBe(app);
    expect(await saved('app.rules')).toContain((await saved('firestore.rules')).split('\n').at(-8) ?? 'none');
    expect(await go(true, ['app.rules', 'app.json'])).toBe(0);

    // Somebody changes ours, and takes an index away.
    await writeFile(
      join(root, 'app.rules'),
      (await saved('app.rules')).replace('allow read: if isPerson', 'allow read: if true || isPerson'),
    );
    await writeFile(join(root, 'app.json'), '{}');
    lines = [];
    expect(await go(true, ['app.rules', 'app.json'])).toBe(1);
    expect(lines).toContain('app.rules is stale: npm run generate -- --into app.rules');
    expect(lines.some((line) => /^ {2}.*no index serves the query/.test(line))).toBe(true);
    expect(await go(false, ['app.rules', 'app.json'])).toBe(0);
    expect(await go(true, ['app.rules', 'app.json'])).toBe(0);
  });

  it('remembers the indexes that it put there, and names one that nothing of ours needs any more until it is removed', async () => {
    const owned = {
      collectionGroup: 'bills',
      queryScope: 'COLLECTION',
      fields: [{ fieldPath: 'a' }, { fieldPath: 'b' }],
    };
    const former = { ...owned, collectionGroup: 'trips' };
    await writeFile(join(root, 'app.json'), JSON.stringify({ indexes: [owned, former], fieldOverrides: [] }));
    const [line, other] = ['trips (a CONTAINS, b CONTAINS) COLLECTION', 'gone (a ASCENDING) COLLECTION_GROUP'];
    await writeFile(join(root, 'firestore.merged.json'), JSON.stringify({ 'app.json': [line, other] }));
    const says = `app.json: the index ${line} is of ours, and no query of ours needs it any more: remove it, unless the app uses it`;
    for (const check of [false, true]) {
      lines = [];
      expect(await go(check, ['app.json'])).toBe(0);
      expect(lines.filter((one) => one.includes('any more'))).toEqual([says]);
    }
    const remembered = JSON.parse(await saved('firestore.merged.json')) as Record<string, string[]>;
    expect(remembered['app.json']).toEqual([...linesOf(indexesFor(queriesOf(example, '(default)'))), line].sort());
    const file = JSON.parse(await saved('app.json')) as IndexFile;
    const indexes = file.indexes.filter(({ collectionGroup }) => collectionGroup !== 'trips');
    await writeFile(join(root, 'app.json'), JSON.stringify({ ...file, indexes }));
    lines = [];
    expect(await go(true, ['app.json'])).toBe(1);
    expect(lines).toEqual(['firestore.merged.json is stale: npm run generate']);
    expect(await go(false, ['app.json'])).toBe(0);
    expect(await saved('firestore.merged.json')).not.toContain(line);
  });

  it('tells the indexes of another policy that was merged before from those of the app', () => {
    const [before, now] = [amikeo, example].map((one) => indexesFor(queriesOf(one, '(default)')));
    if (before === undefined || now === undefined) throw new Error('two policies');
    const of = { collectionGroup: 'ours', fields: [{ fieldPath: 'a', order: 'ASCENDING' as const }] };
    const mine: IndexFile = { indexes: [{ ...of, queryScope: 'COLLECTION' }], fieldOverrides: [] };
    const first = mergedLines(mine, before, []);
    expect(first).toEqual({ merged: linesOf(before).sort(), idle: [] });
    const { file } = mergeIndexText(mergeIndexText(JSON.stringify(mine), before).text ?? '', now);
    const { merged: both, idle } = mergedLines(file, now, first.merged);
    const left = linesOf(before).filter((line) => !linesOf(now).includes(line));
    expect(left).not.toEqual([]);
    expect([...idle].sort()).toEqual(left.sort());
    expect(both).not.toContain(linesOf(mine)[0]);
  });

  it('refuses an exemption that leaves a query of ours without an index, and writes nothing', async () => {
    const exempt = { collectionGroup: 'bills', fieldPath: 'rider', indexes: [] };
    const text = JSON.stringify({ indexes: [], fieldOverrides: [exempt] });
    await writeFile(join(root, 'app.json'), text);
    expect(await go(false, ['app.json', 'none.rules'])).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^app\.json: .*bills: no index serves .*take the exemption of its field out of the file$/),
      expect.stringMatching(/^none\.rules: ENOENT/),
    ]);
    expect(await saved('app.json')).toBe(text);
  });
});
