import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * Deploys without Google: the Functions SDK lists the functions, and the modules of firebase-tools
 * make from that list the requests of `firebase deploy --non-interactive`. Secret Manager alone is
 * played: it has every secret.
 */

const ROOT = join(import.meta.dirname, '../..');
export const PROJECT = 'demo-deploy';
const PROJECT_NUMBER = '1234567890';

const load = createRequire(import.meta.url);

/** A list of functions, as the SDK gives it to the CLI. */
export interface Manifest {
  readonly params?: readonly { readonly name: string; readonly type: string; readonly default?: string | number }[];
  readonly endpoints: Readonly<Record<string, object>>;
}

/** A function as the CLI sends it: only the part that the tests read. */
interface Endpoint {
  readonly id: string;
  readonly entryPoint: string;
  readonly region: string;
  readonly serviceAccount?: string;
  readonly secretEnvironmentVariables?: readonly { readonly key: string }[];
  readonly taskQueueTrigger?: { readonly invoker?: readonly string[] };
  readonly httpsTrigger?: { readonly invoker?: readonly string[] };
  readonly scheduleTrigger?: object;
  readonly environmentVariables: Readonly<Record<string, string>>;
  uri?: string;
}

/** Everything that a deployment would send. */
export interface Sent {
  readonly endpoints: readonly Endpoint[];
  /** By the name of a function: the body of the request that creates it. */
  readonly functions: Readonly<Record<string, object>>;
  /** By the name of a scheduled function: the job of Cloud Scheduler. */
  readonly schedules: Readonly<Record<string, { readonly name: string }>>;
  /** By the name of a task function: its queue. */
  readonly queues: Readonly<Record<string, { readonly name: string }>>;
  /**
   * By the name of a task function, or of one that the app's servers call: the members that may
   * call it.
   */
  readonly invokers: Readonly<Record<string, readonly string[]>>;
  /** By the name of a secret: the accounts that are granted access to it. */
  readonly secretAccess: Readonly<Record<string, readonly string[]>>;
  /** The secrets that must exist in Secret Manager. */
  readonly secretsAskedFor: readonly string[];
}

/**
 * Lists the functions of a file in a process of its own, as the CLI does: a process keeps
 * everything that it has declared once.
 *
 * @param index the source of an index.ts; `ROOT/` in it is the root of the repository
 * @throws Error with the SDK's message if the functions cannot be listed
 */
export async function manifestOf(index: string): Promise<Manifest> {
  const folder = await mkdtemp(join(tmpdir(), 'compliance-listing-'));
  try {
    const output = join(folder, 'manifest.json');
    await writeFile(join(folder, 'package.json'), JSON.stringify({ main: 'index.ts', type: 'module' }));
    await writeFile(join(folder, 'index.ts'), index.replaceAll('ROOT/', `${ROOT}/`));
    const listing = join(ROOT, 'node_modules/firebase-functions/lib/bin/firebase-functions.js');
    // Its first argument alone it does not read: it lists the folder that it is in.
    await promisify(execFile)(process.execPath, ['--import', load.resolve('tsx'), listing], {
      cwd: folder,
      env: {
        ...process.env,
        FUNCTIONS_MANIFEST_OUTPUT_PATH: output,
        FUNCTIONS_CONTROL_API: 'true',
        GCLOUD_PROJECT: PROJECT,
        FIREBASE_CONFIG: JSON.stringify({ projectId: PROJECT }),
      },
    });
    return JSON.parse(await readFile(output, 'utf8')) as Manifest;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Build {
  endpoints: Record<string, object>;
}

interface Backend {
  readonly endpoints: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>;
}

/** The modules of the CLI, each with the functions of it that a deployment is made with here. */
interface Modules {
  'deploy/functions/runtimes/discovery/v1alpha1.js': {
    readonly buildFromV1Alpha1: (manifest: Manifest, project: string, region: string, runtime: string) => Build;
  };
  'deploy/functions/build.js': {
    readonly applyEndpointPrefix: (build: Build, prefix: string) => void;
    readonly resolveBackend: (
      options: object,
    ) => Promise<{ readonly backend: Backend; readonly envs: Record<string, { toSDK(): string }> }>;
  };
  'deploy/functions/prepare.js': { readonly resolveCpuAndConcurrency: (backend: Backend) => void };
  'deploy/functions/validate.js': { readonly endpointsAreValid: (backend: Backend) => void };
  'deploy/functions/backend.js': {
    readonly allEndpoints: (backend: Backend) => Endpoint[];
    readonly empty: () => Backend;
  };
  'deploy/functions/ensure.js': {
    readonly secretsAccessDelta: (backends: object) => Promise<Record<string, string[]>>;
  };
  'functions/env.js': { readonly loadUserEnvs: (options: object) => Record<string, string> };
  'gcp/cloudfunctionsv2.js': { readonly functionFromEndpoint: (one: Endpoint) => object };
  'gcp/cloudscheduler.js': {
    readonly jobFromEndpoint: (one: Endpoint, location: string, projectNumber: string) => Promise<{ name: string }>;
  };
  'gcp/cloudtasks.js': { readonly queueFromEndpoint: (one: Endpoint) => { name: string } };
  'gcp/proto.js': { readonly getInvokerMembers: (of: readonly string[], project: string) => string[] };
  'gcp/secretManager.js': { getSecretMetadata: (project: string, secret: string) => Promise<object> };
}

const cli = <K extends keyof Modules>(module: K): Modules[K] => load(`firebase-tools/lib/${module}`) as Modules[K];

/**
 * Makes the requests that `firebase deploy --non-interactive` would send.
 *
 * @param prefix as in firebase.json
 * @param files the dotenv files of the functions' folder, by name
 * @throws FirebaseError if the CLI would refuse: a parameter without a value, an invalid option
 */
export async function whatTheCliSends(
  manifest: Manifest,
  prefix: string,
  files: Readonly<Record<string, string>>,
): Promise<Sent> {
  const { buildFromV1Alpha1 } = cli('deploy/functions/runtimes/discovery/v1alpha1.js');
  const { applyEndpointPrefix, resolveBackend } = cli('deploy/functions/build.js');
  const { resolveCpuAndConcurrency } = cli('deploy/functions/prepare.js');
  const { endpointsAreValid } = cli('deploy/functions/validate.js');
  const { allEndpoints, empty } = cli('deploy/functions/backend.js');
  const { secretsAccessDelta } = cli('deploy/functions/ensure.js');

  const build = buildFromV1Alpha1(manifest, PROJECT, 'us-central1', 'nodejs24');
  applyEndpointPrefix(build, prefix);
  const userEnvs = await envsOf(files);
  const asked: string[] = [];
  const { backend, envs } = await withEverySecret(asked, () =>
    resolveBackend({
      build,
      userEnvs,
      firebaseConfig: { projectId: PROJECT, storageBucket: `${PROJECT}.firebasestorage.app` },
      codebase: 'compliance',
      nonInteractive: true,
      isEmulator: false,
    }),
  );
  resolveCpuAndConcurrency(backend);
  endpointsAreValid(backend);

  const values = Object.fromEntries(Object.entries(envs).map(([name, value]) => [name, value.toSDK()]));
  const endpoints = allEndpoints(backend).map((one) => ({
    ...one,
    environmentVariables: { ...values },
    uri: `https://${one.id.toLowerCase()}-x.a.run.app`,
  }));
  const by = <T>(of: readonly Endpoint[], make: (one: Endpoint) => T): Record<string, T> =>
    Object.fromEntries(of.map((one) => [one.id, make(one)]));
  const { functionFromEndpoint } = cli('gcp/cloudfunctionsv2.js');
  const { queueFromEndpoint } = cli('gcp/cloudtasks.js');
  const { getInvokerMembers } = cli('gcp/proto.js');
  const tasks = endpoints.filter(({ taskQueueTrigger }) => taskQueueTrigger !== undefined);
  const ofServers = endpoints.filter(({ httpsTrigger }) => httpsTrigger !== undefined);
  return {
    endpoints,
    functions: by(endpoints, functionFromEndpoint),
    schedules: await schedulesOf(endpoints),
    queues: by(tasks, queueFromEndpoint),
    invokers: by([...tasks, ...ofServers], ({ taskQueueTrigger, httpsTrigger }) =>
      getInvokerMembers((taskQueueTrigger ?? httpsTrigger)?.invoker ?? [], PROJECT),
    ),
    secretAccess: await secretsAccessDelta({ wantBackend: backend, haveBackend: empty() }),
    secretsAskedFor: asked,
  };
}

async function schedulesOf(endpoints: readonly Endpoint[]): Promise<Sent['schedules']> {
  const { jobFromEndpoint } = cli('gcp/cloudscheduler.js');
  const scheduled = endpoints.filter(({ scheduleTrigger }) => scheduleTrigger !== undefined);
  return Object.fromEntries(
    await Promise.all(
      scheduled.map(async (one) => [one.id, await jobFromEndpoint(one, one.region, PROJECT_NUMBER)] as const),
    ),
  );
}

/** The values of dotenv files, as the CLI finds and reads them for {@link PROJECT}. */
async function envsOf(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const { loadUserEnvs } = cli('functions/env.js');
  const folder = await mkdtemp(join(tmpdir(), 'compliance-envs-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return loadUserEnvs({ functionsSource: folder, projectId: PROJECT, projectDir: folder, isEmulator: false });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Answers for Secret Manager that every secret is there, and notes which were asked for. */
async function withEverySecret<T>(asked: string[], work: () => Promise<T>): Promise<T> {
  const manager = cli('gcp/secretManager.js');
  const real = manager.getSecretMetadata;
  manager.getSecretMetadata = async (_project, secret) => {
    asked.push(secret);
    return { secret: { name: secret }, secretVersion: { state: 'ENABLED' } };
  };
  try {
    return await work();
  } finally {
    manager.getSecretMetadata = real;
  }
}
