import type { BackendChoice } from '../../emulator/backend.ts';
import { startSuite } from '../../emulator/suite.ts';

/**
 * Starts a suite of its own in which another policy than AMIKEO's is deployed. The kit is loaded
 * after that, so that it speaks with this suite: a test imports none of it by itself.
 *
 * @param policy the folder of the policy below `functions/policies`
 */
export async function suiteWith(policy: string) {
  const outer = { ...process.env };
  const firestore = (process.env['FIRESTORE_BACKEND'] ?? 'auto') as BackendChoice;
  const suite = await startSuite({ ports: 'auto', project: `demo-${policy}`, firestore, policy });
  Object.assign(process.env, suite.env);
  const [kit, people, jobs, providers, exported, traces] = await Promise.all([
    import('./suite.ts'),
    import('./person.ts'),
    import('./jobs.ts'),
    import('./providers.ts'),
    import('../emulator/exported.ts'),
    import('./traces.ts').then(({ tracesOf }) => ({ tracesOf })),
  ]);
  return {
    ...{ ...exported, ...kit, ...people, ...jobs, ...providers, ...traces },
    stop: async (): Promise<void> => {
      await suite.stop();
      process.env = outer;
    },
  };
}
