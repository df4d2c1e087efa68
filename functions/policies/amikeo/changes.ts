import type { Policy } from '../../src/policy/schema.ts';

/**
 * The changes of the text, by version. The next version is a draft: to publish it, set the day in
 * `announced` on which people are told, before the day of the version.
 */
export const changes: NonNullable<Policy['changes']> = {
  '2027-03-01': {
    kind: 'wording',
    endsConsents: {},
    text: {
      en: 'We name more countries in which Firebase works for us: the Netherlands and Finland.',
      fr: "Nous nommons d'autres pays où Firebase travaille pour nous : les Pays-Bas et la Finlande.",
    },
  },
};
