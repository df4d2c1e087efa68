import { describe, expect, it } from 'vitest';
import { openLink } from '../../../../functions/src/rights/ways/openLink.ts';
import { momentsOfTheDay } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import {
  answer,
  ask,
  brevoUrl,
  contactOf,
  context,
  headOf,
  mailsTo,
  person,
  recordOf,
  request,
  requests,
  statesOf,
  time,
  useObjections,
  work,
} from './objection.world.ts';

useObjections();

const faults = (list: readonly object[]) =>
  fetch(`${brevoUrl()}/_control/faults`, { method: 'PUT', body: JSON.stringify(list) });

describe('an objection to direct marketing, if something fails', () => {
  it.each(['500', '429', 'garbage', 'reset-before', 'reset-after'])(
    'at Brevo (%s): it is in the ledger at once, answered when Brevo has it, and said to nobody before',
    async (kind) => {
      const { uid, email } = await person();
      await answer(uid, true);
      await work();
      await faults([
        { method: 'GET', path: '/v3/contacts/*', kind, times: 3 },
        { method: 'PUT', path: '/v3/contacts/*', kind, times: 2 },
      ]);
      await ask(uid, { marketing: true });
      await work(1);
      expect((await headOf(uid)).current['messages']).toBe('objected');
      expect(await mailsTo(email)).toEqual([]);
      expect(await recordOf(uid)).toMatchObject({ status: 'in_progress' });
      for (let hours = 0; hours < 12; hours++) {
        time.now += 3_600_000;
        await work();
      }
      expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
      expect(await mailsTo(email)).toHaveLength(1);
      expect(await recordOf(uid)).toMatchObject({ status: 'completed' });
    },
  );

  it.each(momentsOfTheDay(4, 24))('in the database, at the write %i: it ends the same, once', async (moment) => {
    const { uid, email } = await person();
    await answer(uid, true);
    await work();
    const databases = [context.clients.app(), context.clients.own()];
    // The person's own document is there before the event of it comes.
    const deliver = await request(uid, { marketing: true });
    await runDying(
      moment,
      databases,
      async () => {
        await deliver();
        await work();
      },
      'writes',
    );
    // The event comes again, and the leases of what died end.
    await deliver();
    for (let hours = 0; hours < 3; hours++) {
      time.now += 3_600_000;
      await work();
    }
    expect((await statesOf(uid)).filter((one) => one === 'messages objected')).toHaveLength(1);
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
    expect(await recordOf(uid)).toMatchObject({ status: 'completed' });
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('a contact that somebody subscribes again at that moment is not said to be stopped', async () => {
    const { uid, email } = await person();
    await answer(uid, true);
    await work();
    await ask(uid, { marketing: true });
    const { contacts } = await context.clients.brevo();
    const [look, change] = [contacts.getContactInfo.bind(contacts), contacts.updateContact.bind(contacts)];
    let isOn = true;
    const changeBack = async (...call: Parameters<typeof change>) => {
      await change(...call);
      if (isOn) await change({ identifier: email, identifierType: 'email_id', emailBlacklisted: false });
    };
    Object.assign(contacts, { updateContact: changeBack });
    await work(2);
    expect(await mailsTo(email)).toEqual([]);
    isOn = false;
    Object.assign(contacts, { updateContact: change, getContactInfo: look });
    time.now += 3_600_000;
    await work();
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
    expect(await mailsTo(email)).toHaveLength(1);
  });
});

it('a visit that fails says so, and the link works afterwards', async () => {
  const { uid, email } = await person();
  await answer(uid, true);
  await work();
  const token = (await contactOf(email))?.attributes['OBJECTION_LINK']?.split('/').at(-1) ?? '';
  const visit = () => openLink(context, { method: 'POST', token, language: 'en' });
  await expect(runDying(0, [context.clients.own()], visit, 'writes')).resolves.toBe(true);
  expect(await requests()).toEqual([]);
  expect((await visit()).status).toBe(200);
  await work();
  expect((await headOf(uid)).current['messages']).toBe('objected');
});
