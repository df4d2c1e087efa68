import { addPeriod } from '../calendar.ts';
import type { Source } from '../schema.ts';
import { sourcesIn } from '../sources.ts';
import { eachRecipient, finding, type Check } from './problem.ts';

/** The statements about recipients agree with each other, and each says its day. */

/** A controller of everything decides on a part, too. */
const roleTwice = eachRecipient('.controllerFor', ({ role, controllerFor }) =>
  role === 'controller' && controllerFor !== undefined
    ? "its role is 'controller' for everything already: remove it, or name the role that it has beside this"
    : undefined,
);

/** Art. 30(1)(f): no time at all after receipt would mean that it never had the data. */
const keptForNothing = eachRecipient('.kept.period', ({ kept }) =>
  (kept.from === 'receipt' || kept.orLonger === true) && addPeriod(0, kept.period, 'UTC') === 0
    ? "it would keep nothing that it receives: give the longest time, or count from 'deletion' or 'asked'"
    : undefined,
);

/**
 * Art. 5(1)(e), 30(1)(f): a night ends rows here by their periods, and no recipient without an
 * interface is told. Only an erasure, a no, an objection or a restriction asks it.
 */
const periodNotTold = eachRecipient('.kept.from', ({ kept: { from, followsPeriods }, reach }) => {
  if ('systems' in reach && from === 'asked')
    return "it has an interface, which ends its rows: count from 'deletion' or 'receipt'";
  if ('manual' in reach && from === 'deletion' && followsPeriods === undefined)
    return "nobody tells it when a row ends here by its period, so it keeps data longer than the records here: count from 'asked'; or say in 'followsPeriods' why its rows end with those here";
  return followsPeriods !== undefined && ('systems' in reach || from !== 'deletion')
    ? "'followsPeriods' says why rows end at a recipient without an interface, from 'deletion': remove it"
    : undefined;
});

/** A certificate says `expires`, and the register says `kept`: both to the same person. */
const expiresDiffers = eachRecipient('.reach.expires', ({ kept, reach }) =>
  'manual' in reach &&
  reach.expires !== undefined &&
  !(kept.from === 'receipt' && kept.period === reach.expires && kept.orLonger !== true)
    ? `an erasure would promise its end after ${reach.expires}, and 'kept' says ${kept.period}${kept.orLonger === true ? ' or longer' : ''} from ${kept.from}: say the same in both, from 'receipt'`
    : undefined,
);

const sourceWithoutDay: Check = (policy) =>
  sourcesIn(policy).flatMap(({ path, source }) => finding(`${path}.read`, dayMissing(source)));

function dayMissing(source: Source): string | undefined {
  if (source.read !== undefined) return undefined;
  if (source.kind === 'provider')
    return 'a provider changes its pages: give the day on which this one was read, such as 2026-11-29';
  return source.kind !== 'cnil' || isDated(source)
    ? undefined
    : 'an authority replaces its guides: name the day of the text in each language, such as 17 September 2020, or the day on which its page was read';
}

/** A day, its month and its year, in words (1er mars 2024) or in numbers. */
const DAY = /\b\d{1,2}(er|\.)? \p{L}+ (19|20)\d\d\b|\b(19|20)\d\d-\d\d-\d\d\b/u;

/** True if the reference names a day in each language, as the name of a deliberation does. */
const isDated = ({ reference }: Source): boolean =>
  (typeof reference === 'string' ? [reference] : Object.values(reference)).every((text) => DAY.test(text));

/** Art. 13(1)(e): people of the controller read what people write to it. */
const nobodyInside: Check = ({ recipientCategories }) =>
  Object.values(recipientCategories).some(({ inside }) => inside)
    ? []
    : finding(
        'recipientCategories',
        "somebody inside sees the data: name the teams, with 'inside' true and the purposes of each",
      );

export const recipientChecks: Record<string, Check> = {
  'role-twice': roleTwice,
  'kept-for-nothing': keptForNothing,
  'period-not-told': periodNotTold,
  'expires-differs': expiresDiffers,
  'source-without-day': sourceWithoutDay,
  'nobody-inside': nobodyInside,
};
