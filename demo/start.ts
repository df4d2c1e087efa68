/**
 * `npm start`: the suite with people in it, until Ctrl-C, so that an app can be connected to it.
 */
import '../scripts/requireNode.mjs';
import { Command } from 'commander';
import pc from 'picocolors';
import { personWith } from '../fixtures/index.ts';
import { interruption } from './interruption.ts';
import { withSuiteOptions, type Flags } from './options.ts';
import { populate, settle, start } from './setup.ts';
import type { Stage } from './stage.ts';

/**
 * Text for a person who connects an app: addresses as the client SDKs take them, and an account to
 * sign in with.
 */
function invitation({ suite, world, clients }: Stage): string {
  const { env } = suite;
  const host = (name: string): string => env[name] ?? '';
  const { account } = personWith(world.people, 'exports');
  const [firestoreHost = '', firestorePort = ''] = host('FIRESTORE_EMULATOR_HOST').split(':');
  const [storageHost = '', storagePort = ''] = host('FIREBASE_STORAGE_EMULATOR_HOST').split(':');
  const addresses = [
    ['Auth', `http://${host('FIREBASE_AUTH_EMULATOR_HOST')}`],
    ['Firestore', host('FIRESTORE_EMULATOR_HOST')],
    ['Storage', `http://${host('FIREBASE_STORAGE_EMULATOR_HOST')}`],
    ['Functions', `http://${host('FUNCTIONS_EMULATOR_HOST')}`],
    ['Stripe', host('STRIPE_STANDIN_URL')],
    ['Brevo', host('BREVO_STANDIN_URL')],
    ['Courier', host('COURIER_URL')],
  ];
  return `
${pc.bold('The suite runs with people in it.')} Ctrl-C stops it.

${addresses.map(([name = '', at = '']) => `  ${name.padEnd(10)} ${pc.cyan(at)}`).join('\n')}

Connect your own app (client SDK, any apiKey):

  const app = initializeApp({ projectId: '${host('GCLOUD_PROJECT')}', apiKey: 'local', storageBucket: '${clients.files.name}' });
  connectAuthEmulator(getAuth(app), 'http://${host('FIREBASE_AUTH_EMULATOR_HOST')}');
  connectFirestoreEmulator(getFirestore(app), '${firestoreHost}', ${firestorePort});
  connectStorageEmulator(getStorage(app), '${storageHost}', ${storagePort});
  await signInWithEmailAndPassword(getAuth(app), '${account.email ?? ''}', '${account.password ?? ''}');

Everybody of the ${world.people.length} has the same password. Fire a schedule: ${pc.cyan('npm run emulators -- fire retentionDaily')}

Answer as an officer, in another terminal (docs/officer.md):

  eval "$(npm run -s emulators -- env)"
  npm run compliance -- request list
`;
}

async function run(flags: Flags): Promise<number> {
  const interrupted = interruption();
  const say = (line: string): void => void process.stderr.write(`${pc.dim(line)}\n`);
  let suite: Awaited<ReturnType<typeof start>> | undefined;
  try {
    suite = await start(flags, interrupted.signal, say);
    say('loading people');
    const stage = await populate(suite, flags, () => undefined);
    await settle(stage, () => undefined);
    process.stdout.write(invitation(stage));
    const { crash } = await Promise.race([suite.exited, interrupted.happened]);
    if (crash !== undefined) throw new Error(crash);
    return 0;
  } catch (error) {
    await suite?.stop();
    if (interrupted.code !== undefined) return 0; // being stopped is how it ends
    process.stderr.write(`${pc.red(error instanceof Error ? error.message : String(error))}\n`);
    return 1;
  }
}

const command = withSuiteOptions(new Command('start'))
  .description('Starts the local suite with people loaded, and leaves it running until Ctrl-C.')
  .action(async (flags: Flags) => {
    process.exit(await run(flags));
  });
await command.parseAsync();
