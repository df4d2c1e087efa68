import { describe, expect, it } from 'vitest';
import { openLink } from '../../../../functions/src/rights/ways/openLink.ts';
import { emailHash } from '../../../../functions/src/subject/emails.ts';
import { marketingToken, readMarketingToken } from '../../../../functions/src/subject/marketingLink.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { provenEmail } from '../../../kit/proven.ts';
import { CREATED } from '../../erasure/memory.ts';
import {
  answer,
  chainOf,
  contactOf,
  context,
  headOf,
  person,
  requests,
  statesOf,
  time,
  useObjections,
  work,
  world,
} from './objection.world.ts';

useObjections();

const visit = (method: string, token: string) => openLink(context, { method, token, language: 'en' });

/** Somebody who has said yes to messages, with the token of the link in them. */
async function reader(): Promise<{ uid: string; email: string; token: string }> {
  const { uid, email } = await person();
  await answer(uid, true);
  await work();
  const url = (await contactOf(email))?.attributes['OBJECTION_LINK'] ?? '';
  expect(url).toMatch(/^https:\/\/links\.example\/compliance-links\/m1\.[A-Za-z0-9_-]+$/);
  return { uid, email, token: url.split('/').at(-1) ?? '' };
}

/** Everything of the backend's own that a visit could change. */
async function state(): Promise<string> {
  const found = [];
  for (const name of ['ledger', 'jobs', 'requests', 'suppressions', 'links'])
    for (const one of (await context.clients.own().collection(name).get()).docs) found.push([one.id, one.data()]);
  return JSON.stringify(found);
}

describe('the link in each marketing message (Art. 21(4))', () => {
  it('opens a page without script; looking at it changes nothing, however often', async () => {
    const { token } = await reader();
    const before = await state();
    for (const method of ['GET', 'HEAD', 'GET']) {
      const { status, page } = await visit(method, token);
      expect([status, page.includes('<form method="post">'), /<script/i.test(page)]).toEqual([200, true, false]);
    }
    expect(await state()).toBe(before);
  });

  it('objects with its button to the messages and the profiling that serves them, and to nothing else', async () => {
    const { uid, email, token } = await reader();
    await answer(uid, true, 'interestBasedAdvertising');
    const { status, page } = await visit('POST', token);
    expect([status, page.includes('stopping our advertising')]).toEqual([200, true]);
    await work();
    expect((await headOf(uid)).current).toEqual({
      ...{
        messages: 'objected',
        userDatabase: 'objected',
        marketingAutomation: 'objected',
        interestBasedAdvertising: 'given',
      },
    });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
    expect(await requests()).toMatchObject([{ type: 'objection', channel: 'message', status: 'completed' }]);
  });

  it('pressed again while the objection stands adds nothing; after a new yes it counts again', async () => {
    const { uid, token } = await reader();
    for (let times = 0; times < 3; times++) {
      await visit('POST', token);
      await work();
    }
    expect((await statesOf(uid)).filter((one) => one === 'messages objected')).toHaveLength(1);
    expect(await requests()).toHaveLength(1);
    await answer(uid, true);
    await work();
    time.now += 1000;
    await visit('POST', token);
    await work();
    expect((await headOf(uid)).current['messages']).toBe('objected');
    expect(await requests()).toHaveLength(2);
  });

  it('pressed twice before its job has run is one request', async () => {
    const { token } = await reader();
    await Promise.all([visit('POST', token), visit('POST', token)]);
    expect(await requests()).toHaveLength(1);
  });

  it('says nothing personal in its address, and is another one for each message', async () => {
    const { uid, email, token } = await reader();
    expect(Buffer.from(token.slice(3), 'base64url').toString('latin1')).not.toContain(uid);
    expect(token).not.toContain(emailHash(email, context.keys).slice(3));
    const again = marketingToken({ uid, accountCreatedAt: CREATED }, provenEmail(email), context.keys);
    expect(again).not.toBe(token);
    expect(readMarketingToken(again, context.keys)).toEqual(readMarketingToken(token, context.keys));
  });

  it('forged, changed, cut or under another key is as a link that never was', async () => {
    const { uid, token } = await reader();
    const other = token[20] === 'A' ? 'B' : 'A';
    const others = { current: 1, keys: { 1: 'another key' } };
    const foreign = marketingToken({ uid, accountCreatedAt: CREATED }, provenEmail('a@example.com'), others);
    for (const made of [
      `${token.slice(0, 20)}${other}${token.slice(21)}`,
      token.slice(0, -8),
      `${token}x`,
      token.slice(1),
      `m2${token.slice(2)}`,
      foreign,
      'm1.',
    ])
      for (const method of ['GET', 'POST']) {
        const { status, page } = await visit(method, made);
        expect([made, status, page.includes('does not work')]).toEqual([made, 404, true]);
      }
    expect(await requests()).toEqual([]);
  });

  it('of somebody who was erased keeps the objection for the address', async () => {
    const { uid, email, token } = await reader();
    const erased = { at: time.now, accountCreatedAt: CREATED };
    await changeHead(context, chainOf(uid), { ...(await headOf(uid)), erasing: erased, closed: erased });
    expect((await visit('POST', token)).status).toBe(200);
    expect(await isSuppressed(context, email)).toBe(true);
    expect(await requests()).toEqual([]);
  });

  it.each(['nobody’s', 'somebody else’s'])(
    'of an account whose chain is over begins nothing under the uid, which is %s now',
    async (whose) => {
      const { uid, email, token } = await reader();
      // Their chain was deleted by its period.
      await context.clients.own().recursiveDelete(context.clients.own().doc(`ledger/${chainOf(uid)}`));
      const later = { creationTime: new Date((CREATED + 86_400) * 1000).toUTCString() };
      const another = { uid, email: 'another@example.com', emailVerified: true, metadata: later };
      if (whose === 'nobody’s') world.users.delete(uid);
      else world.users.set(uid, another);
      expect((await visit('POST', token)).status).toBe(200);
      await work();
      expect(await isSuppressed(context, email)).toBe(true);
      expect(await requests()).toEqual([]);
      expect(await statesOf(uid)).toEqual([]);
      expect((await headOf(uid)).current).toEqual({});
    },
  );
});
