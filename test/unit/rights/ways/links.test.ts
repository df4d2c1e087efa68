import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASKS } from '../../../../functions/src/rights/ways/link.ts';
import { context, jobs, mailsTo, requests, state, time, tokenFor, useLinks, visit, work } from './links.world.ts';

useLinks();
let number = 0;
const address = () => `link${(number += 1)}@example.com`;
const own = () => context.clients.own();
const HOUR = 3_600_000;

describe('a link', () => {
  it('names nobody: not in its address, its page, its mail’s subject, nor in what is stored', async () => {
    const email = address();
    const token = await tokenFor(email, 'erasure');
    const [mail] = await mailsTo(email);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(mail?.subject).toBe('Auticiel: please confirm');
    expect(mail?.text).toContain('Delete my data.');
    expect(mail?.text).not.toContain(email);
    const { page } = await visit('GET', token);
    expect(page).not.toContain(email);
    const [stored] = (await own().collection('links').get()).docs;
    expect(JSON.stringify([stored?.id, stored?.data()])).not.toContain(email);
    expect(JSON.stringify([stored?.id, stored?.data()])).not.toContain(token);
  });

  it('is looked at as often as anybody likes: GET and HEAD change nothing', async () => {
    const token = await tokenFor(address(), 'marketing');
    const before = await state();
    for (const method of ['GET', 'HEAD', 'GET']) expect((await visit(method, token)).status).toBe(200);
    expect(await state()).toBe(before);
  });

  it('acts once, also if two use it at once', async () => {
    const token = await tokenFor(address(), 'access');
    const before = await jobs();
    const answers = await Promise.all(Array.from({ length: 5 }, () => visit('POST', token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404, 404]);
    expect(await jobs()).toBe(before + 1);
    await work();
    await work();
    expect(await requests()).toHaveLength(1);
    expect((await visit('POST', token)).status).toBe(404);
    expect((await visit('GET', token)).status).toBe(404);
  });

  it('is used by the visit whose write had its effect, although the answer to it was lost', async () => {
    const token = await tokenFor(address(), 'access');
    const before = await jobs();
    const db = own();
    const real = db.runTransaction.bind(db);
    // Firestore's client asks again if nothing comes back of a commit.
    db.runTransaction = async (work) => {
      await real(work);
      return real(work);
    };
    const answer = await visit('POST', token).finally(() => {
      db.runTransaction = real;
    });
    expect(answer.status).toBe(200);
    expect(await jobs()).toBe(before + 1);
    expect((await visit('POST', token)).status).toBe(404);
  });

  it('that is over, used, forged, or never was, gets one and the same page', async () => {
    const [over, used] = [await tokenFor(address(), 'access'), await tokenFor(address(), 'access')];
    expect((await visit('POST', used)).status).toBe(200);
    const stored = await own().collection('links').get();
    const forged = await tokenFor(address(), 'access');
    const known = new Set(stored.docs.map(({ id }) => id));
    for (const one of (await own().collection('links').get()).docs)
      if (!known.has(one.id)) await one.ref.set({ ...one.data(), asks: 'marketing' });
    const pages = [await visit('GET', used), await visit('GET', forged), await visit('POST', forged)];
    time.now += HOUR;
    pages.push(await visit('GET', over), await visit('POST', over), await visit('POST', 'x'.repeat(43)));
    for (const token of ['', '..', 'a/b', 'é'.repeat(43), 'x'.repeat(4_000)]) pages.push(await visit('POST', token));
    expect(new Set(pages.map(({ status, page }) => `${status} ${page}`)).size).toBe(1);
    expect(pages[0]?.status).toBe(404);
  });

  it('lives for an hour', async () => {
    const token = await tokenFor(address(), 'access');
    time.now += HOUR - 1;
    expect((await visit('GET', token)).status).toBe(200);
    time.now += 1;
    expect((await visit('GET', token)).status).toBe(404);
  });

  it('under a key that has changed since works on', async () => {
    const token = await tokenFor(address(), 'access');
    const keys = { current: 2, keys: { ...context.keys.keys, 2: 'the next key for tests' } };
    Object.assign(context, { keys });
    expect((await visit('POST', token)).status).toBe(200);
    await work();
    expect(await requests()).toHaveLength(1);
  });

  it('any history of asking, looking, using and waiting uses no link twice and no late one', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), asks: fc.constantFrom(...ASKS) }),
      fc.record({ do: fc.constantFrom('get' as const, 'post' as const, 'race' as const), nth: fc.nat(5) }),
      fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 70 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const links: { token: string; bornAt: number; uses: number }[] = [];
        for (const one of steps) {
          if (one.do === 'ask') {
            links.push({ token: await tokenFor(address(), one.asks), bornAt: time.now, uses: 0 });
            continue;
          }
          if (one.do === 'wait') {
            time.now += one.minutes * 60_000;
            continue;
          }
          const link = links[one.nth];
          if (link === undefined) continue;
          const works = link.uses === 0 && time.now < link.bornAt + HOUR;
          if (one.do === 'get') {
            expect((await visit('GET', link.token)).status).toBe(works ? 200 : 404);
            continue;
          }
          const tries = one.do === 'race' ? 3 : 1;
          const answers = await Promise.all(Array.from({ length: tries }, () => visit('POST', link.token)));
          const acted = answers.filter(({ status }) => status === 200).length;
          expect(acted).toBe(works ? 1 : 0);
          link.uses += acted;
        }
        expect(links.every(({ uses }) => uses <= 1)).toBe(true);
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});
