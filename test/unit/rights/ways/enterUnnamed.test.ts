import { describe, expect, it } from 'vitest';
import { pauseRequest } from '../../../../functions/src/rights/answers/clock.ts';
import { listOpen } from '../../../../functions/src/rights/answers/list.ts';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { replyRunner } from '../../../../functions/src/rights/answers/steps.ts';
import { showRequest } from '../../../../functions/src/rights/answers/show.ts';
import { writeCopy } from '../../../../functions/src/rights/ways/copy.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { runnerOf } from '../../../../functions/src/jobs/define.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { requestTypes } from '../../../../functions/src/requests/request.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { runDying } from '../../../kit/dying.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { memoryStore } from '../../export/helpers.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { eachInWorld, letter } from './letters.ts';

/** Letters of people who name neither an account nor an address. */

let world: World;
eachInWorld((made) => {
  world = made;
});

const OFFICER = `v1_${'o'.repeat(43)}`;
const details = { text: 'My name is wrong.', country: 'BE' };
const unnamed = (more: Partial<Entry> = {}): Entry => ({
  ...{ channel: 'letter', receivedAt: NOW - 5 * DAY_MS, type: 'rectification', details },
  ...{ power: 'self', method: 'papers', proven: true, reference: '2026-17' },
  ...more,
});
const enter = (entry: Entry) => enterRequest(world.context, entry, OFFICER);
const found = (key: string) => requestNamed(world.context, key);
const idsOf = async (collection: string) =>
  (await world.context.clients.own().collection(collection).get()).docs.map(({ id }) => id);

describe('a letter that names neither an account nor an address', () => {
  it.each(requestTypes)(
    'waits for an officer with its clock, whatever it asks (%s), and nothing acts by it',
    async (type) => {
      const { key, record, findings } = await enter(unnamed({ type }));
      expect(record).toMatchObject({ type, status: 'waiting', waitingFor: 'officer' });
      expect(record.entered).toMatchObject({
        by: OFFICER,
        reference: '2026-17',
        unnamed: true,
        identity: { method: 'papers' },
      });
      expect(record.dueAt.toDate().toISOString()).toBe('2026-06-27T00:00:00.000Z');
      expect([findings, await idsOf('jobs'), await idsOf('subjects'), await idsOf('ledger')]).toEqual([
        undefined,
        [],
        [],
        [],
      ]);
      expect((await listOpen(world.context)).requests.map((one) => one.key)).toEqual([key]);
      const shown = await showRequest(world.context, await found(key));
      expect(shown).toMatchObject({ uid: '', details: { known: details }, jobs: [] });
      expect(shown).not.toHaveProperty('address');
      expect(await writeCopy(world.context, await found(key), memoryStore())).toMatchObject({ ok: false });
    },
  );

  it('is one however often it is entered, and another letter of that day is another one', async () => {
    const { key } = await enter(unnamed());
    expect(await enter(unnamed())).toMatchObject({ key, before: true });
    expect((await enter(unnamed({ reference: '2026-18' }))).key).not.toBe(key);
    expect(await idsOf('requests')).toHaveLength(2);
  });

  it('is answered on a printed page alone: no app and no e-mail is said to have it', async () => {
    const { key } = await enter(unnamed());
    const planned = await planReply(world.context, await found(key), { order: { kind: 'answered', result: 'done' } });
    if (!planned.ok) throw new Error(planned.because);
    expect(planned.reply).toMatchObject({ app: false, mail: false });
    expect(planned.reply.text).toContain('dataprotectionauthority.be');
    expect(await sendReply(world.context, await found(key), planned.reply, OFFICER)).toMatchObject({ ok: true });
    for (const id of await idsOf('jobs'))
      await runJob(world.context, { request: async (context) => runnerOf(replyRunner(context)) }, id);
    expect(await loadRequest(world.context, key)).toMatchObject({
      ...{
        status: 'completed',
        reply: { kind: 'answered', by: OFFICER, end: 'noAddress' },
        details: { country: 'BE' },
      },
    });
  });
});

describe('the same letter, entered with a person later', () => {
  const email = 'zoe.letter@example.com';

  it.each(['an address', 'an account'] as const)(
    'goes on as the request of %s: its clock and its words stay, and only one is open',
    async (of) => {
      const former = await enter(unnamed({ method: 'none', proven: false }));
      const pause = { from: NOW - 2 * DAY_MS, reason: 'identity', officer: OFFICER } as const;
      expect(await pauseRequest(world.context, await found(former.key), pause)).toMatchObject({ ok: true });
      if (of === 'an account') world.sign('zoe', { email, emailVerified: true });
      const { key, record } = await enter(unnamed({ person: { email } }));
      expect(record).toMatchObject({ status: 'waiting', details, entered: { reference: '2026-17' } });
      expect(record.pauses).toMatchObject([{ reason: 'identity' }]);
      expect(record.entered).not.toHaveProperty('unnamed');
      expect(await loadRequest(world.context, former.key)).toMatchObject({ status: 'cancelled', reason: 'identified' });
      expect((await listOpen(world.context)).requests.map((one) => one.key)).toEqual([key]);
    },
  );

  it('loses no clock and leaves one open request if the process died anywhere, and it is entered again', async () => {
    for (let moment = 0; moment < 10; moment++) {
      const reference = `2026-9${moment}`;
      const person = { email: `zoe.letter${moment}@example.com` };
      const former = await enter(unnamed({ reference }));
      await pauseRequest(world.context, await found(former.key), { from: NOW, reason: 'identity', officer: OFFICER });
      const databases = [world.context.clients.own(), world.context.clients.app()];
      await runDying(moment, databases, () => enter(unnamed({ reference, person })));
      const { key } = await enter(unnamed({ reference, person }));
      const { requests } = await listOpen(world.context);
      const open = requests.filter(({ record }) => record.entered?.reference === reference);
      expect(open.map((one) => one.key)).toEqual([key]);
      expect(open[0]?.record.pauses).toHaveLength(1);
    }
  });

  it('ends no other letter: neither without the reference nor of another day', async () => {
    const former = await enter(unnamed());
    await enter({ ...letter({ person: { email }, type: 'rectification' }) });
    await enter(unnamed({ person: { email }, receivedAt: NOW - DAY_MS }));
    expect(await loadRequest(world.context, former.key)).toMatchObject({ status: 'waiting' });
  });
});
