import { deleteApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInWithEmailAndPassword, signOut, type Auth, type User } from 'firebase/auth';
import { connectFirestoreEmulator, getFirestore, setLogLevel, terminate, type Firestore } from 'firebase/firestore';
import type { Purpose } from '../client/index.ts';
import type { Person } from '../fixtures/index.ts';
import type { Stage } from './stage.ts';

/** An app on a person's tablet: the client SDK, signed in, bound by the rules. */
export interface App {
  readonly db: Firestore;
  readonly auth: Auth;
  readonly user: User;
  close(): Promise<void>;
}

/** A purpose of AMIKEO's policy, which the demo lives through, whichever is deployed. */
export const purposeOf = (id: string): Purpose => id as Purpose;

function address(env: Stage['suite']['env'], name: string): { host: string; port: number } {
  const url = new URL(`http://${env[name] ?? ''}`);
  return { host: url.hostname, port: Number(url.port) };
}

let opened = 0;

export async function openApp(stage: Stage, person: Person): Promise<App> {
  const { email, password } = person.account;
  if (email === undefined || password === undefined) throw new Error('this person has no e-mail to sign in with');
  const { env } = stage.suite;
  setLogLevel('silent'); // Some flows show a refused write: the SDK must not log it.
  const app = initializeApp({ projectId: env['GCLOUD_PROJECT'] ?? '', apiKey: 'local' }, `demo-${++opened}`);
  const auth = getAuth(app);
  const authAt = address(env, 'FIREBASE_AUTH_EMULATOR_HOST');
  connectAuthEmulator(auth, `http://${authAt.host}:${authAt.port}`, { disableWarnings: true });
  const db = getFirestore(app);
  const firestoreAt = address(env, 'FIRESTORE_EMULATOR_HOST');
  connectFirestoreEmulator(db, firestoreAt.host, firestoreAt.port);
  const { user } = await signInWithEmailAndPassword(auth, email, password);
  return {
    db,
    auth,
    user,
    close: async () => {
      await terminate(db);
      await signOut(auth).catch(() => undefined); // the account may be gone by now
      await deleteApp(app);
    },
  };
}
