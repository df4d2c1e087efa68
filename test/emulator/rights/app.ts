import { deleteApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInWithCustomToken } from 'firebase/auth';
import {
  connectFirestoreEmulator,
  doc,
  getFirestore,
  serverTimestamp,
  setDoc,
  setLogLevel,
  terminate,
} from 'firebase/firestore';
import { connectFunctionsEmulator, getFunctions } from 'firebase/functions';
import { afterAll } from 'vitest';
import { onPrivacyState, REGION, type PrivacyState } from '../../../client/index.ts';
import { auth, eventually, freshUid } from '../../kit/suite.ts';

/** An app with the client, as it runs on a device. */

const opened: (() => Promise<void>)[] = [];
// Tests run side by side: none closes the apps of another.
afterAll(async () => {
  for (const close of opened) await close();
});

/** An app on a device, signed in, which listens to its state. */
export async function openApp(uid = freshUid()) {
  setLogLevel('silent');
  const app = initializeApp({ projectId: process.env['GCLOUD_PROJECT'] ?? '', apiKey: 'suite' }, uid);
  const at = (name: string): [string, number] => {
    const { hostname, port } = new URL(`http://${process.env[name] ?? ''}`);
    return [hostname, Number(port)];
  };
  const [client, db, functions] = [getAuth(app), getFirestore(app), getFunctions(app, REGION)];
  connectAuthEmulator(client, `http://${at('FIREBASE_AUTH_EMULATOR_HOST').join(':')}`, { disableWarnings: true });
  connectFirestoreEmulator(db, ...at('FIRESTORE_EMULATOR_HOST'));
  connectFunctionsEmulator(functions, ...at('FUNCTIONS_EMULATOR_HOST'));
  await auth.createUser({ uid });
  await signInWithCustomToken(client, await auth.createCustomToken(uid));
  const states: (PrivacyState | null)[] = [];
  const stop = onPrivacyState({ auth: client, db }, (state) => void states.push(state));
  opened.push(async () => {
    stop();
    await terminate(db);
    await deleteApp(app);
  });
  const stateThat = (holds: (state: PrivacyState | null) => boolean) =>
    eventually(
      async () => states.at(-1) ?? null,
      (state) => states.length > 0 && holds(state),
    );
  /** The app writes a usage event; the answer is the code of its refusal. */
  const track = (): Promise<string> =>
    setDoc(doc(db, `users/${uid}/usageEvents/${freshUid()}`), { createdAt: serverTimestamp() }).then(
      () => 'taken',
      (error: unknown) => String((error as { code?: unknown }).code),
    );
  return { uid, auth: client, db, functions, stateThat, track };
}
