import { describe, expect, it } from 'vitest';
import { reconsentText } from '../../../functions/src/messages/texts.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';

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
