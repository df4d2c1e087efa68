import { example } from '../../../../functions/policies/example/index.ts';
import type { Policy, VersionChange } from '../../../../functions/src/policy/schema.ts';
import { factsOf } from '../../../../functions/src/policy/versions/facts.ts';
import { copy, part } from '../bad-policies.ts';

/** The example with a second version, for the tests of versions. */

export const FIRST = example.version;
export const NEXT = '2026-07-01';
const newsletterFacts = part(factsOf(example).purposes, 'newsletter');
const change: VersionChange = {
  announced: '2026-06-01',
  kind: 'purposes',
  endsConsents: { newsletter: newsletterFacts },
  text: { en: 'New.', fr: 'Nouveau.', nl: 'Nieuw.' },
};

/** The example with a second version, with the same texts. */
export function next(
  changes: Partial<VersionChange> | null = {},
  spoil: (policy: Policy) => void = () => undefined,
): Policy {
  const policy = copy();
  policy.version = NEXT;
  policy.notices[NEXT] = structuredClone(part(policy.notices, FIRST));
  if (changes !== null) policy.changes = { [NEXT]: { ...change, ...changes } };
  spoil(policy);
  return policy;
}
export const draft = (): Policy => {
  const policy = next();
  delete part(policy.changes ?? {}, NEXT).announced;
  return policy;
};
// Brussels is two hours before UTC in summer.
export const [EVE_TOLD, TOLD] = [Date.parse('2026-05-31T21:59:59.999Z'), Date.parse('2026-05-31T22:00:00Z')];
export const [EVE, DAY] = [Date.parse('2026-06-30T21:59:59.999Z'), Date.parse('2026-06-30T22:00:00Z')];
