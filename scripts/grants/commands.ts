import { accountName, type Account } from '../../functions/src/access.ts';
import { REGION } from '../../functions/src/platform/functions.ts';
import { OFFICER_SECRETS } from '../../functions/src/platform/params.ts';
import type { Declared } from './declared.ts';
import { grants, roles, type RoleId } from './table.ts';

/** The project, its members and its resources. */
export interface Project {
  readonly id: string;
  readonly buckets: { readonly app: string; readonly exports: string; readonly evidence: string };
  readonly functions: readonly Declared[];
  /** Members that act as the officer account: `user:ada@example.com`. */
  readonly officers: readonly string[];
  /** Members that deploy: they need to act as the accounts of the functions. */
  readonly deployers: readonly string[];
}

/** The parts that the project has already; names as Google gives them. */
export interface Found {
  readonly accounts: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** The arguments of each call of gcloud, and a line for people for each grant that has to wait. */
export interface Plan {
  readonly commands: readonly (readonly string[])[];
  readonly later: readonly string[];
}

/**
 * Services of which `npm run grant` asks something: the CLI of Firebase enables some of them only
 * with the first deployment, and others never.
 */
const SERVICES = ['iam', 'iamcredentials', 'cloudfunctions', 'cloudtasks', 'secretmanager'];

/** Returns the first call: a list of a service that is not enabled is refused. Pure. */
export const enableServices = (project: string): readonly string[] => [
  ...['services', 'enable', ...SERVICES.map((name) => `${name}.googleapis.com`), '--project', project],
];

const ACCOUNTS: readonly Account[] = ['public', 'jobs', 'officer'];

/**
 * Returns the calls of gcloud that make the grants of the table, and no others. Pure. Each can run
 * twice. A first deployment makes queues and services of functions: they are granted on afterwards.
 */
export function grantCommands(project: Project, found: Found): Plan {
  const later: string[] = [];
  const commands = [
    ...ACCOUNTS.filter((account) => !found.accounts.has(addressIn(project, account))).map((account) => [
      ...['iam', 'service-accounts', 'create', accountName(account), '--project', project.id],
      ...['--display-name', `Compliance: ${account}`],
    ]),
    ...Object.entries(roles).map(([id, permissions]) => [
      ...['iam', 'roles', found.roles.has(`projects/${project.id}/roles/${id}`) ? 'update' : 'create', id],
      ...['--project', project.id, '--title', id, '--stage', 'GA', '--quiet'],
      ...['--permissions', permissions.map(({ permission }) => permission).join(',')],
    ]),
    ...grants.flatMap((grant) => commandsOf(project, found, grant, later)),
    ...project.officers.map((member) =>
      itselfBinding(project, 'officer', member, 'roles/iam.serviceAccountTokenCreator'),
    ),
    ...(['public', 'jobs'] as const).flatMap((account) =>
      project.deployers.map((member) => itselfBinding(project, account, member, 'roles/iam.serviceAccountUser')),
    ),
  ];
  // Buckets may be one and the same: a role that two places want is granted once.
  const once = new Map(commands.map((command) => [JSON.stringify(command), command]));
  return { commands: [...once.values()], later };
}

function commandsOf(
  project: Project,
  found: Found,
  { account, role, on }: (typeof grants)[number],
  later: string[],
): string[][] {
  const member = `serviceAccount:${addressIn(project, account)}`;
  const full = isOurs(role) ? `projects/${project.id}/roles/${role}` : role;
  const binding = ['--member', member, '--role', full];
  /** Returns the parts of a deployment that are there; the others are for later. */
  const there = (kind: string, names: readonly string[], known: ReadonlySet<string>): readonly string[] => {
    later.push(...names.filter((name) => !known.has(name)).map((name) => `${kind} ${name}: ${role} for ${account}`));
    return names.filter((name) => known.has(name));
  };
  switch (on) {
    case 'project':
      return [['projects', 'add-iam-policy-binding', project.id, ...binding, '--condition', 'None']];
    case 'databases':
      return [['projects', 'add-iam-policy-binding', project.id, ...binding, '--condition', bothDatabases(project.id)]];
    case 'app bucket':
      return [bucketBinding(project.buckets.app, binding)];
    case 'bucket of exports':
      return [bucketBinding(project.buckets.exports, binding)];
    case 'bucket of evidence':
      return [bucketBinding(project.buckets.evidence, binding)];
    case 'itself':
      return [itselfBinding(project, account, member, full)];
    case 'queues': {
      const queues = project.functions.filter(({ enqueuers }) => enqueuers.includes(account)).map(({ name }) => name);
      return there('queue', queues, found.queues).map((name) => [
        ...['tasks', 'queues', 'add-iam-policy-binding', name, '--location', REGION, '--project', project.id],
        ...binding,
      ]);
    }
    case 'functions of events': {
      const events = project.functions.filter(({ trigger }) => trigger === 'event').map(({ name }) => name);
      return there('function', events, found.functions).map((name) => [
        ...['functions', 'add-invoker-policy-binding', name, '--region', REGION, '--project', project.id],
        ...['--member', member],
      ]);
    }
    case 'secrets':
    case 'secrets of officers': {
      const ofFunctions = [...new Set(project.functions.flatMap((one) => one.secrets))].sort();
      const secrets = on === 'secrets' ? ofFunctions : OFFICER_SECRETS;
      return there('secret', secrets, found.secrets).map((name) => [
        ...['secrets', 'add-iam-policy-binding', name, '--project', project.id],
        ...binding,
      ]);
    }
  }
}

const isOurs = (role: string): role is RoleId => role in roles;

const addressIn = ({ id }: Pick<Project, 'id'>, account: Account): string =>
  `${accountName(account)}@${id}.iam.gserviceaccount.com`;

const bucketBinding = (bucket: string, binding: readonly string[]): string[] => [
  ...['storage', 'buckets', 'add-iam-policy-binding', `gs://${bucket}`, ...binding],
];

const itselfBinding = (project: Project, account: Account, member: string, role: string): string[] => [
  ...['iam', 'service-accounts', 'add-iam-policy-binding', addressIn(project, account)],
  ...['--project', project.id, '--member', member, '--role', role],
];

/** A condition: the app's database and the backend's own, and no other of the project. */
const bothDatabases = (project: string): string =>
  `expression=${['(default)', 'compliance']
    .map((database) => `resource.name == "projects/${project}/databases/${database}"`)
    .join(' || ')},title=compliance-databases`;
