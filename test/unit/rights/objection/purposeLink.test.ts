import { describe, expect, it } from 'vitest';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { restrictedUse } from '../../../../functions/src/ledger/restriction/scope.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { purposeOf } from '../../../../functions/src/rights/answers/objection.ts';
import { changeRequest } from '../../../../functions/src/requests/store.ts';
import { planUphold, uphold } from '../../../../functions/src/rights/objection/uphold.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { runDying } from '../../../kit/dying.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { context, requests, time, tokenFor, useLinks, visit, work, world } from '../ways/links.world.ts';

useLinks();

it('an objection by a link that names no purpose: an officer reads one, and the person is told by e-mail', async () => {
  const email = 'mailbox@example.com';
  world.sign('kim', { email, emailVerified: true });
  await visit('POST', await tokenFor(email, 'objection'));
  await work();
  const [noted] = await requests();
  const found = await findRequest(context, noted?.key ?? '', 'kim');
  if (typeof found === 'string') throw new Error(found);
  expect(await planUphold(context, found)).toEqual({ ok: false, because: 'noPurpose' });
  const planned = await planUphold(context, found, 'contact');
  if (!planned.ok) throw new Error(planned.because);
  await uphold(context, found, planned.uphold);
  await work();
  expect((await latestHead(context, 'kim')).head.current).toEqual({ contact: 'objected' });
  // The page told only that it was received: a letter follows.
  const [answered] = await requests();
  expect(answered?.record).toMatchObject({ reply: { kind: 'answered', end: 'sent' } });
});

/** Asks for a link to object, and presses the button of its page. */
async function objects(email: string, purpose?: string): Promise<void> {
  await visit('POST', await tokenFor(email, 'objection'), purpose);
  await work();
}

describe('the page of a link to object', () => {
  it('lets the person choose a purpose, and none is chosen before', async () => {
    const { page } = await visit('GET', await tokenFor('mailbox@example.com', 'objection'));
    expect(page).toContain('name="purpose" value="" checked');
    for (const id of ['monitoring', 'contact', 'messages']) expect(page).toContain(`name="purpose" value="${id}"`);
    // The law does not let these be stopped.
    expect(page).not.toContain('value="legalObligations"');
    expect((await visit('GET', await tokenFor('mailbox@example.com', 'access'))).page).not.toContain('name="purpose"');
  });

  it('promises that advertising stops only if it is chosen: the choice that stands there stops none', async () => {
    const email = 'mailbox@example.com';
    world.sign('kim', { email, emailVerified: true });
    const { page } = await visit('GET', await tokenFor(email, 'objection'));
    expect(page).toContain('Do you choose advertising? Then it stops at once.');
    await objects(email, '');
    expect((await latestHead(context, 'kim')).head.current).toEqual({});
    expect((await requests())[0]?.record).toMatchObject({ status: 'waiting', waitingFor: 'officer' });
  });

  it('pauses the chosen use until an officer has decided, who need not read the purpose (Art. 18(1)(d))', async () => {
    world.sign('kim', { email: 'mailbox@example.com', emailVerified: true });
    await objects('mailbox@example.com', 'monitoring');
    expect(restrictedUse(context.policy, (await latestHead(context, 'kim')).head, context.now())).toEqual({
      all: false,
      purposes: ['monitoring'],
    });
    const [noted] = await requests();
    expect(noted?.record).toMatchObject({
      status: 'waiting',
      waitingFor: 'officer',
      details: { purpose: 'monitoring' },
    });
    const found = await findRequest(context, noted?.key ?? '', 'kim');
    if (typeof found === 'string') throw new Error(found);
    expect(await purposeOf(context, found)).toBe('monitoring');
  });

  it('pauses it once, wherever the process dies', async () => {
    for (let moment = 0; moment < 8; moment++) {
      const [uid, email] = [`kim${moment}`, `mailbox${moment}@example.com`];
      world.sign(uid, { email, emailVerified: true });
      await visit('POST', await tokenFor(email, 'objection'), 'monitoring');
      await runDying(moment, [context.clients.own()], work, 'writes');
      await work();
      const { head } = await latestHead(context, uid);
      expect([moment, restrictedUse(context.policy, head, context.now()).purposes]).toEqual([moment, ['monitoring']]);
      const theirs = (await requests()).filter(({ record }) => record.pseudonym === pseudonymOf(uid, context.keys));
      expect(theirs).toHaveLength(1);
    }
  });

  it('is another request for each purpose, and one for the same', async () => {
    world.sign('kim', { email: 'mailbox@example.com', emailVerified: true });
    for (const purpose of ['monitoring', 'contact', 'monitoring', undefined, undefined])
      await objects('mailbox@example.com', purpose);
    expect((await requests()).map(({ record }) => record.details?.['purpose'] ?? 'none').sort()).toEqual([
      'contact',
      'monitoring',
      'none',
    ]);
  });

  it('ends direct marketing at once, and a message tells what has stopped (Art. 21(3))', async () => {
    const email = 'mailbox@example.com';
    world.sign('kim', { email, emailVerified: true });
    await objects(email, 'messages');
    expect((await latestHead(context, 'kim')).head.current).toMatchObject({ messages: 'objected' });
    const [stopped] = await requests();
    expect(stopped?.record).toMatchObject({ channel: 'link', reply: { kind: 'answered', end: 'sent' } });
  });

  it('takes a purpose that it did not offer for none', async () => {
    world.sign('kim', { email: 'mailbox@example.com', emailVerified: true });
    await objects('mailbox@example.com', 'x'.repeat(5_000));
    const [noted] = await requests();
    expect(noted?.record.details).toBeUndefined();
    expect(noted?.record.job).toBeUndefined();
  });

  it('of somebody without an account tells the officer the purpose', async () => {
    await objects('nobody@example.com', 'monitoring');
    const [noted] = await requests();
    expect(noted?.record).toMatchObject({ status: 'waiting', details: { purpose: 'monitoring' } });
  });

  it('keeps an address only if messages are to stop: other advertising ends without that', async () => {
    const kept = async () => (await context.clients.own().collection('suppressions').get()).size;
    await objects('nobody@example.com', 'interestBasedAdvertising');
    expect(await kept()).toBe(0);
    await objects('nobody@example.com', 'messages');
    expect(await kept()).toBe(1);
  });

  it('says that advertising stops if that was chosen, and that an answer comes for anything else', async () => {
    const pressed = async (purpose: string): Promise<string> =>
      (await visit('POST', await tokenFor(`${purpose}@example.com`, 'objection'), purpose)).page;
    expect(await pressed('messages')).toContain('We are stopping our advertising');
    expect(await pressed('monitoring')).toContain('within');
  });

  it('is a new request if the one before was carried out: the person may have said yes since', async () => {
    world.sign('kim', { email: 'mailbox@example.com', emailVerified: true });
    await objects('mailbox@example.com', 'monitoring');
    const [first] = await requests();
    await changeRequest(context, first?.key ?? '', ({ answer }) => ({ answer: { ...answer, objectedAt: time.now } }));
    await objects('mailbox@example.com', 'monitoring');
    expect((await requests()).length).toBe(2);
  });

  it('pauses the use also if the process died before, and a new pseudonym key came', async () => {
    world.sign('kim', { email: 'mailbox@example.com', emailVerified: true });
    const token = await tokenFor('mailbox@example.com', 'objection');
    const own = context.clients.own();
    await visit('POST', token, 'monitoring');
    const pauses = async () => (await own.collection('jobs').get()).docs.filter(({ id }) => id.startsWith('pause_'));
    // It dies once the record is there, and its job is not.
    for (let moment = 0; (await requests()).length === 0; moment += 1)
      expect(await runDying(moment, [own], work, 'writes')).toBe(true);
    expect(await pauses()).toEqual([]);
    changeKey(context);
    await work();
    expect((await requests()).length).toBe(1);
    expect((await pauses()).length).toBe(1);
  });
});
