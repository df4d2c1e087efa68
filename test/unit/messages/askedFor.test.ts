import { expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { askedForText } from '../../../functions/src/messages/askedFor.ts';
import { REGIMES } from '../../../functions/src/policy/regimes.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { LANGUAGES } from '../../../functions/src/texts/languages.ts';

const goesOnAt = Date.parse('2026-06-08T10:00:00Z');

it.each(LANGUAGES)(
  '%s: a message about a request of somebody else is in short sentences, without a link',
  (language) => {
    for (const regime of REGIMES)
      for (const right of requestTypes)
        for (const at of [undefined, goesOnAt]) {
          const { subject, text } = askedForText(amikeo, { regime, right, goesOnAt: at }, language);
          const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
          expect([regime, right, Math.max(...sentences) <= 16]).toEqual([regime, right, true]);
          expect(text).not.toMatch(/https?:|undefined/);
          expect(text).toContain(amikeo.controller.email);
          // The day stands there if a silence of the person means something.
          const says = at !== undefined && right !== 'restriction' && right !== 'objection';
          expect([right, text.includes('2026')]).toEqual([right, says]);
          // Others may see the subject on a screen.
          expect(subject).not.toMatch(/delete|supprimer|wissen|copy|copie|kopie/i);
        }
  },
);
