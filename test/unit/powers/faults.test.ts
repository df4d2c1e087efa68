import { describe, expect, it } from 'vitest';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { runDying } from '../../kit/dying.ts';
import { Family } from './family.ts';

/**
 * A process that dies at any of its writes. The call, or the event, comes again, and everything is
 * as if nothing had happened: recorded once, told, and no more begun than the person's word allows.
 */

/** Everything that the history left, without ids of jobs. */
async function left(family: Family, id: string) {
  const record = await family.recorded(id);
  return {
    entries: await family.entries(),
    status: (await family.shown(id))?.['status'] as unknown,
    ...{ waitingFor: record?.waitingFor, say: record?.onBehalf?.say, jobs: await family.jobs() },
  };
}

const MOST = 30;
/** A lease ends, so that another task takes over. */
const HOUR = 1 / 24;

it('a death in the job on the day on which it goes on leaves one request that has begun', async () => {
  const lived = async (dies: number | null) => {
    const family = new Family();
    await family.power('mother', 'parentalAuthority');
    const id = await family.asked('mother', 'portability');
    await family.runJobs();
    const died = await runDying(dies, [family.context.app, family.context.own], () => family.days(8), 'writes');
    for (let more = 0; more < 3; more++) await family.days(HOUR);
    return { died, left: await left(family, id) };
  };
  const whole = await lived(null);
  expect(whole.left).toMatchObject({ status: 'in_progress', jobs: ['export', 'held'] });
  let deaths = 0;
  for (let moment = 0; moment < MOST; moment++) {
    const one = await lived(moment);
    expect([moment, one.left]).toEqual([moment, whole.left]);
    if (!one.died) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(3);
});

describe.each<[string, RequestType, 'agrees' | 'disagrees']>([
  ['a yes to a copy', 'access', 'agrees'],
  ['a no to an erasure', 'erasure', 'disagrees'],
  ['a no to a restriction', 'restriction', 'disagrees'],
])('%s', (_, type, say) => {
  async function lived(dies: number | null, at: 'ask' | 'word') {
    const family = new Family();
    await family.power('mother', 'parentalAuthority');
    const databases = [family.context.app, family.context.own];
    const call = () => family.ask('mother', type, { requestId: 'the-same-call' });
    const died = await runDying(at === 'ask' ? dies : null, databases, call, 'writes');
    const id = await family.asked('mother', type, { requestId: 'the-same-call' });
    const word = await family.write(id, { say });
    const diedToo = await runDying(at === 'word' ? dies : null, databases, word, 'writes');
    await word();
    return { died: died || diedToo, left: await left(family, id) };
  }

  it.each(['ask', 'word'] as const)('is the same after a death at any write of the %s', async (at) => {
    const whole = await lived(null, at);
    let deaths = 0;
    for (let moment = 0; moment < MOST; moment++) {
      const one = await lived(moment, at);
      expect([moment, one.left]).toEqual([moment, whole.left]);
      if (!one.died) break;
      deaths += 1;
    }
    expect(deaths).toBeGreaterThan(3);
    expect(deaths).toBeLessThan(MOST);
  });
});
