import { addPeriod, answerBy } from '../calendar.ts';
import { allRecords, collectionId, databaseOf, isRoot, type NamedRecord } from '../lookup.ts';
import { finding, quote, type Check, type Finding } from './problem.ts';

/**
 * Guardianships are rows of two people: servers write both uids and the holder's papers into one
 * document (subject/guardians.ts). Each of the two may have their own part only (Art. 15(4)), and
 * each of the two has theirs.
 */

/** Fields that are data of the other one, by the field that names the person. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  child: ['holder', 'holderPseudonyms', 'evidence'],
  holder: ['child'],
};

const isGuardianship = ({ record }: NamedRecord): boolean =>
  record.system === 'firestore' &&
  databaseOf(record) === 'compliance' &&
  isRoot(record.path) &&
  collectionId(record.path) === 'guardianships';

const fieldOf = ({ record: { subject } }: NamedRecord): string => ('field' in subject ? subject.field : '');

const leavesOthersIn = (named: NamedRecord): Finding[] => {
  const { id, record } = named;
  if (!record.export.access && !record.export.portability) return [];
  const others = OTHERS[fieldOf(named)];
  if (others === undefined)
    return finding(`records.${id}.subject`, "a guardianship names its people in 'child' and 'holder': say which");
  const open = others.filter((field) => record.export.leaveOut?.includes(field) !== true);
  return finding(
    `records.${id}.export.leaveOut`,
    open.length === 0
      ? undefined
      : `${quote(open)} ${open.length === 1 ? 'is' : 'are'} data of somebody else: leave out of an export (Art. 15(4))`,
  );
};

/** A record of the one calls for a record of the other, or their access would lack it. */
const lacksTheOther = (records: readonly NamedRecord[]): Finding[] =>
  records.length === 0
    ? []
    : Object.keys(OTHERS)
        .filter((field) => !records.some((named) => fieldOf(named) === field && named.record.export.access))
        .map((field) => ({
          path: 'records',
          message: `no record has the guardianships of the person in '${field}', and their access would lack them (Art. 15): declare one, with subject { field: '${field}' }`,
        }));

/**
 * A person's erasure ends their own data; the holder's must leave the protection of somebody else.
 */
const endsWithTheHolder = (named: NamedRecord): Finding[] => {
  if (fieldOf(named) !== 'holder') return [];
  const ends = named.record.fate.findIndex(({ then }) => then.do !== 'anonymise' && then.do !== 'retain');
  return finding(
    `records.${named.id}.fate.${ends}`,
    ends < 0
      ? undefined
      : "the holder's end would take the protection of somebody else away: anonymise 'holder' and 'evidence'",
  );
};

const guardianship: Check = (policy) => {
  const records = allRecords(policy).filter(isGuardianship);
  return [...records.flatMap(leavesOthersIn), ...lacksTheOther(records), ...records.flatMap(endsWithTheHolder)];
};

/** Powers leave the person time for a word, and the controller time for an answer. */
const powers: Check = (policy) => {
  const { powers: given, controller } = policy;
  if (given === undefined) return [];
  const from = Date.UTC(2026, 0, 1);
  const isLate = addPeriod(from, given.told.period, controller.timeZone) >= answerBy(policy, from);
  return [
    ...finding(
      'powers.told.period',
      isLate
        ? "a request that waits so long for the person's word is late when it goes on (rights.answerWithin)"
        : undefined,
    ),
    // Nobody consents alone in the place of a person unless a judgment lets them.
    ...Object.entries(given.regimes).flatMap(([id, { acts }]) =>
      finding(
        `powers.regimes.${id}.acts.consents`,
        acts.consents === 'alone'
          ? "nobody consents alone for a person without a judgment (Art. 4(11)): say 'asJudged', 'together' or 'never'"
          : undefined,
      ),
    ),
  ];
};

export const guardianChecks: Record<string, Check> = { guardianship, powers };
