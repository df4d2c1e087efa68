import { describe, expect, it } from 'vitest';
import { contactLimits } from '../../../../functions/src/rights/contact/submit.ts';
import { LINKS_PER_DAY, requestByEmail } from '../../../../functions/src/rights/ways/byEmail.ts';
import { ask, context, mailsTo, time, useLinks, visit, work, world } from './links.world.ts';

useLinks();
let number = 0;
const address = () => `asks${(number += 1)}@example.com`;
const own = () => context.clients.own();
const HOUR = 3_600_000;

describe('asking by e-mail', () => {
  it('tells nobody who exists: the same answer, and the same reads and writes', async () => {
    const email = address();
    world.sign('somebody', { email, emailVerified: true });
    await world.contact({ email, ext_id: 'somebody' });
    const counted = async (who: string) => {
      const calls: string[] = [];
      const db = own();
      const watched = new Proxy(db, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            calls.push(String(name));
            return (value as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const never = () => Promise.reject(new Error('nobody is looked for'));
      const clients = { ...context.clients, own: () => watched, app: never as never, auth: never, brevo: never };
      const before = context;
      Object.assign(context, { clients });
      const answer = await ask(who, 'access');
      Object.assign(context, { clients: { ...clients, ...world.context.clients } });
      expect(before).toBe(context);
      return { answer, calls };
    };
    const [there, nobody] = [await counted(email), await counted(address())];
    expect(there.answer).toEqual({ ok: true, result: { requested: true } });
    expect(nobody).toEqual(there);
  });

  it('a hundred guesses learn nothing: every answer is the same until the network has asked enough', async () => {
    const most = contactLimits(context.config.contactPerHour).network;
    for (let n = 0; n < 5; n++) world.sign(`known${n}`, { email: `guess${n}@example.com`, emailVerified: true });
    const answers = [];
    for (let n = 0; n < 100; n++)
      answers.push(await ask(`guess${n}@example.com`, 'access', { address: '198.51.100.7' }));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(most);
    expect(new Set(answers.slice(0, most).map((one) => JSON.stringify(one))).size).toBe(1);
    expect(new Set(answers.slice(most).map((one) => JSON.stringify(one))).size).toBe(1);
    expect(answers.at(-1)).toMatchObject({ code: 'rateLimited' });
  });

  it('sends no more than a few links a day to one address, and answers as before', async () => {
    const email = address();
    const answers = [];
    for (let n = 0; n < LINKS_PER_DAY + 3; n++) {
      answers.push(await ask(email, 'marketing'));
      time.now += HOUR;
    }
    time.now -= (LINKS_PER_DAY + 3) * HOUR;
    await work();
    expect(await mailsTo(email)).toHaveLength(LINKS_PER_DAY);
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  it.each([
    ['no address', { email: 'ada', asks: 'access' }, 'email'],
    ['an address that looks like another one', { email: 'mic\u212aael@example.com', asks: 'access' }, 'email'],
    ['something that is no right', { email: 'ada@example.com', asks: 'everything' }, 'asks'],
    ['a uid', { email: 'ada@example.com', asks: 'access', uid: 'u1' }, '(form)'],
  ])('%s is refused, without counting', async (_, form, field) => {
    const answer = await requestByEmail(context, { data: form, address: undefined, language: 'en' });
    expect(answer).toMatchObject({ ok: false, code: 'invalid', issues: [{ field }] });
    expect((await own().collection('rateLimits').get()).size).toBe(0);
  });

  it('without a sender says so, to everybody alike', async () => {
    Object.assign(context, { config: { ...context.config, brevoSender: undefined } });
    expect(await ask(address(), 'access')).toMatchObject({ ok: false, code: 'noMail' });
    expect((await own().collection('links').get()).size).toBe(0);
  });

  it('comes in the language of the caller', async () => {
    const email = address();
    await ask(email, 'marketing', { language: 'fr' });
    await work();
    const [mail] = await mailsTo(email);
    expect(mail?.text).toContain('Ne m’envoyez plus de publicité.');
    expect((await visit('GET', mail?.token ?? '')).page).toContain('<html lang="fr">');
  });

  it('a message that failed comes again, and is one', async () => {
    const email = address();
    await ask(email, 'access');
    const { clients } = context;
    const brevo: typeof clients.brevo = () => Promise.reject(new Error('no answer'));
    Object.assign(context, { clients: { ...clients, brevo } });
    await expect(work()).rejects.toThrow('no answer');
    Object.assign(context, { clients });
    for (let times = 0; times < 3; times++) await work();
    expect(await mailsTo(email)).toHaveLength(1);
  });
});
