import { describe, expect, it } from 'vitest';
import { planReply, sendReply } from '../../../../functions/src/rights/answers/reply.ts';
import { showRequest } from '../../../../functions/src/rights/answers/show.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { finishRequestsOf } from '../../../../functions/src/requests/erased.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import type { World } from '../../erasure/memory.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { accountOf, eachInWorld, letter } from './letters.ts';

/** The person's words and choices in a request that an officer enters. */

let world: World;
eachInWorld((made) => {
  world = made;
});

let number = 0;
const account = () => accountOf(world, `told${(number += 1)}`);
const stranger = () => ({ email: `told${(number += 1)}@example.com` });
const details = { text: 'My name is wrong.', correction: 'Ada', country: 'BE' };
const entry = (more: Parameters<typeof letter>[0]) => letter({ type: 'rectification', ...more });
const enter = async (more: Parameters<typeof entry>[0]) =>
  (await enterRequest(world.context, entry({ details, ...more }))).key;
const found = (key: string, uid?: string) => requestNamed(world.context, key, uid);
const keptOf = async (key: string) => (await loadRequest(world.context, key))?.details;
async function answer(key: string, uid?: string): Promise<string> {
  const one = await found(key, uid);
  const planned = await planReply(world.context, one, { order: { kind: 'answered', result: 'done' } });
  if (!planned.ok) throw new Error(planned.because);
  expect(await sendReply(world.context, one, planned.reply)).toMatchObject({ ok: true });
  return planned.reply.text;
}

describe('the details of an entered request', () => {
  it.each(['an account', 'an address'])(
    'of %s are shown, decide about the authority, and go when it closes',
    async (of) => {
      const person = of === 'an account' ? account() : stranger();
      const key = await enter({ person });
      const uid = 'uid' in person ? person.uid : undefined;
      expect((await showRequest(world.context, await found(key, uid))).details).toEqual({ known: details, ignored: 0 });
      const text = await answer(key, uid);
      expect(text).toContain('dataprotectionauthority.be');
      expect(await keptOf(key)).toEqual({ country: 'BE' });
    },
  );

  it('stand in the record alone: an app shows nothing that somebody else typed', async () => {
    const { uid } = account();
    await enter({ person: { uid } });
    const [shown] = (await world.context.clients.app().collection(`users/${uid}/privacyRequests`).get()).docs;
    expect(shown?.get('status')).toBe('waiting');
    expect(shown?.data()).not.toHaveProperty('details');
  });

  it.each(['an account', 'an address'])('of %s stay when a doubted one is proven without them', async (of) => {
    const person = of === 'an account' ? account() : stranger();
    const doubted = entry({ person, details, method: 'none', proven: false });
    const { key } = await enterRequest(world.context, doubted);
    expect(await keptOf(key)).toEqual(details);
    expect((await enterRequest(world.context, entry({ person }))).record).toMatchObject({ details, status: 'waiting' });
    expect(await keptOf(key)).toEqual(details);
    await enterRequest(world.context, entry({ person, details: { text: 'Another letter.' } }));
    expect(await keptOf(key)).toEqual(details);
  });

  it('go when their erasure is answered in part: nothing else of the person is left here', async () => {
    const { uid } = account();
    const type = 'erasure';
    const key = await enter({ person: { uid }, type, details: { text: 'Delete all, Ada.', country: 'BE' } });
    expect(await keptOf(key)).toHaveProperty('text');
    const { pseudonym } = (await loadRequest(world.context, key)) ?? { pseudonym: '' };
    await finishRequestsOf(world.context, { uid, pseudonym, accountCreatedAt: null }, { open: 1 }, 'inPart');
    expect(await loadRequest(world.context, key)).toMatchObject({ status: 'in_progress', details: { country: 'BE' } });
    expect(await keptOf(key)).not.toHaveProperty('text');
  });
});
