import { describe, expect, it } from 'vitest';
import { erasureText } from '../../../functions/src/messages/erasure.ts';
import { reconsentText } from '../../../functions/src/messages/texts.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import type { Language } from '../../../functions/src/texts/languages.ts';

describe('the message to a person who is asked again', () => {
  it.each(['en', 'fr'] as const)(
    'in %s names its subject, its sender, the way to answer and the contact',
    (language) => {
      const { subject, text } = reconsentText(amikeo, ['messages', 'analytics'], language);
      expect(subject).toContain(amikeo.controller.name);
      for (const purpose of ['messages', 'analytics'])
        expect(text).toContain(`- ${amikeo.purposes[purpose]?.name[language] ?? 'unknown'}`);
      expect(text).toContain(amikeo.controller.email);
      expect(text).toContain(amikeo.controller.address);
      expect(text).toMatch(language === 'en' ? /is not advertising/ : /n'est pas de la publicité/);
      // Easy words: short sentences (Art. 12(1)); and no link, which could be a trap.
      const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
      expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
      expect(text).not.toMatch(/https?:/);
    },
  );

  it('names the company of any policy', () => {
    const [purpose = ''] = Object.keys(example.purposes);
    expect(reconsentText(example, [purpose], 'en').text).toContain(example.controller.name);
  });

  it('leaves out a purpose that the policy no longer has', () => {
    expect(reconsentText(amikeo, ['gone'], 'en').text).not.toContain('gone');
  });
});

describe('the letter after a no to the service', () => {
  const until = Date.parse('2026-06-08T10:00:00Z');
  const letter = (policy: Policy, language: Language) =>
    erasureText(policy, { what: 'withdrawn', until }, language).text;
  it('promises to stop a subscription only if it is proven to be theirs; another one is looked at', () => {
    const limits = {
      en: ['If we are sure that it is yours, we stop it.', 'If we are not sure, one of us looks at it.'],
      fr: ["Si nous sommes sûrs que c'est le vôtre, nous l'arrêtons.", "Si nous n'en sommes pas sûrs, l'un de nous"],
      nl: ['Als wij zeker weten dat het van u is, stoppen wij het.', 'Als wij het niet zeker weten, kijkt iemand'],
    } as const;
    for (const language of ['en', 'fr', 'nl'] as const)
      for (const limit of limits[language]) expect(letter(amikeo, language)).toContain(limit);
  });

  const subscription = { en: /a subscription\?/, fr: /un abonnement \?/, nl: /een abonnement\?/ } as const;

  it.each(['en', 'fr', 'nl'] as const)('in %s speaks of a subscription only if the company has some', (language) => {
    expect(letter(amikeo, language)).toMatch(subscription[language]);
    expect(letter(example, language)).not.toMatch(subscription[language]);
  });

  it('says that renewals are being stopped, and not that they are: another step does it', () => {
    for (const language of ['en', 'fr', 'nl'] as const)
      expect(letter(amikeo, language)).not.toMatch(/renewed\.|pay nothing|payez (plus )?rien|betaalt .*niets/);
  });
});
