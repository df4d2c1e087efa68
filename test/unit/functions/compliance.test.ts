import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { suiteParameters } from '../../../emulator/parameters.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { policy, settings } from '../../../functions/policies/deployed.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { createCompliance } from '../../../functions/src/compliance.ts';
import { contextOf } from '../../../functions/src/compose.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import type { Deployment } from '../../../functions/src/deployment.ts';
import * as functions from '../../../functions/src/index.ts';
import { prefixProblems, renderDeployment } from '../../../scripts/generate/deployment.ts';
import { systemFolders } from '../../../scripts/generate/systems.ts';

const ROOT = join(import.meta.dirname, '../../..');

interface Endpoint {
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
  readonly scheduleTrigger?: { readonly timeZone?: unknown };
  readonly eventTrigger?: { readonly eventFilterPathPatterns?: object };
}
type Table = Readonly<Record<string, { readonly __endpoint: unknown } | undefined>>;
const endpointsOf = (table: Table): Record<string, Endpoint> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([name, made]) => (made === undefined ? [] : [[name, made.__endpoint as Endpoint]])),
  );
const secretsOf = (table: Table): string[] => [
  ...new Set(
    Object.values(endpointsOf(table)).flatMap(({ secretEnvironmentVariables = [] }) =>
      secretEnvironmentVariables.map(({ key }) => key),
    ),
  ),
];

describe('createCompliance', () => {
  it('of the policy in use makes the functions that index.ts declares, each with the same trigger and options', () => {
    expect(endpointsOf(createCompliance(policy, settings))).toEqual(endpointsOf(functions));
  });

  it('of another policy makes the same functions but for the contact form, profiles and e-mails, with its own time zone and secrets', () => {
    const all = endpointsOf(createCompliance(example));
    const made = createCompliance(amikeo);
    const without = {
      contact: undefined,
      contactRequestCreated: undefined,
      requestByEmail: undefined,
      links: undefined,
      profileWritten: undefined,
      brevoWebhook: undefined,
    };
    const others = endpointsOf({ ...made, ...without });
    expect(Object.keys(endpointsOf(made))).toEqual(expect.arrayContaining(Object.keys(without)));
    const common = (table: Record<string, Endpoint>) =>
      Object.entries(table).map(([name, endpoint]) => [
        name,
        { ...endpoint, secretEnvironmentVariables: undefined, scheduleTrigger: undefined },
      ]);
    expect(common(all).sort()).toEqual(common(others).sort());
    expect(all['tick']?.scheduleTrigger?.timeZone).toBe('Europe/Brussels');
  });

  it('of a policy that asks devices for nothing has no function for their answers', () => {
    expect(endpointsOf(createCompliance(amikeo))).toHaveProperty('devicePermissionWritten');
    expect(endpointsOf(createCompliance({ ...amikeo, devicePermissions: {} }))).not.toHaveProperty(
      'devicePermissionWritten',
    );
  });

  it('listens to contact requests if the policy has them', () => {
    const letters = structuredClone(amikeo);
    const { contactRequests } = letters.records;
    if (contactRequests === undefined) throw new Error('no contact requests');
    contactRequests.path = 'letters/{letter}';
    const { eventTrigger } = endpointsOf(createCompliance(letters))['contactRequestCreated'] ?? {};
    expect(eventTrigger?.eventFilterPathPatterns).toEqual({ document: 'letters/{letter}' });
  });

  it('asks for no key of a company that the policy does not name', () => {
    expect(secretsOf(createCompliance(amikeo)).sort()).toEqual([
      'BREVO_API_KEY',
      'BREVO_WEBHOOK_TOKEN',
      'EVIDENCE_SIGNING_KEY_V1',
      'PSEUDONYM_KEY_V1',
      'STRIPE_SECRET_KEY',
    ]);
    // The example names neither Stripe nor Brevo.
    expect(secretsOf(createCompliance(example)).sort()).toEqual(['EVIDENCE_SIGNING_KEY_V1', 'PSEUDONYM_KEY_V1']);
  });
});

describe('the deployment', () => {
  beforeAll(() => {
    const suite = { project: 'demo-unit', stripeUrl: 'http://127.0.0.1:1', brevoUrl: 'http://127.0.0.1:1' };
    const { params, secrets } = suiteParameters({ ...suite, marketingList: 1, waits: 'real' });
    for (const [name, value] of Object.entries({ ...params, ...secrets })) vi.stubEnv(name, value);
  });
  afterAll(() => vi.unstubAllEnvs());
  const of = (one: typeof policy): Deployment => ({ ...deployment, policy: async () => one });

  it('is generated from the policy in use', async () => {
    const written = readFileSync(join(ROOT, 'functions/src/deployment.generated.ts'), 'utf8');
    expect(written).toBe(renderDeployment(policy, settings, await systemFolders(ROOT)));
    expect(await deployment.policy()).toBe(policy);
  });

  it.each([
    [{}, '{ "functions": [{ "source": "functions", "prefix": "compliance" }] }', []],
    [{}, undefined, []],
    [{ prefix: 'acme' }, '{ "functions": [{ "source": "functions", "prefix": "acme" }] }', []],
    [{ prefix: 'acme' }, '{ "functions": [{ "source": "functions" }, { "source": "app" }] }', ["'' there and 'acme'"]],
    [{}, '{ "functions": [{ "source": "functions" }] }', ["'' there and 'compliance'"]],
    [{}, '{ "functions": [{ "source": "functions", "prefix": "acme" }] }', ["'acme' there and 'compliance'"]],
  ])('has the prefix of firebase.json: %j and %s', (said, firebase, found) => {
    const problems = prefixProblems(said, firebase).map(({ message }) => message);
    expect(problems).toHaveLength(found.length);
    for (const [index, text] of found.entries()) expect(problems[index]).toContain(text);
  });

  it('has one context, made at the first event, and another deployment has its own', async () => {
    const [ours, theirs] = [of(amikeo), of(example)];
    const [first, again, other] = await Promise.all([contextOf(ours), contextOf(ours), contextOf(theirs)]);
    expect(again).toBe(first);
    expect(first.policy).toBe(amikeo);
    expect(other.policy).toBe(example);
    expect(other.clients).not.toBe(first.clients);
  });

  it('does not keep a failure', async () => {
    let failures = 1;
    const late: Deployment = {
      ...deployment,
      policy: async () => {
        if (failures-- > 0) throw new Error('not yet');
        return example;
      },
    };
    await expect(contextOf(late)).rejects.toThrow('not yet');
    expect((await contextOf(late)).policy).toBe(example);
  });
});
