import { describe, expect, it } from 'vitest';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import {
  answer,
  ask,
  context,
  headOf,
  person,
  recordOf,
  statesOf,
  time,
  useObjections,
  work,
} from './objection.world.ts';

useObjections();

const entry = (more: Partial<Entry>): Entry => ({
  ...{ channel: 'letter', receivedAt: time.now, type: 'objection', power: 'self', reference: '2026-17' },
  ...{ method: 'papers', proven: true, ...more },
});
const marketing = { details: { marketing: true } } as const;

/** The officer's order of a reply; the reason for which there is none. */
async function reply(key: string, order: Order): Promise<string> {
  const found = await findRequest(context, key);
  if (typeof found === 'string') throw new Error(found);
  const planned = await planReply(context, found, { order });
  return planned.ok ? 'ok' : planned.because;
}
const DONE = { kind: 'answered', result: 'done' } as const;
const OUTWEIGHED = { kind: 'refused', reason: 'compellingGround' } as const;

describe('Art. 21(3): a letter against direct marketing', () => {
  it('that named nobody is carried out once it is entered with the person', async () => {
    const { uid } = await person();
    await answer(uid, true);
    time.now += 1000;
    const unnamed = entry(marketing);
    const { key } = await enterRequest(context, unnamed);
    expect([await reply(key, DONE), await reply(key, OUTWEIGHED)]).toEqual(['notCarriedOut', 'notCarriedOut']);
    expect(await reply(key, { kind: 'refused', reason: 'unidentified' })).toBe('ok');
    time.now += 1000;
    await enterRequest(context, entry({ receivedAt: unnamed.receivedAt, person: { uid } }));
    await work();
    expect((await headOf(uid)).current['messages']).toBe('objected');
  });

  it.each(['an account', 'an address alone'])(
    'that was first entered without that word begins with it, of %s; entered again it is one',
    async (whose) => {
      const { uid, email } = await person();
      const someone = whose === 'an account' ? { uid } : { email: 'without.account@example.com' };
      const first = entry({ person: someone });
      const { key, record } = await enterRequest(context, first);
      expect(record).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
      for (let times = 0; times < 2; times++) {
        const again = await enterRequest(context, { ...first, ...marketing });
        expect([again.key, again.before, again.record.status]).toEqual([key, times > 0, 'in_progress']);
      }
      await work();
      if ('email' in someone) expect(await isSuppressed(context, someone.email)).toBe(true);
      else expect((await statesOf(uid)).filter((state) => state === 'messages objected')).toHaveLength(1);
      expect(email).toContain(uid);
    },
  );

  it('of a letter by which a purpose is paused already is refused, and not lost without a word', async () => {
    const { uid } = await person();
    const first = entry({ person: { uid }, details: { purpose: 'hosting' } });
    await enterRequest(context, first);
    await expect(enterRequest(context, { ...first, ...marketing })).rejects.toMatchObject({ code: 'request.entry' });
  });

  it('that is queued is refused for no reason, and weighed against nothing', async () => {
    const { uid } = await person();
    for (let n = 0; n < 6; n++) await ask(uid, { marketing: true }, `r${n}`);
    const queued = await recordOf(uid, 'r5');
    expect(queued).toMatchObject({ status: 'queued' });
    const { requestKey } = await import('../../../../functions/src/requests/request.ts');
    const key = requestKey(queued?.pseudonym ?? '', 'r5', context.keys);
    expect([await reply(key, OUTWEIGHED), await reply(key, DONE)]).toEqual(['notCarriedOut', 'queued']);
  });
});
