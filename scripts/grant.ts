import './requireNode.mjs';
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { policy, settings } from '../functions/policies/deployed.ts';
import { defaultBucket } from '../functions/src/platform/clients.ts';
import { REGION } from '../functions/src/platform/functions.ts';
import { OFFICER_SECRETS } from '../functions/src/platform/params.ts';
import { enableServices, grantCommands, type Found } from './grants/commands.ts';
import { declaredFunctions } from './grants/declared.ts';
import { systemFolders } from './generate/systems.ts';
import { ROOT } from './run.ts';
import { deployedSettings } from './settings.ts';

const USAGE = `npm run grant -- PROJECT [options]
  Creates the service accounts and gives each what docs/access.md says, with gcloud. Prints each call.
  Running it again changes nothing; run it once more after the first deployment.

  --dry-run           prints the calls and makes none
  --bucket NAME       the app's bucket (APP_BUCKET, else PROJECT.firebasestorage.app)
  --officer MEMBER    may act as the officer account: user:ada@example.com (can be given again)
  --deployer MEMBER   deploys, and is not an owner of the project (can be given again)

Exit codes: 0 as asked, 2 wrong use, 3 gcloud did not answer.`;

const gcloud = async (args: readonly string[]): Promise<string> => (await promisify(execFile)('gcloud', args)).stdout;

/**
 * Lists the accounts, roles, functions, queues and secrets of the project; its services are on.
 * Accounts and roles have their whole names, the others the last part.
 */
async function look(project: string): Promise<Found> {
  const list = async (command: readonly string[], field: string): Promise<string[]> => {
    const out = await gcloud([...command, 'list', '--project', project, '--format', `value(${field})`]);
    return out.split('\n').filter((line) => line !== '');
  };
  const names = (found: readonly string[]): Set<string> => new Set(found.map((name) => name.split('/').at(-1) ?? ''));
  return {
    accounts: new Set(await list(['iam', 'service-accounts'], 'email')),
    roles: new Set(await list(['iam', 'roles'], 'name')),
    functions: names(await list(['functions'], 'name')),
    queues: names(
      (await gcloud(['tasks', 'queues', 'list', '--location', REGION, '--project', project, '--format', 'value(name)']))
        .split('\n')
        .filter((line) => line !== ''),
    ),
    secrets: names(await list(['secrets'], 'name')),
  };
}

/** A call as it would be typed. */
const typed = (args: readonly string[]): string =>
  ['gcloud', ...args]
    .map((one) => (/^[\w@%+=:,./-]+$/.test(one) ? one : `'${one.replaceAll("'", "'\\''")}'`))
    .join(' ');

async function main(): Promise<0 | 2> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      bucket: { type: 'string' },
      officer: { type: 'string', multiple: true, default: [] },
      deployer: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  const [project, ...rest] = positionals;
  if (values.help || project === undefined || rest.length > 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const { APP_BUCKET, EXPORT_BUCKET, EVIDENCE_BUCKET } = deployedSettings(project);
  const app = values.bucket ?? (APP_BUCKET || defaultBucket(project));
  const functions = declaredFunctions(policy, settings, await systemFolders(ROOT));
  const names = new Set(functions.map(({ name }) => name));
  const isDry = values['dry-run'];
  const take = async (command: readonly string[]): Promise<void> => {
    console.log(`+ ${typed(command)}`);
    if (!isDry) await gcloud(command);
  };
  await take(enableServices(project));
  const plan = grantCommands(
    {
      id: project,
      functions,
      buckets: { app, exports: EXPORT_BUCKET || app, evidence: EVIDENCE_BUCKET || app },
      officers: values.officer,
      deployers: values.deployer,
    },
    isDry
      ? {
          ...{ accounts: new Set(), roles: new Set(), functions: names, queues: names },
          secrets: new Set([...functions.flatMap(({ secrets }) => secrets), ...OFFICER_SECRETS]),
        }
      : await look(project),
  );
  for (const command of plan.commands) await take(command);
  for (const line of plan.later) console.log(`- not there yet: ${line}`);
  if (plan.later.length > 0)
    console.log('Run this again when they are: after the first deployment, with every secret set.');
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
  console.error(stderr === undefined || stderr === '' ? message : stderr);
  process.exitCode = String(code).startsWith('ERR_PARSE_ARGS') ? 2 : 3;
}
