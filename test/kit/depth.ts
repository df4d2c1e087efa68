import { seedOfTheDay } from './preload/seed.ts';

/**
 * How deep a test goes. A file `*.sampled.test.ts` is in `npm test` with a sample of its cases and
 * in `npm run test:all` with all of them; a file `*.all.test.ts` is in the second only.
 */

export { seedOfTheDay };

/** True in `npm run test:all`. */
export const isAll = process.env['COMPLIANCE_TESTS'] === 'all';

/** How often something is tried. */
export const times = (sample: number, all: number): number => (isAll ? all : sample);

/** Takes each nth item as a sample, from the first on. */
export const eachNth = <T>(n: number, items: readonly T[]): readonly T[] =>
  isAll ? items : items.filter((_, index) => index % n === 0);

/**
 * Takes each nth item as a sample; each day begins with the next one, so that all have their turn.
 */
export const ofTheDay = <T>(n: number, items: readonly T[]): readonly T[] =>
  isAll ? items : items.filter((_, index) => index % n === seedOfTheDay % Math.min(n, items.length));

/** Numbers moments from 0, and takes each nth of them: other ones each day. */
export const momentsOfTheDay = (n: number, count: number): readonly number[] =>
  ofTheDay(
    n,
    Array.from({ length: count }, (_, moment) => moment),
  );

/** Takes at most so many of the items, spread evenly: other ones each day. */
export function shareOfTheDay<T>(most: number, items: readonly T[]): readonly T[] {
  const n = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, index) => index % n === seedOfTheDay % n);
}
