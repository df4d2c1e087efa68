import type { Runner } from '../jobs/catalog.ts';
import type { Job } from '../jobs/types.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { recordOf } from '../policy/lookup.ts';
import { heldSubjects } from '../subject/held.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Cursor, NamedRecord, Progress, SweepFigures, System } from '../systems/system.ts';
import { sweepKey, type PlannedSweep } from './plan.ts';
import { report } from './runs.ts';

/** What a retention job is about, from its input. */
function sweepOf(job: Job): PlannedSweep & { run: string } {
  const { run, record, rule, field, cutoff } = job.input;
  return { run: String(run), record: String(record), rule: Number(rule), field: String(field), cutoff: Number(cutoff) };
}

const NOTHING: SweepFigures = { deleted: 0, archived: 0, anonymised: 0, held: 0 };

/** The place in the sweep and its figures so far, in one cursor: a crash loses neither. */
interface Place {
  readonly page?: Cursor;
  readonly figures: SweepFigures;
}

const packed = (place: Place): Cursor => ({ place: JSON.stringify(place) });

function unpacked(cursor: Cursor | undefined): Place {
  return typeof cursor?.['place'] === 'string' ? (JSON.parse(cursor['place']) as Place) : { figures: NOTHING };
}

async function place(
  context: Context,
  job: Job,
): Promise<{ named: NamedRecord; system: System; expire: NonNullable<System['expire']> }> {
  const { record: id } = sweepOf(job);
  const named = { id, record: recordOf(context.policy, id) };
  const system = await loadSystem(named.record.system, context);
  if (!system.expire)
    throw new PermanentError('no_sweep', `the system ${named.record.system} cannot end rows of ${id} by time`);
  return { named, system, expire: system.expire.bind(system) };
}

/** Ends the rows whose time has come, page by page; where the task's time is up, the next task goes on from the cursor. */
async function sweep(context: Context, job: Job, cursor: Cursor | undefined, deadline: number): Promise<Progress> {
  const { named, expire } = await place(context, job);
  const planned = sweepOf(job);
  const { page, figures } = unpacked(cursor);
  const held = await heldSubjects(context, named.id);
  const { field, cutoff } = planned;
  const { policy } = context;
  const base = { policy, now: context.now(), field, cutoff, held, figures, deadline };
  const progress = await expire(named, page === undefined ? base : { ...base, cursor: page });
  if (progress.more) return { more: packed({ page: progress.more, figures: progress.figures }) };
  await report(
    context.clients.own(),
    planned.run,
    sweepKey(planned),
    { state: 'running', figures: progress.figures },
    context.now(),
  );
  const { deleted, anonymised, archived } = progress.figures;
  return { settled: [{ record: named.id, count: deleted + anonymised + archived, outcome: 'done' }] };
}

/** Counts what no cut-off ever finds, and closes this sweep's part of the run. */
async function finish(context: Context, job: Job): Promise<Progress> {
  const { named, system } = await place(context, job);
  const planned = sweepOf(job);
  const undated = (await system.undated?.(named, planned.field)) ?? 0;
  await report(context.clients.own(), planned.run, sweepKey(planned), { state: 'done', undated }, context.now());
  return { settled: [] };
}

export function retentionRunner(context: Context): Runner {
  return {
    run: async (step, job, { cursor, deadline }) => {
      switch (step) {
        case 'sweep':
          return sweep(context, job, cursor, deadline);
        case 'report':
          return finish(context, job);
        default:
          throw new PermanentError('unknown_step', `a retention job has no step ${step}`);
      }
    },
    blocked: async (step, job) => {
      const planned = sweepOf(job);
      const error = job.steps[step]?.error?.code ?? 'unknown';
      await report(
        context.clients.own(),
        planned.run,
        sweepKey(planned),
        { state: 'blocked', error: `${step}: ${error}` },
        context.now(),
      );
    },
  };
}
