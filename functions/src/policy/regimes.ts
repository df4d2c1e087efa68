/**
 * The words of powers to act for a person. The rules of each regime are data of a policy
 * (`powers`), and `policy/powers.ts` decides by them.
 */

/**
 * Regimes of French law, and a mandate.
 *
 * - `parentalAuthority`: a parent, until the child is of age.
 * - `tutelle`, `habilitationFamiliale`: named by a judge, represents as far as the judgment says.
 * - `mandatDeProtectionFuture`: named by the person in advance.
 * - `curatelle`: assists, and never represents.
 * - `mandate`: anybody, by the person's own choice.
 */
export const REGIMES = [
  'parentalAuthority',
  'tutelle',
  'habilitationFamiliale',
  'mandatDeProtectionFuture',
  'curatelle',
  'mandate',
] as const;
export type Regime = (typeof REGIMES)[number];

/** The things that somebody can do for a person: answer about consents, and ask for each right. */
export const RIGHTS = [
  'consents',
  'access',
  'portability',
  'rectification',
  'restriction',
  'objection',
  'erasure',
] as const;
export type Right = (typeof RIGHTS)[number];

/**
 * How a regime lets its holder use a right: by themselves, together with the person, or never.
 * `asJudged`: by themselves if the judgment or the mandate lets them represent the person, else
 * together.
 */
export const ACTS = ['alone', 'together', 'asJudged', 'never'] as const;
export type Act = (typeof ACTS)[number];

/** The papers of a power: a judgment, the family record book, a mandate. */
export const EVIDENCE = ['judgment', 'livret', 'mandate'] as const;
export type EvidenceKind = (typeof EVIDENCE)[number];

/** The deciding side, as a judgment or a mandate says it (Code civil, art. 459). */
export const DECIDERS = ['person', 'both', 'holder'] as const;
export type Decider = (typeof DECIDERS)[number];

/** The person's own word about an act of somebody else; none yet: undefined. */
export type Say = 'agrees' | 'disagrees';
