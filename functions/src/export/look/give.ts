import { seenOf } from '../../officerTasks/seen.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { Row } from '../../systems/system.ts';
import type { Withheld } from '../archive/manifest.ts';
import { publishPart, type Added } from '../officersPart.ts';
import { decide, type Decision, type Kept } from './decide.ts';
import {
  codeOf,
  hashesOf,
  openLook,
  readLooked,
  shownRows,
  type NoLook,
  type OpenLook,
  type WhichLook,
} from './rows.ts';

/** An officer's answer to rows that they looked at. */
export interface LookAnswer extends WhichLook {
  /** The name of the look that it answers. */
  readonly code: string;
  /** Everything that is kept back, each with its reason; the rest is given. */
  readonly kept: readonly Kept[];
  /** Rows that came or changed since are left out, and the person is told. Absent: look again. */
  readonly leaveNew?: boolean | undefined;
  /** The pseudonym of the officer, if they were named. */
  readonly officer?: string | undefined;
  /** Only answers. */
  readonly isDry?: boolean | undefined;
}

/**
 * Why nothing is given.
 *
 * - `notSeen`: nobody has looked, or another officer has looked since: look, and answer that.
 * - `new`: rows came or changed since the look.
 * - `noRow`, `noField`: the answer names a row or a field that was not shown.
 * - `everything`: nothing of any row would be left. Others' rights are no reason to refuse
 *   everything (recital 63).
 */
export type NotGiven = NoLook | 'notSeen' | 'new' | 'noRow' | 'noField' | 'everything' | 'changed';

export type Given =
  | { readonly ok: true; readonly before: true }
  | {
      readonly ok: true;
      /** Rows that go out, whole or in part. */
      readonly rows: number;
      readonly withheld: readonly Withheld[];
      /** Absent if it was only asked. */
      readonly added?: Extract<Added, { ok: true }>;
    }
  | {
      readonly ok: false;
      readonly because: NotGiven;
      readonly open?: readonly string[];
      /** Numbers of rows that the answer names wrongly. */
      readonly named?: readonly number[];
      /** How many rows came or changed since the look. */
      readonly unseen?: number;
    };

/**
 * Gives the rows of a look as the officer decided: one more part of the archive, signed as the
 * others. Nothing is given that was not shown as it is now. It says what is kept back and why. The
 * task closes with it, in one transaction. Reads the rows twice: to judge the answer, to write.
 *
 * A call that died is made again. Of two officers at once, one is refused (`changed`).
 *
 * @throws the errors of the system: nothing is given then
 */
export async function giveLooked(context: Context, answer: LookAnswer): Promise<Given> {
  const look = await openLook(context, answer);
  if ('because' in look) {
    const { because, open, task } = look;
    // The request may still wait for other parts, or for the job that completes it.
    if (task?.status === 'done') return { ok: true, before: true };
    return { ok: false, because, ...defined({ open }) };
  }
  const seen = await seenOf(context, look.task);
  if (seen === null || codeOf(seen) !== answer.code) return { ok: false, because: 'notSeen' };
  const wrong = answer.kept.filter(({ row }) => seen[row - 1] === undefined).map(({ row }) => row);
  if (wrong.length > 0) return { ok: false, because: 'noRow', named: wrong };
  const hashOf = hashesOf(look.task, context.keys);

  const judged = decide(seen, answer.kept, hashOf);
  const rows = await judgeAll(context, look, judged);
  if (rows === null) return { ok: false, because: 'gone' };
  const not = notGiven(answer, judged, rows.shown);
  if (not !== undefined) return not;
  const told = { ok: true, rows: rows.given, withheld: judged.withheld() } as const;
  if (answer.isDry === true) return told;

  const looked = decide(seen, answer.kept, hashOf);
  const isNothing = rows.given === 0 && judged.withheld().length === 0;
  const added = await publishPart(context, look, {
    uid: answer.uid,
    source: answer.record,
    officer: answer.officer,
    ...(isNothing ? {} : { content: { named: look.named, read: () => readAgain(context, look), looked } }),
  });
  if (!added.ok) return { ok: false, because: 'changed' };
  return { ...told, rows: isNothing ? 0 : told.rows, withheld: looked.withheld(), added };
}

/** Asks a decision about every row of now; null: the account is gone. */
async function judgeAll(
  context: Context,
  look: OpenLook,
  decision: Decision,
): Promise<{ readonly given: number; readonly shown: number } | null> {
  const rows = await readLooked(context, look);
  if (rows === null) return null;
  let [given, all] = [0, 0];
  for await (const row of shownRows(look, rows)) {
    all += 1;
    if (decision.given(row) !== null) given += 1;
  }
  return { given, shown: all - decision.unseen() };
}

function notGiven({ leaveNew, kept }: LookAnswer, decision: Decision, shown: number): Given | undefined {
  const withoutField = decision.withoutField().map(({ row }) => row);
  if (withoutField.length > 0) return { ok: false, because: 'noField', named: withoutField };
  const unseen = decision.unseen();
  if (unseen > 0 && leaveNew !== true) return { ok: false, because: 'new', unseen };
  return kept.length > 0 && shown > 0 && decision.left() === 0 ? { ok: false, because: 'everything' } : undefined;
}

async function* readAgain(context: Context, look: OpenLook): AsyncGenerator<Row> {
  const rows = await readLooked(context, look);
  if (rows === null) throw new Error('the account is gone since the rows were judged: nothing is given');
  yield* rows;
}
