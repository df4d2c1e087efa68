import * as z from 'zod/mini';

// A compiled shape pays after hundreds of values; most instances of a function judge a few.
z.config({ jitless: true });

/**
 * Builds a shape when it first judges something: a cold start builds those that its event needs.
 * Deployed code builds its shapes with `zod/mini`, which loads in a quarter of the time of `zod`.
 *
 * @returns the shape, the same one each time
 * @example const answer = lazily(() => z.strictObject({ granted: z.boolean() }));
 *   answer().safeParse(value);
 */
export function lazily<T extends object>(build: () => T): () => T {
  let shape: T | undefined;
  return () => (shape ??= build());
}
