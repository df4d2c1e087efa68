import { periodEnd, type Calendar } from './calendar.ts';
import type { FateRule, Ground, PolicyRecord, PurposeId, Then } from './schema.ts';

/** The facts about one row and its data subject. All times are epoch milliseconds. */
export interface Facts {
  /**
   * Timestamp fields of the row by name; absent or undefined if the row has none (an undated row
   * has no end by that field).
   */
  values: Record<string, number | undefined>;
  events: {
    /** When the account was deleted, or the erasure asked for. */
    accountDeleted?: number | undefined;
    /** The last sign of activity of the person. */
    inactive?: number | undefined;
    contractEnded?: number | undefined;
  };
  /** Since when a consent no longer stands, by purpose. */
  withdrawn: Record<PurposeId, number>;
  /** Legal holds on this row; without `until`, until lifted. */
  holds: { ground: Ground; until?: number | undefined }[];
  /**
   * True if the row has other subjects, too (parties.ts): an end for one leaves it to the others.
   */
  others?: boolean;
}

/** No facts at all: spread over it. */
export const noFacts: Facts = { values: {}, events: {}, withdrawn: {}, holds: [] };

/** The ways in which a row ends whose time has come. */
export type EndAction = Exclude<Then, { do: 'retain' }>;

export type Fate =
  /** Its time has not come; `next` is the earliest end that is known today. */
  | { kind: 'keep'; next?: number }
  /**
   * Its time has come, but a ground keeps it; without `until`, nobody can say for how long. `rule`
   * is absent for a legal hold.
   */
  | { kind: 'retain'; ground: Ground; until?: number; rule?: FateRule }
  /**
   * Others are subjects of the row, too: this person is taken out of it, and it stays (parties.ts).
   */
  | { kind: 'takeOut'; since: number; rule: FateRule }
  /** To be ended; `since` is when that could first be done. */
  | { kind: 'end'; then: EndAction; since: number; rule: FateRule };

/**
 * When does this row end, and how? The one answer that retention, erasure, withdrawal and the end
 * of a retained row share.
 *
 * The earliest end that has come counts. An anonymisation gives way to a deletion or archiving that
 * has come as well (the row was made anonymous before, and now goes). A `retain` rule or a hold
 * that still runs wins over every end. A `retain` rule whose event has not happened has not begun.
 * One whose field the row lacks cannot be shown to be over, so the row is kept.
 *
 * A row of several people ends as a whole by the time in a field. An event of one of them takes
 * that one out; with the last it ends.
 *
 * @param record the policy's record, of which only the fate is read
 * @param now epoch milliseconds
 */
export function fate(record: Pick<PolicyRecord, 'fate'>, facts: Facts, now: number, calendar: Calendar): Fate {
  const ends: { rule: FateRule; then: EndAction; at: number }[] = [];
  const keepers: Keeper[] = facts.holds.map((h) => ({ ground: h.ground, until: h.until ?? Infinity }));
  for (const rule of record.fate) {
    const start = startOf(rule, facts);
    if (rule.then.do === 'retain') {
      if (start !== undefined) {
        keepers.push({ ground: rule.then.ground, until: endOf(rule, start, calendar), rule });
      } else if ('field' in rule.when) keepers.push({ ground: rule.then.ground, until: Infinity, rule });
    } else if (start !== undefined) ends.push({ rule, then: rule.then, at: endOf(rule, start, calendar) });
  }
  const lastKeeper = keepers.reduce<Keeper | undefined>((a, b) => (a && a.until >= b.until ? a : b), undefined);
  ends.sort((a, b) => a.at - b.at);
  const come = ends.filter((e) => e.at <= now);
  const isOfOne = ({ rule }: { rule: FateRule }): boolean => facts.others === true && !('field' in rule.when);
  const whole = come.filter((e) => !isOfOne(e));
  const end = whole.find((e) => e.then.do !== 'anonymise') ?? come.find(isOfOne) ?? whole[0];

  if (!end) {
    const next = Math.max(ends[0]?.at ?? Infinity, lastKeeper?.until ?? -Infinity);
    return next === Infinity ? { kind: 'keep' } : { kind: 'keep', next };
  }
  if (lastKeeper && lastKeeper.until > now) {
    return {
      kind: 'retain',
      ground: lastKeeper.ground,
      ...(lastKeeper.until === Infinity ? {} : { until: lastKeeper.until }),
      ...(lastKeeper.rule ? { rule: lastKeeper.rule } : {}),
    };
  }
  const since = Math.max(end.at, lastKeeper?.until ?? -Infinity);
  return isOfOne(end)
    ? { kind: 'takeOut', since, rule: end.rule }
    : { kind: 'end', then: end.then, since, rule: end.rule };
}

interface Keeper {
  ground: Ground;
  /** Infinity: not known. */
  until: number;
  rule?: FateRule;
}

function startOf({ when }: FateRule, facts: Facts): number | undefined {
  let value: number | undefined;
  if ('field' in when) value = facts.values[when.field];
  else if ('event' in when) value = facts.events[when.event];
  else value = facts.withdrawn[when.withdrawn];
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

const endOf = ({ when, after }: FateRule, start: number, calendar: Calendar): number =>
  periodEnd(start, after, calendar, 'field' in when ? (when.from ?? 'instant') : 'instant');
