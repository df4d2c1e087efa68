import type { OwnStore } from '../platform/context.ts';
import { loadRequest, type RequestRecord } from './store.ts';

/**
 * Finds a request under the first of some names of a person's chain, with that name; null if there
 * is none. One read for each name.
 *
 * @param keyOf its key under a name
 * @throws PermanentError `seal.broken`
 */
export async function recordUnder(
  store: OwnStore,
  chains: readonly string[],
  keyOf: (chain: string) => string,
): Promise<{ readonly chain: string; readonly record: RequestRecord } | null> {
  for (const chain of chains) {
    const record = await loadRequest(store, keyOf(chain));
    if (record !== null) return { chain, record };
  }
  return null;
}
