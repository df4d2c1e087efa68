import type { PseudonymKeys } from '../../../functions/src/platform/keys.ts';

/** Gives a context a new pseudonym key, as a deployment does. The older ones stay. */
export function changeKey(context: { readonly keys: PseudonymKeys }): void {
  const current = context.keys.current + 1;
  Object.assign(context, { keys: { current, keys: { ...context.keys.keys, [current]: `key ${current} for tests` } } });
}
