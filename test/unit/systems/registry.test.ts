import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { settings } from '../../../functions/policies/deployed.ts';
import { systemIds as named } from '../../../functions/src/policy/lookup.ts';
import { loadSystem, manifests, systemIds } from '../../../functions/src/systems/registry.ts';
import { checkRepository, run } from '../../../scripts/generate/run.ts';
import { renderRegistry, systemFolders, SYSTEMS } from '../../../scripts/generate/systems.ts';
import { isAmikeo } from '../../kit/amikeo.ts';
import { quickTargets } from '../../kit/generated.ts';

const context = {} as unknown as Context;
const root = new URL('../../../', import.meta.url).pathname;
const room = new URL('../../../functions/src/systems/', import.meta.url).pathname;

describe('the systems that this backend reaches', () => {
  it('are the folders that there are, and among them all that the policy names', async () => {
    expect(systemIds).toEqual((await systemFolders(root)).map(({ id }) => id));
    expect([...named(amikeo)].filter((id) => !(systemIds as readonly string[]).includes(id))).toEqual([]);
  });

  it.each(systemIds)('%s loads, under its own id, with the parts that every system has', async (id) => {
    const system = await loadSystem(id, context);
    expect(system.id).toBe(id);
    expect(manifests[id].id).toBe(id);
  });

  it.each(['mailchimp', '', '../brevo', 'constructor'])(
    '%j is refused for good, with the names that there are',
    async (id) => {
      await expect(loadSystem(id, context)).rejects.toMatchObject({
        code: 'system.unknown',
        message: expect.stringContaining(systemIds.join(', ')),
      });
    },
  );

  describe.skipIf(!isAmikeo)('a resource that no system has', () => {
    it.each([
      ['stripeCustomer', 'customer/{id}', 'customers/{id}'],
      ['stripeCustomer', 'customers', 'customers/{id}'],
      ['stripeCustomer', 'customers/{id}/sources/{source}', 'customers/{id}'],
      ['brevoEmails', 'smtp/{id}', 'smtp/emails/{id}'],
      ['account', 'accounts/{uid}', 'users/{id}'],
    ])('%s at %s is refused, with the resources that there are', async (id, path, known) => {
      const policy = structuredClone(amikeo);
      const record = policy.records[id];
      if (record === undefined) throw new Error(`no record ${id}`);
      record.path = path;
      const checked = await checkRepository(root, policy, settings);
      const problems = checked.ok ? [] : checked.problems;
      expect(problems.map(({ code, path: at }) => [code, at])).toEqual([['resource-unknown', `records.${id}.path`]]);
      expect(problems[0]?.message).toContain(known);
    });
  });

  describe.skipIf(!isAmikeo)('a value that a system cannot carry', () => {
    it.each([
      ['stripeCustomer', 'email', { profile: ['email'] }],
      ['stripeCustomer', 'name', { account: 'email' }],
      ['stripeCustomer', 'address', { profile: ['postalCode'] }],
      ['stripeInvoices', 'name', { profile: ['lastName'] }],
      ['brevoContact', 'firstname', { profile: ['firstName'] }],
      ['brevoContact', 'EMAIL', { profile: ['email'] }],
      ['brevoContact', 'SMS', { profile: ['phone'] }],
      ['brevoContact', 'EXT_ID', { profile: ['locale'] }],
      ['userFiles', 'name', { profile: ['lastName'] }],
    ] as const)('%s, %s: is refused, so that no correction stops there', async (id, name, value) => {
      const policy = structuredClone(amikeo);
      const record = policy.records[id];
      if (record === undefined) throw new Error(`no record ${id}`);
      record.mirrors = { [name]: structuredClone(value) as NonNullable<typeof record.mirrors>[string] };
      const checked = await checkRepository(root, policy, settings);
      const problems = checked.ok ? [] : checked.problems;
      expect(problems.map(({ code, path }) => [code, path])).toContainEqual([
        'mirror-unknown',
        `records.${id}.mirrors.${name}`,
      ]);
    });
  });

  it.each(systemIds)('%s is on docs/systems.md, with a row and its calls', (id) => {
    const page = readFileSync(join(root, 'docs/systems.md'), 'utf8');
    expect(page).toMatch(new RegExp(`^\\| \`${id}\` +\\|`, 'm'));
    expect(page.split(`\n## ${manifests[id].name}\n`)[1]).toMatch(/^[^#]*\n\| call +\|/);
  });

  it('no manifest and no registry loads an SDK; Stripe, Brevo and Storage are loaded when called', () => {
    const files = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    for (const file of files) {
      const text = readFileSync(join(room, file), 'utf8');
      const statics = [...text.matchAll(/^import (?!type )[^;]*from '([^']+)'/gms)].map(([, from]) => from ?? '');
      expect(
        statics.filter((from) => /^(stripe|@getbrevo|@google-cloud)/.test(from)),
        file,
      ).toEqual([]);
      if (/manifest\.ts$|^registry(\.generated)?\.ts$|^system\.ts$/.test(file))
        expect(
          statics.filter((from) => !from.startsWith('.')),
          file,
        ).toEqual([]);
    }
  });
});

describe('the list of the systems is written from their folders', () => {
  let copy: string;
  const place = (name: string) => join(copy, SYSTEMS, name);
  const check = async (): Promise<string[]> => {
    const checked = await checkRepository(copy, amikeo);
    return checked.ok ? [] : checked.problems.map(({ code, path, message }) => `${code} · ${path}: ${message}`);
  };
  const folder = async (name: string, files = ['manifest.ts', 'system.ts']) => {
    await mkdir(place(name), { recursive: true });
    for (const file of files) await writeFile(join(place(name), file), '');
  };
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'systems-'));
    for (const id of systemIds) await folder(id);
  });
  afterEach(() => rm(copy, { recursive: true }));

  it('is fresh here', async () => {
    expect(readFileSync(join(room, 'registry.generated.ts'), 'utf8')).toBe(renderRegistry(await systemFolders(root)));
  });

  it('a folder more makes it stale, and generate writes it in', async () => {
    const lines: string[] = [];
    const go = (only: boolean) =>
      run({
        root: copy,
        policy: amikeo,
        targets: quickTargets(amikeo),
        check: only,
        print: (line) => lines.push(line),
      });
    expect(await go(false)).toBe(0);
    expect(await go(true)).toBe(0);
    await folder('help-desk');
    expect(await go(true)).toBe(1);
    expect(lines).toContain(`${SYSTEMS}/registry.generated.ts is stale: npm run generate`);
    expect(await go(false)).toBe(0);
    const text = readFileSync(place('registry.generated.ts'), 'utf8');
    expect(text).toContain("import { manifest as help_deskManifest } from './help-desk/manifest.ts';");
    expect(text).toContain("  'help-desk': help_deskManifest,\n");
    expect(text).toContain("  'help-desk': () => import('./help-desk/system.ts'),\n");
  });

  it('a folder that is no system is named, with its missing parts', async () => {
    await folder('begun', ['manifest.ts']);
    await folder('new_one', []);
    expect(await check()).toEqual([
      `system-folder · ${SYSTEMS}/begun: has no system.ts: docs/adding-a-system.md says what they hold`,
      `system-folder · ${SYSTEMS}/new_one: 'new_one' cannot be an id: letters, digits and hyphens, a letter first, 40 at most`,
      `system-folder · ${SYSTEMS}/new_one: has no manifest.ts and no system.ts: docs/adding-a-system.md says what they hold`,
    ]);
  });

  it('a system that the policy names and nobody has written is named, with each place', async () => {
    await rm(place('brevo'), { recursive: true });
    const problems = await check();
    expect(problems.map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining([
        'system-unknown · records.brevoContact.system',
        'system-unknown · recipients.brevoEmail.reach',
        'system-unknown · purposes.messages.effects',
      ]),
    );
    expect(problems.every((line) => line.includes(`no folder ${SYSTEMS}/brevo`))).toBe(true);
  });
});
