import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';

/**
 * Gives a context a new pseudonym key, as a deployment does. The older ones stay. Copies of the
 * context have it too.
 */
export function changeKey({ keys }: { readonly keys: PseudonymKeys }): void {
  const current = keys.current + 1;
  Object.assign(keys, { current, keys: { ...keys.keys, [current]: `key ${current} for tests` } });
}
