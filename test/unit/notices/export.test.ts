import { describe, expect, it } from 'vitest';
import { exportText } from '../../../functions/src/notices/export.ts';
import { amikeo } from '../../../functions/src/policy/amikeo/index.ts';

describe('the message that an archive is ready', () => {
  it.each([
    ['en', /Monday,? 8 June 2026/],
    ['fr', /lundi 8 juin 2026/],
  ] as const)('in %s says until when, whom to ask, in easy words and without a link', (language, day) => {
    const { subject, text } = exportText(amikeo, Date.parse('2026-06-07T22:30:00Z'), language);
    expect(subject).toContain(amikeo.controller.name);
    expect(text).toMatch(day);
    expect(text).toContain(amikeo.controller.email);
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
    // A link in a message is a trap that cannot be told from ours.
    expect(text).not.toMatch(/https?:/);
  });
});
