import { addPeriod } from '../calendar.ts';
import type { Policy, Recipient, Source } from '../schema.ts';
import { sourcesIn } from '../sources.ts';
import type { Check } from './problem.ts';

/** The statements about recipients agree with each other, and each says its day. */

const eachRecipient = (
  policy: Policy,
  field: string,
  find: (recipient: Recipient) => string | undefined,
): ReturnType<Check> =>
  Object.entries(policy.recipients).flatMap(([id, recipient]) => {
    const message = find(recipient);
    return message === undefined ? [] : [{ path: `recipients.${id}.${field}`, message }];
  });

/** A controller of everything decides on a part, too. */
const roleTwice: Check = (policy) =>
  eachRecipient(policy, 'controllerFor', ({ role, controllerFor }) =>
    role === 'controller' && controllerFor !== undefined
      ? "its role is 'controller' for everything already: remove it, or name the role that it has beside this"
      : undefined,
  );

/** Art. 30(1)(f): no time at all after receipt would mean that it never had the data. */
const keptForNothing: Check = (policy) =>
  eachRecipient(policy, 'kept.period', ({ kept }) =>
    (kept.from === 'receipt' || kept.orLonger === true) && addPeriod(0, kept.period, 'UTC') === 0
      ? "it would keep nothing that it receives: give the longest time, or count from 'deletion' or 'asked'"
      : undefined,
  );

/**
 * Art. 5(1)(e), 30(1)(f): a night ends rows here by their periods, and no recipient without an
 * interface is told. Only an erasure, a no, an objection or a restriction asks it.
 */
const periodNotTold: Check = (policy) =>
  eachRecipient(policy, 'kept.from', ({ kept: { from, followsPeriods }, reach }) => {
    if ('systems' in reach && from === 'asked')
      return "it has an interface, which ends its rows: count from 'deletion' or 'receipt'";
    if ('manual' in reach && from === 'deletion' && followsPeriods === undefined)
      return "nobody tells it when a row ends here by its period, so it keeps data longer than the records here: count from 'asked'; or say in 'followsPeriods' why its rows end with those here";
    return followsPeriods !== undefined && ('systems' in reach || from !== 'deletion')
      ? "'followsPeriods' says why rows end at a recipient without an interface, from 'deletion': remove it"
      : undefined;
  });

/** A certificate says `expires`, and the register says `kept`: both to the same person. */
const expiresDiffers: Check = (policy) =>
  eachRecipient(policy, 'reach.expires', ({ kept, reach }) =>
    'manual' in reach &&
    reach.expires !== undefined &&
    !(kept.from === 'receipt' && kept.period === reach.expires && kept.orLonger !== true)
      ? `an erasure would promise its end after ${reach.expires}, and 'kept' says ${kept.period}${kept.orLonger === true ? ' or longer' : ''} from ${kept.from}: say the same in both, from 'receipt'`
      : undefined,
  );

const sourceWithoutDay: Check = (policy) =>
  sourcesIn(policy).flatMap(({ path, source }) => {
    if (source.read !== undefined) return [];
    if (source.kind === 'provider')
      return [
        {
          path: `${path}.read`,
          message: 'a provider changes its pages: give the day on which this one was read, such as 2026-11-29',
        },
      ];
    if (source.kind !== 'cnil' || isDated(source)) return [];
    const message =
      'an authority replaces its guides: name the day of the text in each language, such as 17 September 2020, or the day on which its page was read';
    return [{ path: `${path}.read`, message }];
  });

/** A day, its month and its year, in words (1er mars 2024) or in numbers. */
const DAY = /\b\d{1,2}(er|\.)? \p{L}+ (19|20)\d\d\b|\b(19|20)\d\d-\d\d-\d\d\b/u;

/** True if the reference names a day in each language, as the name of a deliberation does. */
const isDated = ({ reference }: Source): boolean =>
  (typeof reference === 'string' ? [reference] : Object.values(reference)).every((text) => DAY.test(text));

/** Art. 13(1)(e): people of the controller read what people write to it. */
const nobodyInside: Check = ({ recipientCategories }) =>
  Object.values(recipientCategories).some(({ inside }) => inside)
    ? []
    : [
        {
          path: 'recipientCategories',
          message: "somebody inside sees the data: name the teams, with 'inside' true and the purposes of each",
        },
      ];

export const recipientChecks: Record<string, Check> = {
  'role-twice': roleTwice,
  'kept-for-nothing': keptForNothing,
  'period-not-told': periodNotTold,
  'expires-differs': expiresDiffers,
  'source-without-day': sourceWithoutDay,
  'nobody-inside': nobodyInside,
};
