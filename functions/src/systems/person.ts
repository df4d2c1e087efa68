import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { prove } from '../subject/prove.ts';
import { loadSystem } from './registry.ts';
import type { Change, Cursor, NamedRecord, Outcome, Progress, Scope, System } from './system.ts';

/** A person whose rows are visited, with everything that is proven of them by now. */
export interface Person extends Pick<Scope, 'subject' | 'refused' | 'holds'> {
  /**
   * Ids of other systems that are proven to be theirs; absent: each system is asked at each page.
   */
  readonly handles?: Scope['handles'];
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
  async function ask<T>(
    { record }: NamedRecord,
    page: Pick<Scope, 'deadline' | 'cursor'>,
    question: (system: System, scope: Scope, change: Change) => Promise<T>,
  ): Promise<T | undefined> {
    const current = typeof change === 'function' ? await change() : change;
    if (current === undefined) return undefined;
    const system = await loadSystem(record.system, context);
    const proven =
      handles === undefined ? prove(subject, await system.find(subject)) : { handles, ...defined({ refused }) };
    const scope = { policy: context.policy, subject, ...proven, now: context.now(), ...page, ...defined({ holds }) };
    return question(system, scope, current);
  }
  const action =
    (how: 'apply' | 'check', until: Instant): RecordAction =>
    async (named, cursor) => {
      const page = { deadline: until, ...defined({ cursor }) };
      return (await ask(named, page, (system, ...of) => system[how](named, ...of))) ?? { settled: [] };
    };
  return {
    apply: action('apply', typeof change === 'function' ? 0 : deadline),
    check: action('check', deadline),
    preview: async (named) =>
      (await ask(named, { deadline: Infinity }, (system, ...of) => system.preview(named, ...of))) ?? [],
  };
}
