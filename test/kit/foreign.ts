import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll } from 'vitest';
import { chooseBackend, type BackendChoice } from '../../emulator/backend.ts';
import { disk } from '../../emulator/processes/disk.ts';
import { startSuite } from '../../emulator/suite.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { DAY_MS } from '../../functions/src/platform/time.ts';

const { env } = process;

/** The Firestore of the suites that a test starts: as FIRESTORE_BACKEND says, or as it is there. */
export const { backend } = chooseBackend((env['FIRESTORE_BACKEND'] ?? 'auto') as BackendChoice, { disk, env });

/**
 * Starts a suite of its own, with another policy or other settings. The kit is loaded after that,
 * so that it speaks with this suite: a test imports none of it by itself.
 *
 * @param policy the folder of the policy below `functions/policies`
 */
async function suiteWith(policy: string, params: Readonly<Record<string, string>>) {
  const outer = { ...process.env };
  const suite = await startSuite({ ports: 'auto', project: `demo-${policy}`, firestore: backend, policy, params });
  Object.assign(process.env, suite.env);
  const [kit, people, jobs, providers, exported, traces, { call }] = await Promise.all([
    import('./suite.ts'),
    import('./person.ts'),
    import('./jobs.ts'),
    import('./providers.ts'),
    import('../emulator/export/exported.ts'),
    import('./traces.ts').then(({ tracesOf }) => ({ tracesOf })),
    import('../emulator/rights/callable.ts'),
  ]);
  return {
    ...{ ...exported, ...kit, ...people, ...jobs, ...providers, ...traces, call },
    stop: async (): Promise<void> => {
      await suite.stop();
      process.env = outer;
    },
  };
}

type Suite = Awaited<ReturnType<typeof suiteWith>>;

/**
 * Starts a suite of its own for the tests of a file, and stops it after them.
 *
 * @param params parameters of the functions with another value than the suite's
 * @returns the suite, once the tests run
 */
export function useSuiteWith(policy: string, params: Readonly<Record<string, string>> = {}): () => Suite {
  let suite: Suite;
  beforeAll(async () => {
    suite = await suiteWith(policy, params);
  });
  afterAll(() => suite.stop());
  return () => suite;
}

/** A moment so many days ago. */
export const ago = (days: number): Timestamp => Timestamp.fromMillis(Date.now() - days * DAY_MS);

/** A consent document of a policy, as its app writes it now. */
export const answer = ({ version }: Policy, granted: boolean) => ({
  granted,
  policyVersion: version,
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
});

/**
 * Deletes the account of a person, and waits for their erasure. The jobs that end later what is
 * retained have to name the person: they are not counted as traces.
 *
 * @param names texts that name the person
 * @returns the outcomes that the erasure reports, and the places that still hold one of the names
 */
export async function erased(
  { auth, eventually, jobOf, tracesOf }: Suite,
  { uid, chain }: { readonly uid: string; readonly chain: string },
  names: readonly string[],
) {
  await auth.deleteUser(uid);
  const job = await eventually(
    () => jobOf(chain),
    (one) => one?.status === 'completed',
  );
  const sleeps = `jobs/${job?.id ?? ''}_until_`;
  return {
    outcomes: Object.values(job?.steps ?? {}).flatMap((step) => step.outcomes),
    traces: (await tracesOf(names)).filter((place) => !place.startsWith(sleeps)),
  };
}
