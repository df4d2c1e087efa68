import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OwnPlace } from '../../../../functions/src/policy/own/place.ts';
import { DEVICE_PLACE, OWN_PLACES } from '../../../../functions/src/policy/own/places.ts';
import { readFunctions, ROOT } from './code.ts';
import { objectWrites, UNKNOWN, type ObjectWrite } from './objectNames.ts';

/**
 * The list of the backend's places (policy/own/places.ts) against the code itself, read with its
 * types: objects of buckets. A place that the list lacks would survive every erasure.
 */

const { program, sources } = readFunctions();

describe('every object that the functions write is in the list of own places', () => {
  const writes = objectWrites(program, sources).map((write) => ({ ...write, file: relative(ROOT, write.file) }));
  /** The beginning of the names in a place, with its bucket: `exports` and `exports/`. */
  const places = [...Object.values(OWN_PLACES), DEVICE_PLACE].flatMap((place: OwnPlace) =>
    place.system === 'storage'
      ? [{ bucket: place.bucket ?? 'app', prefix: /^[^{*]*/.exec(place.path)?.[0] ?? '' }]
      : [],
  );
  const isIn = (write: ObjectWrite, place: (typeof places)[number]): boolean =>
    write.bucket === place.bucket && write.name.startsWith(place.prefix);

  it('each call that writes is read back to the bucket and the beginning of the name', () => {
    expect(new Set(writes.map(({ file }) => file)).size).toBeGreaterThan(3);
    expect(writes.filter(({ bucket, name }) => bucket === UNKNOWN || name.startsWith(UNKNOWN))).toEqual([]);
  });

  it('each prefix that is written is there, in its bucket', () => {
    expect(writes.filter((write) => !places.some((place) => isIn(write, place)))).toEqual([]);
  });

  it('no prefix is listed in which nothing is written', () => {
    expect(places.length).toBeGreaterThan(2);
    expect(places.filter((place) => !writes.some((write) => isIn(write, place)))).toEqual([]);
  });
});
