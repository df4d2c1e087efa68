import { seenOf, type Seen } from '../../officerTasks/seen.ts';
import type { OfficerTask } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { keyedHash } from '../../platform/keys.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import type { Row } from '../../systems/system.ts';
import type { Withheld } from '../archive/manifest.ts';
import { publishPart, type Added } from '../officersPart.ts';
import { decide, type Decision, type Kept } from './decide.ts';
import {
  codeOf,
  hashesOf,
  openLook,
  promisedOf,
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
 * - `answered`: another answer was given. This one is used for nothing.
 * - `new`: rows came or changed since the look.
 * - `more`: there are more rows than a look shows.
 * - `noRow`, `noField`: the answer names a row or a field that was not shown.
 * - `everything`: nothing of any row would be left. Others' rights are no reason to refuse
 *   everything (recital 63).
 */
export type NotGiven =
  NoLook | 'notSeen' | 'answered' | 'new' | 'more' | 'noRow' | 'noField' | 'everything' | 'changed';

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
    const { because, open, task, answered } = look;
    if (task?.status !== 'done' || !('look' in task.for)) return { ok: false, because, ...defined({ open }) };
    // The request may still wait for other parts, or for the job that completes it.
    const isSame = answered === hashOfAnswer(context, task, answer);
    return isSame ? { ok: true, before: true } : { ok: false, because: 'answered' };
  }
  const seen = await seenOf(context, look.task);
  if (seen === null || codeOf(seen.hashes) !== answer.code) return { ok: false, because: 'notSeen' };
  const wrong = answer.kept.filter(({ row }) => seen.hashes[row - 1] === undefined).map(({ row }) => row);
  if (wrong.length > 0) return { ok: false, because: 'noRow', named: wrong };
  const { uid, named, task } = look;
  const hashOf = hashesOf(task, context.keys);
  const shown = { ...seen, hashOf, promised: promisedOf(look), path: named.record.path, uid };

  const judged = decide(shown, answer.kept);
  if (!(await isJudged(context, look, judged))) return { ok: false, because: 'gone' };
  const not = notGiven(answer, seen, judged);
  if (not !== undefined) return not;
  if (answer.isDry === true) return told(judged);

  const isNothing = judged.rows() === 0 && judged.withheld().length === 0;
  const looked = isNothing ? judged : decide(shown, answer.kept);
  let late: Given | undefined;
  const added = await publishPart(context, look, {
    ...{ uid, source: answer.record, officer: answer.officer },
    answered: hashOfAnswer(context, task, answer),
    ...(isNothing ? {} : { content: { named, read: () => readAgain(context, look), looked } }),
    // Rows may have changed between the two readings.
    isRefused: () => (late = notGiven(answer, seen, looked)) !== undefined,
  });
  if (!added.ok) return late ?? { ok: false, because: 'changed' };
  return { ...told(looked), added };
}

const told = (decision: Decision) => ({ ok: true, rows: decision.rows(), withheld: decision.withheld() }) as const;

/** Names an answer by nothing that tells of it: a repeated call is told from another one. */
function hashOfAnswer(
  { keys }: Context,
  { id, pseudonym }: OfficerTask,
  { code, kept, leaveNew = false }: LookAnswer,
): string {
  const all = kept.map(({ row, fields = null, because }) => JSON.stringify([row, fields, because])).sort();
  return keyedHash('look', ['answer', id, code, String(leaveNew), ...all], keys, keyVersionOf(pseudonym));
}

/** Asks a decision about every row of now; false: the account is gone. */
async function isJudged(context: Context, look: OpenLook, decision: Decision): Promise<boolean> {
  const rows = await readLooked(context, look);
  if (rows === null) return false;
  for await (const row of shownRows(look, rows)) decision.given(row);
  return true;
}

function notGiven({ leaveNew, kept }: LookAnswer, { more }: Seen, decision: Decision): Given | undefined {
  const withoutField = decision.withoutField().map(({ row }) => row);
  if (withoutField.length > 0) return { ok: false, because: 'noField', named: withoutField };
  const unseen = decision.unseen();
  if (unseen > 0 && leaveNew !== true) return { ok: false, because: more ? 'more' : 'new', unseen };
  const isNothing = kept.length > 0 && decision.shown() > 0 && decision.left() === 0;
  return isNothing ? { ok: false, because: 'everything' } : undefined;
}

async function* readAgain(context: Context, look: OpenLook): AsyncGenerator<Row> {
  const rows = await readLooked(context, look);
  if (rows === null) throw new Error('the account is gone since the rows were judged: nothing is given');
  yield* rows;
}
