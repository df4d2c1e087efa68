import { expect, it } from 'vitest';
import { findRequest } from '../../../functions/src/rights/answers/find.ts';
import { planReply, type Order } from '../../../functions/src/rights/answers/reply.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { replyText } from '../../../functions/src/messages/reply.ts';
import { refusalReasons } from '../../../functions/src/requests/reply.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { Family, NOW } from './family.ts';

/** Letters about a request that somebody else made: they tell the person nothing of their own. */

const OWN = {
  en: /you asked|you sent us|your request|what you (asked|said|wrote)|you have no right|who asks\b/i,
  fr: /vous nous avez fait|vous avez (demandé|refusé)|votre demande|nous avez (écrit|envoyé)|vous qui demandez/i,
  nl: /u ons dit gevraagd|wat u (vroeg|ons schreef)|uw verzoek|u nee tegen zei|ons veel verzoeken gestuurd|u het echt bent/i,
} as const;

it.each(['en', 'fr', 'nl'] as const)('in %s say who asked, and never that the person did', (language) => {
  const told = [
    { kind: 'extended', reason: 'number', until: NOW },
    ...(['done', 'partly'] as const).map((result) => ({ kind: 'answered', result }) as const),
    ...(['objected', 'upheld'] as const).map(
      (result) => ({ kind: 'answered', result, purposes: ['analytics'], saidYes: ['messages'], open: [] }) as const,
    ),
    ...refusalReasons.map((reason) => ({ kind: 'refused', reason }) as const),
  ] as const;
  for (const type of requestTypes)
    for (const one of told) {
      const order = { told: one, type, receivedAt: NOW, keepsWords: true };
      const { subject, text } = replyText(amikeo, { ...order, askedBy: 'parentalAuthority' }, language);
      // The means against it, below, are for everybody.
      const [words = ''] = text.split('1. ');
      expect(`${subject}\n${words}`).not.toMatch(OWN[language]);
      expect(words).toMatch(/your parent|votre parent|uw ouder/i);
      expect(replyText(amikeo, order, language).text).toMatch(OWN[language]);
    }
});

it('so reads the letter of an officer to a child for whom a parent asked', async () => {
  const family = new Family();
  await family.power('mother', 'parentalAuthority');
  const id = await family.asked('mother', 'restriction');
  const found = await findRequest(family.context, family.keyOf(id), 'kim');
  if (typeof found === 'string') throw new Error(found);
  const order: Order = { kind: 'refused', reason: 'conditions' };
  const planned = await planReply(family.context, found, { order, words: 'Parce que.' });
  expect(planned).toMatchObject({ ok: true, reply: { text: expect.stringContaining('Votre parent nous a fait') } });
});
