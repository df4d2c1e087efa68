import { beforeAll, describe, expect, it } from 'vitest';
import { ofTheDay } from '../../kit/depth.ts';
import { forgeryWorld, type Kind, type Told, type World } from '../../forgeries/world.ts';

/**
 * A writer of every document of the backend's database, without a key. Each member of each kind of
 * document, however deep, gets another value, another type, is missing or added, or is copied from
 * another person or from an older time. Each forgery is named by a check, or refused by the step
 * that would act on it. An older version of a whole document has its own right seal, and does no
 * harm.
 */
describe('a forged document', () => {
  let world: World;
  beforeAll(async () => void (world = await forgeryWorld()));

  it('is tried of each kind, hundreds of them', () => {
    const kinds = new Set<Kind>(world.forgeries.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(
      [
        ...['ageBand', 'entry', 'guardianship', 'head', 'identity', 'inactivity'],
        ...['job', 'known', 'legalHold', 'mark', 'request', 'restriction'],
      ].sort(),
    );
    expect(world.forgeries.length).toBeGreaterThan(1800);
  });

  it('is never believed', async () => {
    const believed: string[] = [];
    for (const forgery of ofTheDay(16, world.forgeries))
      if ((await world.tell(forgery)) === 'believed') believed.push(`${forgery.kind}: ${forgery.field} ${forgery.how}`);
    expect(believed).toEqual([]);
  });

  it('reaches the members of maps and lists, down to those of the steps of a job', () => {
    const places = world.forgeries.filter(({ kind }) => kind === 'job').map(({ field }) => field);
    for (const place of ['order.0', 'order.1', 'steps.begin.state', 'steps.identify.after.0', 'input.starts.0'])
      expect(places).toContain(place);
  });

  it('is an older version of a whole document: named, refused, or without effect, as docs/seals.md says', async () => {
    const older = world.forgeries.filter(({ how, field }) => how === 'of an older time' && field === '*');
    const told: [Kind, Told][] = [];
    for (const forgery of older) told.push([forgery.kind, await world.tell(forgery)]);
    expect(Object.fromEntries(told)).toEqual({
      ...{ head: 'named', ageBand: 'named', guardianship: 'named', legalHold: 'named', restriction: 'named' },
      ...{ inactivity: 'refused' },
      ...{ job: 'withoutEffect', request: 'withoutEffect', known: 'withoutEffect', identity: 'withoutEffect' },
      ...{ mark: 'withoutEffect', entry: 'withoutEffect' },
    });
  });
});
