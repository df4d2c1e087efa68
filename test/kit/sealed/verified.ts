import { verifyAll } from '../../../functions/src/checkpoints/verify.ts';
import type { Context } from '../../../functions/src/platform/context.ts';

/** The problems of all chains, and of all statements. */
export async function problemsOf({ clients, policy, keys, now }: Context): Promise<string[] | undefined> {
  const lines = await Array.fromAsync(verifyAll(clients.own(), { policy, now: now(), keys }));
  return lines.at(-1)?.verified.problems.map(({ problem }) => problem);
}
