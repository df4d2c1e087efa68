import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { settings } from '../../../functions/policies/deployed.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import { functionName } from '../../../functions/src/platform/functions.ts';
import { manifestOf, PROJECT, whatTheCliSends, type Manifest, type Sent } from '../../kit/firebaseCli.ts';
import { isAmikeo } from '../../kit/amikeo.ts';

/**
 * The CLI's own modules make the request that `firebase deploy --non-interactive` would send to
 * Google.
 */

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const [JOBS, PUBLIC] = ['jobs', 'public'].map((name) => `compliance-${name}@${PROJECT}.iam.gserviceaccount.com`);
const nameOf = (name: string): string => functionName(deployment.prefix, name);

/** Every text in a value, at any depth, with its place. */
function textsIn(value: unknown, place = ''): [string, string][] {
  if (typeof value === 'string') return [[place, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, `${place}.${key}`));
}

describe('a deployment without a terminal', () => {
  let manifest: Manifest;
  let sent: Sent;
  beforeAll(async () => {
    manifest = await manifestOf("export * from 'ROOT/functions/src/index.ts';");
    sent = await whatTheCliSends(manifest, deployment.prefix, { '.env': read('functions/.env') });
  });

  it('names each account with its whole address: nothing is left to the CLI to expand', () => {
    const texts = textsIn(sent);
    expect(texts.filter(([, text]) => text.endsWith('@') || text.includes('{{'))).toEqual([]);
    const named = texts.filter(([, text]) => text.includes('compliance-') && text.includes('@'));
    expect(new Set(named.map(([, text]) => text.replace(/^serviceAccount:/, '')))).toEqual(new Set([JOBS, PUBLIC]));
    // A function, its trigger, a schedule and a queue that names none would run as the default
    // account of the project.
    for (const one of sent.endpoints)
      expect([one.id, one.serviceAccount]).toEqual([one.id, expect.stringMatching(/@/)]);
    for (const [id, job] of Object.entries(sent.schedules))
      expect([id, job]).toEqual([
        id,
        expect.objectContaining({ httpTarget: expect.objectContaining({ oidcToken: { serviceAccountEmail: JOBS } }) }),
      ]);
  });

  it('runs each function that is called over HTTPS as one account and everything else as another', () => {
    const as = (account: string | undefined) =>
      sent.endpoints.filter(({ serviceAccount }) => serviceAccount === account).map(({ entryPoint }) => entryPoint);
    const called = ['consentReceipt', 'exportLink', 'guardianConsent', 'guardianRequest', 'serverStatements'];
    const form = deployment.paths.contactRequests === undefined ? [] : ['contact'];
    const mail = deployment.mail ? ['links', 'requestByEmail'] : [];
    const marketing = deployment.marketing ? ['brevoWebhook'] : [];
    expect(as(PUBLIC).sort()).toEqual([...called, ...form, ...mail, ...marketing].sort());
    expect(as(PUBLIC).length + as(JOBS).length).toBe(sent.endpoints.length);
  });

  it('lets only the accounts call a task function that enqueue to its queue', () => {
    expect(sent.invokers).toEqual({
      [nameOf('changeTask')]: [`serviceAccount:${JOBS}`, `serviceAccount:${PUBLIC}`],
      [nameOf('erasureTask')]: [`serviceAccount:${JOBS}`],
      [nameOf('exportTask')]: [`serviceAccount:${JOBS}`],
      [nameOf('ledgerTask')]: [`serviceAccount:${JOBS}`],
      [nameOf('retentionTask')]: [`serviceAccount:${JOBS}`],
      // A browser opens it from an e-mail; the token decides.
      ...(deployment.mail && { [nameOf('links')]: ['allUsers'] }),
      // Brevo calls it; the token of its settings decides.
      ...(deployment.marketing && { [nameOf('brevoWebhook')]: ['allUsers'] }),
      // Nobody, until a project names its servers.
      [nameOf('serverStatements')]: [],
    });
  });

  it("lets the app's servers state something about people, and nobody else", async () => {
    const server = `app-server@${PROJECT}.iam.gserviceaccount.com`;
    const files = { '.env': read('functions/.env'), [`.env.${PROJECT}`]: `SERVER_ACCOUNT=${server}\n` };
    const { invokers } = await whatTheCliSends(manifest, deployment.prefix, files);
    expect(invokers[nameOf('serverStatements')]).toEqual([`serviceAccount:${server}`]);
  });

  it.skipIf(!isAmikeo)(
    'binds to each function the secrets that it needs: a callable holds no key of another company',
    () => {
      const signing = ['PSEUDONYM_KEY_V1', 'EVIDENCE_SIGNING_KEY_V1'];
      const providers = ['STRIPE_SECRET_KEY', 'BREVO_API_KEY'];
      const more: Record<string, string[]> = {
        erasureTask: [...signing, ...providers],
        exportTask: [...signing, ...providers],
        changeTask: ['PSEUDONYM_KEY_V1', ...providers],
        retentionTask: ['PSEUDONYM_KEY_V1', ...providers],
        ledgerTask: signing,
        brevoWebhook: ['PSEUDONYM_KEY_V1', 'BREVO_WEBHOOK_TOKEN'],
      };
      for (const { entryPoint, secretEnvironmentVariables = [] } of sent.endpoints)
        expect([entryPoint, secretEnvironmentVariables.map(({ key }) => key).sort()]).toEqual([
          entryPoint,
          (more[entryPoint] ?? ['PSEUDONYM_KEY_V1']).sort(),
        ]);
      expect(sent.secretAccess).toEqual({
        PSEUDONYM_KEY_V1: [JOBS, PUBLIC],
        EVIDENCE_SIGNING_KEY_V1: [JOBS],
        STRIPE_SECRET_KEY: [JOBS],
        BREVO_API_KEY: [JOBS],
        BREVO_WEBHOOK_TOKEN: [PUBLIC],
      });
    },
  );

  it('has a value for each parameter in functions/.env, which is the default of the code', async () => {
    const { environmentVariables } = sent.endpoints[0] ?? {};
    const parameters = (manifest.params ?? []).filter(({ type }) => type !== 'secret');
    expect(parameters.length).toBeGreaterThan(15);
    for (const { name, default: value } of parameters)
      expect([name, environmentVariables?.[name]]).toEqual([name, String(value ?? '')]);
    await expect(whatTheCliSends(manifest, deployment.prefix, {})).rejects.toThrow(/have no value.*EXPORT_BUCKET/);
  });

  it("takes a project's own values from .env.<project>", async () => {
    const files = {
      '.env': read('functions/.env'),
      [`.env.${PROJECT}`]: 'EXPORT_BUCKET=archives\nCONTACT_PER_HOUR=7\n',
    };
    const { endpoints } = await whatTheCliSends(manifest, deployment.prefix, files);
    expect(endpoints[0]?.environmentVariables).toMatchObject({
      EXPORT_BUCKET: 'archives',
      CONTACT_PER_HOUR: '7',
      TRUSTED_PROXY_HOPS: '1',
    });
  });

  it("gives functions, queues and schedules names that no app's can have", () => {
    expect(deployment.prefix).toBe(settings.prefix ?? 'compliance');
    const names = [
      ...Object.keys(sent.functions),
      ...Object.values(sent.queues).map(({ name }) => name.split('/queues/')[1]),
      ...Object.values(sent.schedules).map(({ name }) => name.split('/jobs/firebase-schedule-')[1]),
    ];
    expect(names.filter((name) => !name?.startsWith(nameOf('')))).toEqual([]);
    expect(Object.keys(sent.queues).length).toBe(5);
  });
});

describe('a deployment of a policy without Stripe and Brevo', () => {
  const index = `
    import { createCompliance } from 'ROOT/functions/src/compliance.ts';
    import { example } from 'ROOT/functions/policies/example/index.ts';
    export const acme = createCompliance(example, { prefix: 'acme' });`;

  it('asks for no secret of theirs, and names its functions and queues after its prefix', async () => {
    const manifest = await manifestOf(index);
    const sent = await whatTheCliSends(manifest, '', { '.env': read('functions/.env') });
    expect([...sent.secretsAskedFor].sort()).toEqual(['EVIDENCE_SIGNING_KEY_V1', 'PSEUDONYM_KEY_V1']);
    expect(Object.keys(sent.secretAccess).sort()).toEqual(['EVIDENCE_SIGNING_KEY_V1', 'PSEUDONYM_KEY_V1']);
    expect(Object.keys(sent.functions).filter((name) => !name.startsWith('acme-'))).toEqual([]);
    expect(Object.values(sent.queues).map(({ name }) => name)).toContain(
      `projects/${PROJECT}/locations/europe-west1/queues/acme-exportTask`,
    );
  });
});
