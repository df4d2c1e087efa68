import { delimiter, join } from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { ChosenBackend } from './backend.ts';
import { bucketOf, localSheetKeys, type Parameters } from './parameters.ts';
import { HOST, type Ports } from './processes/ports.ts';
import { ROOT, type Workspace } from './workspace.ts';

/**
 * Variables that tell SDKs the addresses of servers. Those of a suite around this one must not
 * reach it.
 */
const POINTS_SOMEWHERE =
  /(_EMULATOR_HOST|_EMULATOR_ADDRESS|_EMULATOR_HUB|_BINARY_PATH)$|^(FIREBASE_CONFIG|FIREBASE_TOKEN|GOOGLE_APPLICATION_CREDENTIALS|GCLOUD_PROJECT|GOOGLE_CLOUD_PROJECT|NODE_OPTIONS|SUITE_.*|VITEST.*)$/;

/**
 * Returns the caller's environment without the variables that would lead a suite to another place.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !POINTS_SOMEWHERE.test(entry[0]),
    ),
  );
}

/**
 * Returns the variables with which a command, a test or an app works with the suite (docs: README,
 * "The suite").
 */
export function commandEnvironment(suite: {
  project: string;
  ports: Ports;
  backend: ChosenBackend['backend'];
  parameters: Parameters;
  workspace: Workspace;
  stripeUrl: string;
  brevoUrl: string;
}): Record<string, string> {
  const { project, ports, backend, workspace } = suite;
  const at = (port: number): string => `${HOST}:${port}`;
  const firestore = at(ports.firestore);
  return {
    ...suite.parameters.params,
    ...suite.parameters.secrets,
    // An officer's alone: no function has it.
    OFFICER_SHEET_PRIVATE_KEY_V1: localSheetKeys(project).privateKey,
    GCLOUD_PROJECT: project,
    GOOGLE_CLOUD_PROJECT: project,
    FIREBASE_CONFIG: JSON.stringify({ projectId: project, storageBucket: bucketOf(project) }),
    FIREBASE_EMULATOR_HUB: at(ports.hub),
    FIREBASE_AUTH_EMULATOR_HOST: at(ports.auth),
    FIREBASE_STORAGE_EMULATOR_HOST: at(ports.storage),
    STORAGE_EMULATOR_HOST: `http://${at(ports.storage)}`,
    FIRESTORE_EMULATOR_HOST: firestore,
    FIREBASE_FIRESTORE_EMULATOR_ADDRESS: firestore,
    FUNCTIONS_EMULATOR_HOST: at(ports.functions),
    PUBSUB_EMULATOR_HOST: at(ports.pubsub),
    CLOUD_EVENTARC_EMULATOR_HOST: `http://${at(ports.eventarc)}`,
    CLOUD_TASKS_EMULATOR_HOST: at(ports.tasks),
    FIRESTORE_BACKEND: backend,
    ...(backend === 'embedded' ? { FIRESTORE_BILLING_URL: `http://${firestore}/_control/billing` } : {}),
    STRIPE_STANDIN_URL: suite.stripeUrl,
    BREVO_STANDIN_URL: suite.brevoUrl,
    COURIER_URL: `http://${at(ports.courier)}`,
    GOOGLE_APPLICATION_CREDENTIALS: workspace.credentials,
    METADATA_SERVER_DETECTION: 'none',
    SUITE_STATE: workspace.state,
    SUITE_LOG: workspace.log,
  };
}

/**
 * Returns the environment of the Firebase CLI, so that it runs from files that are there, and asks
 * nobody anything.
 */
export function cliEnvironment(
  env: NodeJS.ProcessEnv,
  suite: { ports: Ports; backend: ChosenBackend; workspace: Workspace },
): Record<string, string> {
  const { backend, ports, workspace } = suite;
  const shims = join(ROOT, 'emulator/shims');
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return {
    ...cleanEnvironment(env),
    PATH: `${shims}${delimiter}${env.PATH ?? ''}`,
    NODE_OPTIONS: `--require "${join(shims, 'lighter.cjs')}"`,
    // Keeps compiled code as long as the suite runs: dozens of processes load the same files.
    NODE_COMPILE_CACHE: join(workspace.temporary, 'compile'),
    // Documented overrides: files that exist, so that nothing is downloaded.
    FIRESTORE_EMULATOR_BINARY_PATH: join(shims, 'java'),
    STORAGE_EMULATOR_BINARY_PATH: join(shims, 'java'),
    PUBSUB_EMULATOR_BINARY_PATH: join(shims, 'pubsub'),
    METADATA_SERVER_DETECTION: 'none',
    GOOGLE_APPLICATION_CREDENTIALS: workspace.credentials,
    // The CLI asks the functions for their list through a file. Through HTTP it waits for their
    // server to end, for seconds.
    FIREBASE_FUNCTIONS_DISCOVERY_OUTPUT_PATH: 'true',
    // The start of a process may take so many seconds. After thirty the CLI would give its request
    // up without an answer: a busy machine needs more.
    FUNCTIONS_DISCOVERY_TIMEOUT: '60',
    NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    XDG_CONFIG_HOME: workspace.folder,
    TMPDIR: workspace.temporary,
    SUITE_NODE: process.execPath,
    SUITE_TSX: pathToFileURL(tsx).href,
    SUITE_EMULATOR: join(ROOT, 'emulator'),
    SUITE_PIDS: workspace.pids,
    SUITE_COURIER: `${HOST}:${ports.courier}`,
    ...(backend.backend === 'official' ? { SUITE_FIRESTORE_JAR: backend.jar, SUITE_JAVA: backend.java } : {}),
  };
}
