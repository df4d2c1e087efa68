import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import type { Hold } from '../subject/hold.ts';
import type { Handle, Refusal, Subject } from '../subject/identity.ts';
import { prove } from '../subject/prove.ts';
import { loadSystem } from './registry.ts';
import type { Change, Cursor, NamedRecord, Outcome, Progress, Scope } from './system.ts';

/** A person whose rows are visited, with everything that is proven of them by now. */
export interface Person {
  readonly subject: Subject;
  /**
   * Ids of other systems that are proven to be theirs; absent: each system is asked at each page.
   */
  readonly handles?: readonly Handle[];
  readonly refused?: readonly Refusal[];
  /** Legal holds that run on the person. */
  readonly holds?: readonly Hold[];
}

/** Works on one record of a person: a page a call, from the record's own cursor. */
export type RecordAction = (record: NamedRecord, cursor: Cursor | undefined) => Promise<Progress>;

/** A change to a person's rows: made, read back, or foretold without touching anything. */
export interface PersonActions {
  readonly apply: RecordAction;
  readonly check: RecordAction;
  readonly preview: (record: NamedRecord) => Promise<readonly Outcome[]>;
}

/**
 * Visits the rows of one person for a change: loads the system of a record and builds its scope. If
 * the person comes without handles, finds and proves them there first, which costs a `find` each
 * time; nothing else of its own.
 *
 * @param change a function is asked again before each page, and a page is all that one call does.
 *   Undefined ends the work, because the change does not stand any more
 * @param deadline epoch milliseconds: a call stops at the end of a page after it
 */
export function visitPerson(
  context: Context,
  person: Person,
  change: Change | (() => Promise<Change | undefined>),
  deadline: Instant,
): PersonActions {
  const { subject, handles, refused, holds } = person;
  const currentChange = async (): Promise<Change | undefined> => (typeof change === 'function' ? change() : change);
  const scopeFor = async (system: string, until: Instant, cursor?: Cursor): Promise<Scope> => {
    const proven =
      handles === undefined
        ? prove(subject, await (await loadSystem(system, context)).find(subject))
        : { handles, ...defined({ refused }) };
    const base = { policy: context.policy, subject, ...proven, now: context.now(), deadline: until };
    return { ...base, ...defined({ holds, cursor }) };
  };
  const action =
    (how: 'apply' | 'check', until: Instant): RecordAction =>
    async (named, cursor) => {
      const current = await currentChange();
      if (current === undefined) return { settled: [] };
      const { system } = named.record;
      return (await loadSystem(system, context))[how](named, await scopeFor(system, until, cursor), current);
    };
  return {
    apply: action('apply', typeof change === 'function' ? 0 : deadline),
    check: action('check', deadline),
    preview: async (named) => {
      const current = await currentChange();
      if (current === undefined) return [];
      const { system } = named.record;
      return (await loadSystem(system, context)).preview(named, await scopeFor(system, Infinity), current);
    },
  };
}
