import { expect, it } from 'vitest';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { findRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planUphold, uphold } from '../../../../functions/src/rights/objection/uphold.ts';
import { context, requests, tokenFor, useLinks, visit, work, world } from '../ways/links.world.ts';

useLinks();

it('an objection by a link names no purpose: an officer reads one, and the person is told by e-mail', async () => {
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
