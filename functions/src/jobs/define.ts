import * as z from 'zod/mini';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import { lazily } from '../platform/shapes.ts';
import type { JobKind } from '../platform/queues.ts';
import { isUid } from '../subject/identity.ts';
import type { Progress } from '../systems/system.ts';
import type { JobPlan, Runner } from './catalog.ts';
import type { Held, Job, JobInput, Run, StepId } from './types.ts';

/** A field of an input: the uid of an account. */
export const uid = z.string().check(z.refine(isUid));

/** The work of one step. The input is as the kind declares it. */
type Work<Input> = (job: Job<Input>, run: Run) => Promise<Progress | Held>;

/**
 * The parts of a runner beside the work of its steps, with the input read. `run` does the work of
 * the steps that the definition does not name: those that the policy names.
 */
type Beside<Input> = Partial<Runner<Input>>;

type Planned<Input, Step extends StepId> = Omit<JobPlan, 'kind' | 'input' | 'steps'> & {
  readonly input: Input;
  readonly steps: readonly { readonly id: Step; readonly after?: readonly Step[] }[];
};

/** The runner of one form. */
interface FormRunner extends Required<Runner> {
  /** The steps that it names. */
  readonly steps: ReadonlySet<StepId>;
}

/**
 * A form of a kind of job. Planners make its jobs with `plan`; its room says with `runner` how each
 * step is done.
 */
export interface JobDefinition<Input extends JobInput, Step extends StepId> {
  plan(order: Planned<Input, Step>): JobPlan;
  runner(steps: Readonly<Record<Step, Work<Input>>>, beside?: Beside<Input>): FormRunner;
  /**
   * The job with its input as it was declared.
   *
   * @throws PermanentError `input` with the names of the fields that do not fit: an officer looks,
   *   and no value is told
   */
  read(job: Job): Job<Input>;
}

/**
 * Returns the name of the ledger chain of a job's person. @throws PermanentError `input` if the job
 * names none
 */
export function chainOf({ pseudonym }: Pick<Job, 'pseudonym'>): string {
  if (pseudonym === undefined)
    throw new PermanentError('input', 'this job does not say whom it is about: cancel it and start it again');
  return pseudonym;
}

/** A job of this definition, its input as declared. */
export type JobOf<Definition extends { read(job: Job): unknown }> = ReturnType<Definition['read']>;

/**
 * Declares a form of a kind of job: the schema of its input, lists and objects as such, and its
 * steps. Most kinds have one form; the jobs of another form have other steps and another input.
 *
 * @param input builds the schema, when a job's input is first read
 * @param steps absent: the policy names them, and `run` of the runner does their work
 * @example export const noticeJobs = defineJob('notice', {
 *   input: () => z.object({ uid }), steps: ['queue', 'send'] });
 */
export function defineJob<Schema extends z.ZodMiniObject, Step extends StepId = StepId>(
  kind: JobKind,
  { input: build }: { readonly input: () => Schema; readonly steps?: readonly Step[] },
): JobDefinition<z.infer<Schema>, Step> {
  type Input = z.infer<Schema>;
  const schema = lazily(build);
  const fitting = (job: Job): Job<Input> | undefined => {
    const { data } = schema().safeParse(job.input);
    return data && { ...job, input: data };
  };
  const read = (job: Job): Job<Input> => {
    const { success, data, error } = schema().safeParse(job.input);
    if (success) return { ...job, input: data };
    const fields = new Set(error.issues.map(({ path }) => String(path[0])));
    throw new PermanentError(
      'input',
      `the stored input of this job does not fit its kind (${[...fields].join(', ')}): cancel it and start it again`,
    );
  };
  return {
    plan: ({ input, ...order }) => ({ kind, input: defined(input), ...order }),
    read,
    runner: (steps: Readonly<Record<StepId, Work<Input>>>, { run: other, instant, blocked } = {}) => ({
      steps: new Set(Object.keys(steps)),
      run: async (step, job, run) => {
        const work = steps[step];
        if (work !== undefined) return work(read(job), run);
        if (other !== undefined) return other(step, read(job), run);
        throw new PermanentError('unknown_step', `a job of the kind ${kind} has no step ${step}`);
      },
      // An input that does not fit is told by `run`, which blocks the step.
      instant: (step, job, now) => {
        const fit = instant && fitting(job);
        return fit && instant(step, fit, now);
      },
      blocked: async (step, job) => {
        const fit = blocked && fitting(job);
        if (fit) await blocked(step, fit);
      },
    }),
  };
}

/**
 * The runner of a kind that has several forms: a step is the work of the form that names it, else
 * of the last one.
 *
 * @throws TypeError if two forms name the same step: one of them would get the jobs of the other
 */
export function runnerOf(...forms: readonly [FormRunner, ...FormRunner[]]): Runner {
  const names = forms.flatMap(({ steps }) => [...steps]);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new TypeError(`two forms of a kind of job have a step ${twice}`);
  const of = (step: StepId): FormRunner =>
    forms.find(({ steps }) => steps.has(step)) ?? forms[forms.length - 1] ?? forms[0];
  return {
    run: (step, job, run) => of(step).run(step, job, run),
    instant: (step, job, now) => of(step).instant(step, job, now),
    blocked: (step, job) => of(step).blocked(step, job),
  };
}
