import { beforeEach, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { shop } from '../../../../functions/policies/shop/index.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { planReply } from '../../../../functions/src/rights/answers/reply.ts';
import { deliver, write } from '../queue.sample.ts';
import { context, fresh } from '../helpers.ts';
import { found, officer } from './answers.sample.ts';

beforeEach(fresh);

/** Asks, and returns the letter that the shop's officer would send. */
async function letter(details: object, profile: unknown, country?: string, policy = shop): Promise<string> {
  await context.app.doc('members/u1').set({ name: 'Ada', country: profile });
  await deliver(await write('rectification', 'r1', { details }));
  const shops: Context = { ...officer(), policy };
  const planned = await planReply(shops, await found(), {
    order: { kind: 'answered', result: 'done' },
    ...(country === undefined ? {} : { country }),
  });
  if (!planned.ok) throw new Error(planned.because);
  return planned.reply.text;
}

const [NL, BE, ES] = ['autoriteitpersoonsgegevens.nl', 'dataprotectionauthority.be', 'aepd.es'];
const CNIL = 'https://www.cnil.fr/fr/plaintes';

it.each<[string, object, unknown, string | undefined, string]>([
  ['of the officer before all others', { country: 'BE' }, 'NL', 'ES', ES],
  ['of the request before that of the profile', { country: 'BE' }, 'NL', undefined, BE],
  ['of the profile, if the request names none', {}, 'NL', undefined, NL],
  ['of the profile in small letters', {}, 'nl', undefined, NL],
  ["of the policy, if the profile's is no country", {}, 'the Netherlands', undefined, CNIL],
  ['of the policy, if the profile has none', {}, null, undefined, CNIL],
  ['of the policy, if no authority of the country is known', {}, 'US', undefined, CNIL],
])('Art. 77: a letter names the authority of the country %s', async (_, details, profile, country, url) => {
  const text = await letter(details, profile, country);
  expect([NL, BE, ES, CNIL].filter((one) => text.includes(one))).toEqual([url]);
});

it('looks into no profile under a policy that names no field, such as that of AMIKEO', async () => {
  expect(amikeo.rights.countryField).toBeUndefined();
  await context.app.doc('users/u1').set({ country: 'NL' });
  expect(await letter({}, 'NL', undefined, amikeo)).toContain(CNIL);
});
