import type { Product } from '../../../../../functions/src/requests/request.ts';
import { exportRunner } from '../../../../../functions/src/export/steps.ts';
import type { Runners } from '../../../../../functions/src/jobs/catalog.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../../../functions/src/rights/receive.ts';
import { isExport, isFinal } from '../../../../../functions/src/requests/request.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import { Drive, type Course } from '../drive.ts';
import { Injector } from '../injector.ts';
import type { SystemName } from '../kinds.ts';
import type { Scenario } from '../matrix.ts';
import { messagesTo } from '../asked.ts';
import { askedFor, email, REQUEST, uid, type Person } from '../person.ts';
import { stateOf } from '../state.ts';
import { openWorld, type World } from '../world.ts';
import { contentOf, type Content } from './content.ts';
import {
  answerIn,
  changed,
  exportIn,
  falsePromises,
  jobsOf,
  namesIn,
  notAsPlanted,
  notAsPromised,
  waitsForParts,
  type TakenBack,
} from './judge.ts';
import { plantForExport, sizes, type Size } from './person.ts';

/**
 * The kinds of requests, and of their answers. `large`: with rows that wait in the bucket. `parts`:
 * one archive cannot carry it. `last`: in the last attempts, which do without a source that fails.
 */
const starts = ['portability', 'access', 'large', 'parts', 'last'] as const;
export type ExportStart = (typeof starts)[number];

const productOf = (by: ExportStart): Product => (by === 'access' ? 'access' : 'portability');
const sizeOf = (by: ExportStart): Size => (by === 'large' ? sizes.large : by === 'access' ? sizes.looked : sizes.small);

/** Above the lease of an export. */
const LEASE_MS = 31 * 60_000 + 1000;
/** A part is full before the second of the long rows. */
const SMALL_PARTS = { ms: 8 * 60_000, bytes: 90_000 };
/** The number of attempts that have failed before. */
const FAILED_BEFORE = 5;

export interface ExportCourse extends Course {
  /** Did the person take it back, and was it answered by then? */
  readonly takenBack: () => TakenBack;
}

function runnersOf(by: ExportStart): Runners {
  if (by !== 'parts' && by !== 'last') return runners;
  return {
    ...runners,
    export: async (context) => {
      const limits = by === 'parts' ? SMALL_PARTS : undefined;
      const { run } = exportRunner(context, { limits });
      if (by === 'parts') return { run };
      return {
        run: (step, job, how) => {
          const steps = Object.entries(job.steps).map(([id, state]) => {
            const attempts = id === 'archive' ? state.attempts + FAILED_BEFORE : state.attempts;
            return [id, { ...state, attempts }] as const;
          });
          return run(step, { ...job, steps: Object.fromEntries(steps) }, how);
        },
      };
    },
  };
}

export function exportCourse(by: ExportStart, world: World, { requests }: Pick<Person, 'requests'>): ExportCourse {
  const document = world.app.doc(`users/${uid}/privacyRequests/${REQUEST}`);
  let takenBack: TakenBack = 'not';
  return {
    leaseMs: LEASE_MS,
    runners: runnersOf(by),
    takenBack: () => takenBack,
    isLeft: waitsForParts,
    async start() {
      const at = world.clock.now();
      const data = askedFor(productOf(by), at);
      await document.set(data);
      const event = { id: 'event-of-the-request', uid, requestId: REQUEST, data, time: at };
      return [{ name: 'event of the request', run: (context) => onPrivacyRequestCreated(context, event) }];
    },
    async meanwhile() {
      const known = await world.own.doc(`requests/${requests.mine}`).get();
      takenBack = isFinal(known.get('status')) ? 'answered' : 'open';
      await document.update({ cancelled: true });
      const data = (await document.get()).data();
      const event = { id: 'event-of-the-cancellation', uid, requestId: REQUEST, data, time: world.clock.now() };
      return { name: 'event of the cancellation', run: (context) => onPrivacyRequestCancelled(context, event) };
    },
  };
}

/** The content of an undisturbed export of the person: made once for each product and size. */
const undisturbed = new Map<string, Promise<Content>>();

export function undisturbedOf(by: ExportStart): Promise<Content> {
  const like = by === 'access' || by === 'large' ? by : 'portability';
  const made = undisturbed.get(like) ?? makeUndisturbed(like);
  undisturbed.set(like, made);
  return made;
}

async function makeUndisturbed(by: ExportStart): Promise<Content> {
  const world = await openWorld();
  try {
    const person = await plantForExport(world, sizeOf(by));
    const drive = new Drive(world, exportCourse(by, world, person), new Injector(), new Set());
    await drive.start();
    await drive.go();
    const content = await contentOf(world, person, answerIn(await stateOf(world, person), person).parts);
    const wrong = notAsPlanted(content, sizeOf(by));
    if (wrong.length > 0) throw new Error(JSON.stringify(wrong));
    return content;
  } finally {
    await world.end();
  }
}

/** The systems in which the records of each are read. */
const READ_AT: Readonly<Record<SystemName, readonly string[]>> = {
  ...{ stripe: ['stripe'], brevo: ['brevo'], auth: ['auth'], storage: ['storage'] },
  ...{ app: ['firestore'], own: ['firestore'], tasks: [] },
};

/**
 * In every case, an export ends completed, or blocked and completed once an officer lets it try
 * again after the fault is gone. It has every row of an undisturbed one, once. Or it names the
 * missing ones in its manifest and on the request, and only if a source has failed to the last.
 * Nothing else is left in the bucket, and of a request that was taken back nothing at all. Nothing
 * else changes.
 */
export const exports: Scenario<ExportCourse> = {
  starts,
  // Also repeated calls: further parts are made of them.
  same: (name) => name,
  plant: (world, by) => plantForExport(world, sizeOf(by as ExportStart)),
  course: (by, world, person) => exportCourse(by as ExportStart, world, person),
  job: exportIn,
  isOver(state) {
    const open = jobsOf(state).filter(({ status }) => status !== 'completed' && status !== 'cancelled');
    const isRequestOver = [...state.own].some(
      ([path, row]) => path.startsWith('requests/') && isExport(row.get('type')) && row.get('status') !== undefined,
    );
    return isRequestOver && open.every(waitsForParts);
  },
  atAnyMoment: ({ world, person }, state) => [...falsePromises(state, person), ...namesIn(world, state)],
  atRest: ({ before, person }, state) => changed(before, state, person),
  async atTheEnd({ world, person, course, combination: { by, faults, lasting = false } }, state) {
    const isHopeless = lasting || by === 'last';
    const systems = faults.flatMap(({ call }) => READ_AT[call.slice(0, call.indexOf(' ')) as SystemName]);
    const takenBack = course.takenBack();
    const isTold = takenBack === 'not';
    return notAsPromised(world, person, state, {
      product: productOf(by as ExportStart),
      undisturbed: await undisturbedOf(by as ExportStart),
      mayLack: new Set(isHopeless ? systems : []),
      takenBack,
      messages: { sent: (await messagesTo(world, email)).length, least: isTold ? 1 : 0, most: 1 },
    });
  },
  isLacking: (state) => {
    const outcomes = exportIn(state)?.steps['archive']?.outcomes ?? [];
    // Some rows of a record may wait for a look: the others were read.
    const read = outcomes.flatMap((one) => ('record' in one && one.outcome === 'done' ? [one.record] : []));
    return outcomes.some((one) => 'record' in one && one.outcome === 'manual' && !read.includes(one.record));
  },
};
