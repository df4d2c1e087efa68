import { accountName } from '../../functions/src/access.ts';
import type { Declared } from '../grants/declared.ts';
import { grants, roles } from '../grants/table.ts';

/** The page of access: the functions with their accounts and secrets, then the roles. */
export function renderAccess(functions: readonly Declared[]): string {
  return [
    '# Accounts, secrets and roles',
    '',
    'For the engineer who grants rights in a Firebase project. Written by `npm run generate` from the declared functions',
    'and `scripts/grants/table.ts`; do not edit.',
    '`npm run grant -- PROJECT` grants exactly this ([deploy.md](deploy.md)).',
    '',
    '## Functions',
    '',
    'At each deployment the CLI of Firebase lets the account of a function read the secrets of that function.',
    '',
    ...table(
      ['function', 'called by', 'account', 'secrets'],
      functions.map(({ name, trigger, account, secrets }) => [
        code(name),
        CALLED_BY[trigger],
        code(accountName(account)),
        secrets.map(code).join(', '),
      ]),
    ),
    '',
    'These accounts enqueue tasks:',
    '',
    ...functions
      .filter(({ trigger }) => trigger === 'task')
      .map(
        ({ name, enqueuers }) => `- to ${code(name)}: ${enqueuers.map((one) => code(accountName(one))).join(' and ')}`,
      ),
    '',
    '## Grants',
    '',
    ...table(
      ['account', 'role', 'on', 'why'],
      grants.map(({ account, role, on, why }) => [code(accountName(account)), code(role), on, why]),
    ),
    '',
    'On `databases`: the condition of the grant names `(default)` and `compliance`, and no other database of the project.',
    '',
    '## Roles of our own',
    '',
    ...table(
      ['role', 'permission', 'call that needs it'],
      Object.entries(roles).flatMap(([id, permissions]) =>
        permissions.map(({ permission, call }) => [code(id), code(permission), code(call)]),
      ),
    ),
    '',
  ].join('\n');
}

const CALLED_BY: Readonly<Record<Declared['trigger'], string>> = {
  event: 'Eventarc',
  schedule: 'Cloud Scheduler',
  task: 'Cloud Tasks',
  callable: 'everybody, with App Check',
  request: 'the account `SERVER_ACCOUNT`',
  page: 'everybody',
};

const code = (text: string): string => `\`${text}\``;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
