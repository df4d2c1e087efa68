import { describe, expect, it } from 'vitest';
import { exportText } from '../../../functions/src/messages/export.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';

const until = Date.parse('2026-06-07T22:30:00Z');

describe('the message that an archive is ready', () => {
  it.each([
    ['en', /Monday,? 8 June 2026/],
    ['fr', /lundi 8 juin 2026/],
  ] as const)('in %s says the last day and the contact, in easy words and without a link', (language, day) => {
    const { subject, text } = exportText(amikeo, { until }, language);
    expect(subject).toContain(amikeo.controller.name);
    expect(text).toMatch(day);
    expect(text).toContain(amikeo.controller.email);
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
    // A link in a message is a trap that cannot be told from ours.
    expect(text).not.toMatch(/https?:/);
  });

  it.each([
    ['en', 'sent', 'We sent your data to import.example.org'],
    ['en', 'refused', 'Nothing was sent.'],
    ['en', 'failed', 'We do not know if something arrived.'],
    ['fr', 'sent', 'Nous avons envoyé vos données à import.example.org'],
    ['fr', 'refused', "Rien n'a été envoyé."],
    ['fr', 'failed', 'Nous ne savons pas si quelque chose est arrivé.'],
  ] as const)('in %s tells the truth about data that were to be sent elsewhere (%s)', (language, state, says) => {
    const sent = { state, host: 'import.example.org' };
    const { text } = exportText(amikeo, { until, sent }, language);
    expect(text).toContain(says);
    expect(text).not.toContain('\n- ');
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
  });

  const notCome = (name: string) => ({ name, why: 'unconfirmed' as const });
  it.each([
    ['en', 'Some of your data are missing.'],
    ['fr', 'Une partie de vos données manque.'],
    ['nl', 'Een deel van uw gegevens ontbreekt.'],
  ] as const)('in %s names the parts that did not come', (language, says) => {
    const { text } = exportText(amikeo, { until, missing: ['Zendesk', 'Heroku'].map(notCome) }, language);
    expect(text).toContain(says);
    expect(text).toContain(':\n- Zendesk\n- Heroku\n');
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
  });

  it.each([
    ['en', 'withheld', 'To protect them, we kept a part back.'],
    ['fr', 'withheld', "Pour les protéger, nous n'avons pas tout remis."],
    ['nl', 'withheld', 'Om hen te beschermen, hebben wij niet alles gegeven.'],
    ['en', 'notLooked', 'We have to look at them first, and we did not do it in time.'],
    ['fr', 'notLooked', "Nous devons les lire d'abord, et nous ne l'avons pas fait à temps."],
    ['nl', 'notLooked', 'Wij moeten er eerst naar kijken, en dat deden wij niet op tijd.'],
    ['en', 'notFound', 'When we looked, a part was not there any more.'],
    ['fr', 'notFound', "Quand nous avons regardé, une partie n'était plus là."],
    ['nl', 'notFound', 'Toen wij keken, was een deel er niet meer.'],
  ] as const)('in %s says of words of others (%s) why, and where to complain', (language, why, says) => {
    const { text } = exportText(amikeo, { until, missing: [{ name: 'Contact', why }] }, language);
    expect(text).toContain(says);
    expect(text).toContain(amikeo.controller.supervisoryAuthority.url);
    expect(text).toContain(':\n- Contact\n');
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
  });
});
