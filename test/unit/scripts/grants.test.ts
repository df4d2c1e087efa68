import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policy, settings } from '../../../functions/policies/deployed.ts';
import { deployment } from '../../../functions/src/deployment.generated.ts';
import { functionName } from '../../../functions/src/platform/functions.ts';
import { OFFICER_SECRETS } from '../../../functions/src/platform/params.ts';
import { example } from '../../../functions/policies/example/index.ts';
import { renderAccess } from '../../../scripts/generate/access.ts';
import { systemFolders } from '../../../scripts/generate/systems.ts';
import { grantCommands, type Found, type Project } from '../../../scripts/grants/commands.ts';
import { declaredFunctions } from '../../../scripts/grants/declared.ts';
import { grants, roles, type RoleId } from '../../../scripts/grants/table.ts';

const ROOT = join(import.meta.dirname, '../../..');
const systems = await systemFolders(ROOT);
const functions = declaredFunctions(policy, settings, systems);
const project: Project = {
  id: 'demo-x',
  buckets: { app: 'files', exports: 'archives', evidence: 'evidence' },
  functions,
  officers: ['user:ada@example.com'],
  deployers: ['user:cy@example.com'],
};
const names = functions.map(({ name }) => name);
const queue = functionName(deployment.prefix, 'changeTask');
const nothing: Found = {
  accounts: new Set(),
  roles: new Set(),
  functions: new Set(),
  queues: new Set(),
  secrets: new Set(),
};
const deployed: Found = {
  accounts: new Set(['public', 'jobs', 'officer'].map((name) => `compliance-${name}@demo-x.iam.gserviceaccount.com`)),
  roles: new Set(Object.keys(roles).map((id) => `projects/demo-x/roles/${id}`)),
  functions: new Set(names),
  queues: new Set(names),
  secrets: new Set([...functions.flatMap(({ secrets }) => secrets), ...OFFICER_SECRETS]),
};
const calls = (found: Found, of = project): string[] =>
  grantCommands(of, found).commands.map((command) => command.join(' '));

/** The permissions of an account, with their place. */
const allowed = (account: string): string[] =>
  grants
    .filter((grant) => grant.account === account)
    .flatMap(({ role, on }) =>
      role in roles ? roles[role as RoleId].map(({ permission }) => `${permission} on ${on}`) : [`${role} on ${on}`],
    )
    .sort();

describe('the grants', () => {
  it('give functions that anybody on the internet can call no right to remove, to disable, or to read evidence and keys', () => {
    expect(allowed('public')).toEqual([
      'cloudtasks.tasks.create on queues',
      'datastore.databases.get on databases',
      'datastore.entities.create on databases',
      'datastore.entities.get on databases',
      'datastore.entities.list on databases',
      'datastore.entities.update on databases',
      'firebaseauth.users.get on project',
      'iam.serviceAccounts.actAs on itself',
      'iam.serviceAccounts.signBlob on itself',
      'identitytoolkit.tenants.list on project',
      'storage.objects.get on bucket of exports',
    ]);
  });

  it('let nobody change or remove evidence, and no role is wider than its permissions', () => {
    for (const account of ['public', 'jobs', 'officer'])
      expect(allowed(account).filter((one) => /(update|delete) on bucket of evidence/.test(one))).toEqual([]);
    const ofGoogle = grants.filter(({ role }) => role.startsWith('roles/')).map(({ role }) => role);
    expect(ofGoogle.sort()).toEqual([
      'roles/eventarc.eventReceiver',
      'roles/run.invoker',
      'roles/secretmanager.secretAccessor',
      'roles/secretmanager.secretAccessor',
    ]);
    for (const call of calls(deployed))
      if (call.startsWith('projects '))
        expect(call).not.toMatch(/run\.invoker|storage|objects|Archives|Evidence|Files/);
  });

  it('name with each permission a call that the code still makes', () => {
    const source = ['functions/src/**/*.ts', 'cli/**/*.ts']
      .flatMap((files) => globSync(files, { cwd: ROOT }))
      .map((file) => readFileSync(join(ROOT, file), 'utf8'))
      .join('\n');
    for (const [id, permissions] of Object.entries(roles))
      for (const { permission, call } of permissions)
        expect([id, permission, call, source.includes(call)]).toEqual([id, permission, call, true]);
    const used = new Set<string>(grants.map(({ role }) => role));
    expect(Object.keys(roles).filter((id) => !used.has(id))).toEqual([]);
  });

  it('reach two databases of a project and no other', () => {
    const databases = calls(deployed).filter(
      (call) => call.includes('datastore') || call.includes('Documents --condition'),
    );
    expect(databases.filter((call) => call.startsWith('projects ')).length).toBe(3);
    for (const call of databases.filter((one) => one.startsWith('projects ')))
      expect(call).toContain(
        '--condition expression=resource.name == "projects/demo-x/databases/(default)" || resource.name == "projects/demo-x/databases/compliance",title=',
      );
  });

  it('are on the queue, the bucket and the function that they are for', () => {
    const ofPublic = calls(deployed).filter((call) => /--member serviceAccount:compliance-public@/.test(call));
    expect(ofPublic.filter((call) => call.startsWith('tasks'))).toEqual([
      expect.stringContaining(`add-iam-policy-binding ${queue} --location europe-west1`),
    ]);
    expect(ofPublic.filter((call) => call.startsWith('storage'))).toEqual([
      expect.stringContaining('gs://archives --member'),
    ]);
    expect(ofPublic.filter((call) => call.includes('complianceSign'))).toEqual([
      expect.stringContaining(
        'service-accounts add-iam-policy-binding compliance-public@demo-x.iam.gserviceaccount.com',
      ),
    ]);
    const invoked = calls(deployed).filter((call) => call.startsWith('functions '));
    expect(invoked.length).toBe(functions.filter(({ trigger }) => trigger === 'event').length);
    for (const call of invoked) expect(call).toContain('--member serviceAccount:compliance-jobs@');
  });

  it('let the officer account alone read the key of the sheets, and no function has it', () => {
    const of = calls(deployed).filter((call) => call.includes('OFFICER_SHEET_PRIVATE_KEY_V1'));
    expect(of).toEqual([
      expect.stringContaining('--member serviceAccount:compliance-officer@demo-x.iam.gserviceaccount.com --role'),
    ]);
    for (const { secrets } of functions) expect(secrets.filter((name) => OFFICER_SECRETS.includes(name))).toEqual([]);
  });

  it('name every account with its whole address', () => {
    for (const call of calls(deployed)) expect(call).not.toMatch(/@( |$)/);
  });

  it('wait for resources that the first deployment makes, and say so', () => {
    const first = grantCommands(project, nothing);
    expect(first.commands.filter(([kind]) => ['tasks', 'functions', 'secrets'].includes(kind ?? ''))).toEqual([]);
    expect(first.later).toContain(`queue ${queue}: complianceEnqueue for public`);
    expect(first.later).toContain('secret PSEUDONYM_KEY_V1: roles/secretmanager.secretAccessor for officer');
    expect(grantCommands(project, deployed).later).toEqual([]);
  });

  it('create nothing a second time', () => {
    expect(calls(nothing).filter((call) => / create /.test(call)).length).toBe(3 + Object.keys(roles).length);
    expect(calls(deployed).filter((call) => / create /.test(call))).toEqual([]);
    // One bucket for everything: a role that two places want is granted once.
    const one = { ...project, buckets: { app: 'all', exports: 'all', evidence: 'all' } };
    expect(new Set(calls(deployed, one)).size).toBe(calls(deployed, one).length);
  });

  it('let people act as the officer, and those who deploy as the accounts of the functions', () => {
    const of = (member: string) => calls(deployed).filter((call) => call.includes(`--member ${member}`));
    expect(of('user:ada@example.com')).toEqual([
      expect.stringMatching(/compliance-officer@.*--role roles\/iam.serviceAccountTokenCreator$/),
    ]);
    expect(of('user:cy@example.com').map((call) => /compliance-\w+/.exec(call)?.[0])).toEqual([
      'compliance-public',
      'compliance-jobs',
    ]);
  });

  it('ask for no secret of a company that the policy does not name', () => {
    const other = { ...project, functions: declaredFunctions(example, { prefix: 'acme' }, systems) };
    const { later } = grantCommands(other, nothing);
    // Two keys of functions, and the one of officers.
    expect(later.filter((line) => line.startsWith('secret ')).length).toBe(3);
    expect(later.filter((line) => line.startsWith('queue ')).every((line) => line.includes(' acme-'))).toBe(true);
  });
});

describe('the page of accounts, secrets and roles', () => {
  it('shows each function, each grant and each permission', () => {
    const page = renderAccess(functions);
    expect(page).toBe(readFileSync(join(ROOT, 'docs/access.md'), 'utf8'));
    for (const name of names) expect(page).toContain(`| \`${name}\` |`);
    for (const { why } of grants) expect(page).toContain(why);
    for (const permissions of Object.values(roles))
      for (const { permission } of permissions) expect(page).toContain(permission);
  });
});
