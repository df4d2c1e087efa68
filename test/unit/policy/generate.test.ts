import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { renderRegister } from '../../../functions/src/policy/generate/register.ts';
import { periodInWords, ruleInWords } from '../../../functions/src/policy/generate/words.ts';
import { indexesFor } from '../../../functions/src/policy/indexes.ts';
import { queriesOf } from '../../../functions/src/policy/queries.ts';
import { run } from '../../../scripts/generate/run.ts';
import { targetsOf } from '../../../scripts/generate/targets.ts';
import { copy } from './bad-policies.ts';

const targets = targetsOf(example);

describe('the generator', () => {
  let root: string;
  let lines: string[];
  const print = (line: string) => lines.push(line);
  const go = (check: boolean, policy = example) => run({ root, policy, check, print });
  const read = (path: string) => readFile(join(root, path), 'utf8');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'generate-'));
    lines = [];
  });
  afterEach(() => rm(root, { recursive: true }));

  it('writes every file, and then finds them fresh', async () => {
    expect(await go(false)).toBe(0);
    expect(lines).toEqual(targets.map(({ path }) => `${path} written`));
    expect(await read('firestore.rules')).toContain("return ['newsletter'];");
    expect(await read('firestore.rules')).toContain("return ['location'];");
    lines = [];
    expect(await go(true)).toBe(0);
    expect(lines).toEqual([`${targets.length} generated files are fresh`]);
  });

  it.each(targets.map(({ path }) => path))(
    '--check names %s if it is stale, with the command, and writes nothing',
    async (path) => {
      await go(false);
      const fresh = await read(path);
      const stale = path === 'firestore.rules' ? fresh.replace('newsletter', 'racing') : fresh.replace(/\n$/, ' \n');
      await writeFile(join(root, path), stale);
      lines = [];
      expect(await go(true)).toBe(1);
      expect(lines[0]).toBe(`${path} is stale: npm run generate`);
      expect(await read(path)).toBe(stale);
    },
  );

  it('names the queries that production would refuse with a stale index file', async () => {
    await go(false);
    await writeFile(join(root, 'firestore.indexes.json'), '{ "indexes": [], "fieldOverrides": [] }');
    lines = [];
    expect(await go(true)).toBe(1);
    expect(lines.join('\n')).toContain("no index serves the query 'retention of 'trips' by 'endedAt''");
  });

  it('names files that are not there', async () => {
    expect(await go(true)).toBe(1);
    expect(lines).toContain('docs/register.md is not there: npm run generate');
  });

  it('writes nothing for a policy that does not hold together', async () => {
    const bad = copy();
    delete bad.purposes['newsletter'];
    expect(await go(false, bad)).toBe(1);
    expect(lines.at(-1)).toMatch(/problem\(s\); nothing was written/);
    await expect(read('docs/register.md')).rejects.toThrow('ENOENT');
  });

  it('takes a policy that asks for no permission and sends no e-mail', async () => {
    expect(await go(false, shop)).toBe(0);
    expect(await read('firestore.rules')).not.toContain('devicePermission');
    expect(await read('functions/src/deployment.generated.ts')).not.toContain('BREVO');
    lines = [];
    expect(await go(true, shop)).toBe(0);
  });

  it('writes nothing if one of the files cannot be rendered', async () => {
    await writeFile(join(root, 'firestore.app.indexes.json'), 'no indexes');
    await expect(go(false)).rejects.toThrow(SyntaxError);
    expect(await readdir(root)).toEqual(['firestore.app.indexes.json']);
  });

  it('keeps the indexes of the app beside ours', async () => {
    const theirs = {
      collectionGroup: 'posts',
      queryScope: 'COLLECTION',
      fields: [{ fieldPath: 'a', order: 'ASCENDING' }],
    };
    await writeFile(
      join(root, 'firestore.app.indexes.json'),
      JSON.stringify({ indexes: [theirs], fieldOverrides: [] }),
    );
    await go(false);
    const file = JSON.parse(await read('firestore.indexes.json')) as { indexes: unknown[]; fieldOverrides: unknown[] };
    const ours = indexesFor(queriesOf(example, '(default)'));
    expect(file.indexes).toContainEqual(theirs);
    expect(file.indexes).toHaveLength(ours.indexes.length + 1);
    expect(file.fieldOverrides).toEqual(ours.fieldOverrides);
  });

  it('refuses an exemption of the app that leaves a query of ours without an index, and writes nothing', async () => {
    const exempt = { collectionGroup: 'bills', fieldPath: 'rider', indexes: [] };
    await writeFile(
      join(root, 'firestore.app.indexes.json'),
      JSON.stringify({ indexes: [], fieldOverrides: [exempt] }),
    );
    expect(await go(false)).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(
        /bills: no index serves the query 'rows of a person .*: take the exemption .* out of firestore\.app/,
      ),
    ]);
    expect(await readdir(root)).not.toContain('firestore.indexes.json');
  });
});

describe('the register (Art. 30)', () => {
  const both = [
    ['AMIKEO', amikeo, 'en'],
    ['AMIKEO', amikeo, 'fr'],
    ['the example', example, 'en'],
    ['the example', example, 'fr'],
    ['the shop', shop, 'en'],
    ['the shop', shop, 'fr'],
  ] as const;

  it.each(both)(
    'of %s in %2$s is the same each time and names all that Art. 30(1) lists',
    (_name, policy, language) => {
      const text = renderRegister(policy, language);
      expect(renderRegister(structuredClone(policy), language)).toBe(text);
      expect(text).not.toMatch(/undefined|\[object|NaN/);
      const names = [
        policy.controller.name,
        ...Object.values(policy.recipients).map((r) => r.name),
        ...[
          policy.purposes,
          policy.dataTypes,
          policy.records,
          policy.subjectCategories,
          policy.devicePermissions,
        ].flatMap((parts) =>
          Object.values(parts as Record<string, { name: Record<'en' | 'fr', string> }>).map(
            ({ name }) => name[language],
          ),
        ),
        ...policy.securityMeasures.map((m) => m[language] ?? '?'),
      ];
      expect(names.filter((name) => !text.includes(name))).toEqual([]);
    },
  );

  it('has no row with a cell more or less', () => {
    for (const [, policy, language] of both) {
      const tables = renderRegister(policy, language)
        .split('\n\n')
        .filter((block) => block.startsWith('|'));
      for (const block of tables) {
        const widths = block.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
        expect(new Set(widths).size, block).toBe(1);
      }
    }
  });

  it('a name with a bar or a line break stays in its cell', () => {
    const policy = copy();
    policy.controller.name = 'Vélo | Rive';
    policy.controller.address = 'Quai 1\n4020 Liège';
    expect(renderRegister(policy, 'en')).toContain(
      '| **Controller** | Vélo \\| Rive |\n| **Address** | Quai 1 4020 Liège |',
    );
  });

  it('changes if a period changes', () => {
    const policy = structuredClone(amikeo);
    for (const rule of policy.records['sessions']?.fate ?? []) if ('field' in rule.when) rule.after = 'P14M';
    expect(renderRegister(amikeo, 'en')).toContain('deleted 13 months after the date in `createdAt` — controller');
    expect(renderRegister(policy, 'en')).toContain('deleted 14 months after the date in `createdAt` — controller');
  });

  it.each([
    ['P1Y', '1 year', '1 an'],
    ['P13M', '13 months', '13 mois'],
    ['P2Y30D', '2 years and 30 days', '2 ans et 30 jours'],
    ['P2W1D', '2 weeks and 1 day', '2 semaines et 1 jour'],
    ['P0D', '', ''],
  ])('%s is %s', (period, en, fr) => {
    expect([periodInWords(period, 'en'), periodInWords(period, 'fr')]).toEqual([en, fr]);
  });

  it('Art. 30(1)(d) to (f): each recipient has a period; a part that it decides on; and what is to be confirmed', () => {
    const text = renderRegister(amikeo, 'en');
    const row = (name: string) => text.split('\n').find((line) => line.startsWith(`| **${name}`)) ?? '';
    expect(row('Stripe (')).toContain('• processor<br>• also controller for: stopping fraud');
    // Its page says “five years or more”: no longest time is promised.
    expect(row('Stripe (')).toContain('5 years or longer in its copies');
    expect(row('Stripe (')).not.toContain('at most');
    for (const language of ['fr', 'nl'] as const)
      expect(renderRegister(amikeo, language)).toMatch(/5 (ans ou plus|jaar of langer)/);
    expect(row('Google Analytics')).toContain('14 months at most after it received them');
    expect(row('Google Analytics')).toContain('(read on 29 November 2026; to be confirmed by the controller)');
    expect(row('Firebase')).toContain('Ireland, Belgium, Netherlands, Finland, United States');
    expect(row('Crashlytics')).toContain('90 days at most after it received them');
    expect(renderRegister(amikeo, 'fr')).toContain('(consulté le 29 novembre 2026 ; à confirmer par le responsable)');
  });

  it('Art. 13(2)(e): each purpose says which data must be given; trackers, how they are allowed', () => {
    const text = renderRegister(amikeo, 'en');
    const activity = (name: string) => text.split('\n### ').find((part) => part.includes(`. ${name}\n`)) ?? '';
    expect(activity('Registration and sign-in')).toContain(
      '• required by the contract<br>• May be left out: First name; Last name',
    );
    expect(activity('Registration and sign-in')).toContain(
      '• Trackers<br>• without a consent: Only trackers without which',
    );
    expect(activity('Newsletters and offers by e-mail')).toContain(
      '• Trackers; E-mails sent, delivered, opened<br>• only with the consent — law: Loi n° 78-17',
    );
    expect(activity('Newsletters and offers by e-mail')).toContain('délibération 2026-042 of 12 March 2026');
    expect(activity('Contacting the user')).not.toContain('Trackers (Directive');
    for (const name of ['Audience measurement', 'Preferences on a device'])
      expect(activity(name)).toContain('Universally unique identifier (UUID)');
    expect(activity('Fraud, abuse and legal claims')).toContain('legitimate interest');
  });

  it('names recipients by category, the copies that last, and every statement to be confirmed', () => {
    const text = renderRegister(amikeo, 'en');
    expect(text).toContain('| **Legal department** (of the controller itself) | Obligations and proof; Fraud, abuse');
    expect(text).toContain('| **Courier services** | Contacting the user; Obligations and proof | 30 days at most');
    expect(text).toMatch(/\| Logs of requests and functions at Cloud Logging .* \| 30 days \| provider: Cloud Logging/);
    const open = text.slice(text.indexOf('## To be confirmed by the controller'));
    for (const id of Object.keys(amikeo.recipients)) expect(open).toContain(`\`recipients.${id}.countriesSource\``);
    expect(open).not.toContain('`recipients.crashlytics.kept.source`');
    expect(renderRegister(shop, 'en')).not.toContain('To be confirmed');
  });

  it('says in words how a record ends', () => {
    const words = (record: string, language: 'en' | 'fr', policy = example) =>
      (policy.records[record]?.fate ?? []).map((rule) => ruleInWords(rule, policy, language));
    expect(words('bills', 'en')).toEqual([
      'kept until 7 years after the close of the financial year of `issuedAt` (Art. 17(3)(b): Accounting records, seven years)',
      'deleted 7 years after the close of the financial year of `issuedAt`',
      'deleted with the deletion of the account',
    ]);
    expect(words('trips', 'fr')).toEqual([
      'versé dans « Archives des trajets » 6 mois après la date `endedAt`',
      'supprimé dès la suppression du compte',
    ]);
    expect(words('systemLogs', 'en', amikeo)).toContain(
      'no longer attributed to anyone (`uid`, `ip` removed) with the deletion of the account',
    );
  });
});
