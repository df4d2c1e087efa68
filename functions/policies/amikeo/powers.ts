import type { Act, Right } from '../../src/policy/regimes.ts';
import type { Policy } from '../../src/policy/schema.ts';
import { ownChoice, statute, toConfirm } from './sources.ts';

/**
 * Powers by French law to act for a child or a protected adult. If the law is silent, the value is
 * a choice of the controller, and says so.
 */

/** The same for every right, and another for consents. */
const acts = (rights: Act, consents: Act): Record<Right, Act> => ({
  consents,
  access: rights,
  portability: rights,
  rectification: rights,
  restriction: rights,
  objection: rights,
  erasure: rights,
});

/** Code civil, art. 459, al. 1 and 2: the person decides as far as able; else as the judge says. */
const asJudged = acts('asJudged', 'asJudged');

export const powers: NonNullable<Policy['powers']> = {
  told: {
    period: 'P7D',
    source: ownChoice(
      'A week in which the person can disagree, alone or with help: half a month is left to answer (GDPR Art. 12(3), 38; Code civil, art. 457-1)',
      "Une semaine pour dire non, seul ou avec de l'aide : il reste plus de deux semaines pour répondre (RGPD art. 12(3), considérant 38 ; Code civil, art. 457-1)",
    ),
  },
  regimes: {
    parentalAuthority: {
      // One parent for usual acts; a consent together with the child, until the age of consent.
      acts: acts('alone', 'together'),
      evidence: ['livret', 'judgment'],
      decides: ['person'],
      // To the 18th birthday.
      longest: 'P18Y',
      source: statute(
        "Code civil, art. 371-1, 372, 372-2 (one parent for usual acts), 388 and 414 (18 years); loi n° 78-17, art. 45 (consents together with the child); CNIL, Recommandation 2, 9 June 2021 (parents ask for the child's rights)",
        "Code civil, art. 371-1, 372, 372-2 (un seul parent pour les actes usuels), 388 et 414 (18 ans) ; loi n° 78-17, art. 45 (consentement conjoint) ; CNIL, recommandation 2, 9 juin 2021 (les parents exercent les droits de l'enfant)",
      ),
    },
    tutelle: {
      acts: asJudged,
      evidence: ['judgment'],
      decides: ['person', 'both', 'holder'],
      longest: 'P20Y',
      source: statute(
        'Code civil, art. 459 (the person decides as far as able; the judge can order assistance or representation), 457-1, 440 to 442 (at most 20 years)',
        "Code civil, art. 459 (la personne décide seule dans la mesure où son état le permet ; le juge peut prévoir l'assistance ou la représentation), 457-1, 440 à 442 (20 ans au plus)",
      ),
    },
    habilitationFamiliale: {
      acts: asJudged,
      evidence: ['judgment'],
      decides: ['person', 'both', 'holder'],
      longest: 'P20Y',
      source: statute(
        'Code civil, art. 494-1, 494-6 (acts about the person as in art. 457-1 to 459-2; at most 20 years)',
        'Code civil, art. 494-1, 494-6 (actes relatifs à la personne selon les art. 457-1 à 459-2 ; 20 ans au plus)',
      ),
    },
    mandatDeProtectionFuture: {
      acts: asJudged,
      evidence: ['mandate'],
      decides: ['person', 'both', 'holder'],
      source: statute(
        'Code civil, art. 477, 479 (the rights of art. 457-1 to 459-2 stay), 481 and 483 (begins and ends without a fixed time)',
        'Code civil, art. 477, 479 (les droits des art. 457-1 à 459-2 demeurent), 481 et 483 (prise et fin d’effet sans durée fixe)',
      ),
    },
    curatelle: {
      // A curator assists: nothing begins before the person says yes.
      acts: acts('together', 'together'),
      evidence: ['judgment'],
      decides: ['person', 'both'],
      longest: 'P20Y',
      source: statute(
        'Code civil, art. 459 (a curator assists and never represents), 440 to 442 (at most 20 years)',
        'Code civil, art. 459 (le curateur assiste, sans jamais représenter), 440 à 442 (20 ans au plus)',
      ),
    },
    mandate: {
      // Somebody who was named for a right is asked for no consent in the person's place.
      acts: acts('alone', 'never'),
      evidence: ['mandate'],
      decides: ['person'],
      longest: 'P5Y',
      source: toConfirm(
        ownChoice(
          'Code civil, art. 1984; décret n° 2019-536, art. 77 (somebody named for the request). Five years at most, and no consent: choices of the controller, since a mandate is forgotten easily',
          "Code civil, art. 1984 ; décret n° 2019-536, art. 77 (personne spécialement mandatée). Cinq ans au plus, et aucun consentement : choix du responsable, car un mandat s'oublie",
        ),
      ),
    },
  },
};
