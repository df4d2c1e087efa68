import { beforeAll, describe, expect, it } from 'vitest';
import { eachNth } from '../../kit/depth.ts';
import { forgeryWorld, type Kind, type World } from '../../forgeries/world.ts';

/**
 * A writer of every document of the backend's database, without a key. Each field of each kind of
 * document gets another value, another type, is missing or added, or is copied from another person
 * or from an older time. Each forgery is named by a check, or refused by the step that would act on
 * it.
 */
describe('a forged document', () => {
  let world: World;
  beforeAll(async () => void (world = await forgeryWorld()));

  it('is tried of each kind, hundreds of them', () => {
    const kinds = new Set<Kind>(world.forgeries.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      [
        ...['ageBand', 'entry', 'guardianship', 'head', 'identity'],
        ...['job', 'known', 'legalHold', 'request', 'restriction'],
      ].sort(),
    );
    expect(world.forgeries.length).toBeGreaterThan(500);
  });

  it('is never believed', async () => {
    const believed: string[] = [];
    for (const forgery of eachNth(8, world.forgeries))
      if ((await world.tell(forgery)) === 'believed') believed.push(`${forgery.kind}: ${forgery.field} ${forgery.how}`);
    expect(believed).toEqual([]);
  });
});
