import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { median, table } from './figures.ts';
import { insideSuite } from './inSuite.ts';

/**
 * Measures the operations and the time of an erasure: whole erasures, counted and compared in
 * suites of their own.
 */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const inside = z.object({
  costs: z.array(z.object({ documents: z.number(), rows: z.number(), tasks: z.number(), app: billed, own: billed })),
});
const speed = z.object({
  documents: z.number(),
  turns: z.array(z.object({ rawMs: z.number(), ms: z.number(), taskMs: z.number(), theirMs: z.number().optional() })),
});
const atOnce = z.object({
  many: z.number(),
  completed: z.number(),
  blocked: z.number(),
  seconds: z.number(),
  others: z.array(z.number()),
});
export type ErasureFigures = z.infer<typeof inside> & {
  readonly backend: string;
  readonly speeds: readonly z.infer<typeof speed>[];
};
export type AtOnceFigures = z.infer<typeof atOnce>;

/**
 * Operations of an erasure of so many documents in the app's database, and in the backend's own.
 * For a row outside the person's own place, one read more finds the documents below it.
 */
const APP_LIMIT = ({ documents, rows }: { readonly documents: number; readonly rows: number }): number =>
  2 * documents + 40 + rows;
/**
 * 101, with the entry of its beginning; 10 more for the third look, a task of its own, days later.
 * Above 1,000 documents an instance leases a share of the writes, 2 operations for each three
 * seconds. An officer's task is 7, from its making to its closing with its sheet; the answer in
 * part, before the tasks are over, is 5.
 */
const OWN_LIMIT = ({ documents, tasks }: { readonly documents: number; readonly tasks: number }): number =>
  (documents > 1_000 ? 121 : 111) + (tasks === 0 ? 0 : 7 * tasks + 5);
/** The number of documents, and the turns in which they are made. */
const SIZES = [
  [100, 3],
  [10_000, 3],
  [50_000, 1],
] as const;
/** From this size on the speed has limits: below it the other steps take most of the time. */
const MANY = 10_000;
/** An erasure, from the account's deletion, may take this many times the raw loop. */
const RAW_LIMIT = 3.5;
/** It is at least so many times as fast as delete-user-data. */
const EXTENSION_LIMIT = 4;
/** The documents of a small erasure are gone within this time of its first task's start, in ms. */
const FEW = { documents: 100, ms: 1_000 };

/**
 * Builds the extension delete-user-data if it is not built.
 *
 * @param folder `delete-user-data/functions` of a checkout of github.com/firebase/extensions
 */
function built(folder: string): string {
  const cwd = resolve(folder);
  if (!existsSync(join(cwd, 'lib/index.js'))) {
    execFileSync('npm', ['ci', '--ignore-scripts'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('npx', ['tsc'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return cwd;
}

/**
 * @param backend the Firestore on which the speed is measured
 * @param extension the folder of delete-user-data; undefined: it is not measured
 */
export async function benchErasure(
  backend: string,
  extension: string | undefined,
  say: (line: string) => void,
): Promise<ErasureFigures> {
  say('erasures: operations');
  const figures = inside.parse(await insideSuite('embedded', 'bench/inside/erasure.ts'));
  const others = extension === undefined ? [] : [built(extension)];
  const speeds = [];
  for (const [documents, turns] of SIZES) {
    say(`erasures: time of ${documents} documents`);
    const args = [String(documents), String(turns), ...others];
    const measured = speed.parse(await insideSuite(backend, 'bench/inside/erasureSpeed.ts', ...args));
    say(JSON.stringify(measured));
    speeds.push(measured);
  }
  return { ...figures, backend, speeds };
}

/** Runs 200 erasures with graces that end in the same moment, through the deployed functions. */
export async function benchErasuresAtOnce(): Promise<AtOnceFigures> {
  return atOnce.parse(await insideSuite('embedded', 'bench/inside/erasures.ts'));
}

const total = ({ reads, writes, deletes }: z.infer<typeof billed>): number => reads + writes + deletes;
type Speed = z.infer<typeof speed>;
const rawRatioOf = ({ turns }: Speed): number => median(turns.map(({ ms, rawMs }) => ms / rawMs));
/** Undefined: delete-user-data was not measured. */
function extensionRatioOf({ turns }: Speed): number | undefined {
  const ratios = turns.flatMap(({ ms, theirMs }) => (theirMs === undefined ? [] : [theirMs / ms]));
  return ratios.length === 0 ? undefined : median(ratios);
}

/** A figure as the page shows it: one that misses its limit says so. */
const marked = (value: number, limit: number): string | number =>
  value > limit ? `**${value}, over ${limit}**` : value;

/** Figures that are over their limit. */
export function erasureProblems(figures: ErasureFigures): string[] {
  const problems: string[] = [];
  for (const { documents, rows, tasks, app, own } of figures.costs) {
    const limit = APP_LIMIT({ documents, rows });
    if (total(app) > limit)
      problems.push(`an erasure of ${documents} documents: ${total(app)} operations, over ${limit}`);
    const ownLimit = OWN_LIMIT({ documents, tasks });
    if (total(own) > ownLimit)
      problems.push(`an erasure of ${documents} documents: ${total(own)} operations of its own, over ${ownLimit}`);
  }
  for (const one of figures.speeds) {
    const { documents, turns } = one;
    const [raw, extension] = [rawRatioOf(one), extensionRatioOf(one)];
    if (documents >= MANY && raw > RAW_LIMIT)
      problems.push(`an erasure of ${documents} documents takes ${raw.toFixed(1)} of a raw loop, over ${RAW_LIMIT}`);
    if (documents >= MANY && extension !== undefined && extension < EXTENSION_LIMIT)
      problems.push(
        `an erasure of ${documents} documents is ${extension.toFixed(1)} times as fast as delete-user-data, below ${EXTENSION_LIMIT}`,
      );
    const fewMs = median(turns.map(({ taskMs }) => taskMs));
    if (documents === FEW.documents && fewMs > FEW.ms)
      problems.push(`${FEW.documents} documents are gone ${fewMs.toFixed(0)} ms after the first task, over ${FEW.ms}`);
  }
  return problems;
}

export const atOnceProblems = ({ many, completed }: AtOnceFigures): string[] =>
  completed < many ? [`${many - completed} of ${many} erasures at once did not complete`] : [];

export function erasurePage(figures: ErasureFigures): string {
  return `## An erasure

Billed operations of a whole erasure, from the event of the account's deletion to the forgotten identity, with the ticks that go on with it; of documents half of which lie in declared collections, half in undeclared ones up to three levels below. Rows outside the person's own place (contact requests that name the uid) have a document below every other one of them. Brevo is asked three times whether its log is gone; each time more is a task, of 8 own operations. At most 2 D + 40 in the app's database, and a read more for each row outside the person's place; ${OWN_LIMIT({ documents: 0, tasks: 0 })} in the backend's own, 10 of them for the third look; above 1,000 documents 10 more, for shares of the writes. Each recipient that an officer has to ask is 7 more, from its task to its closing, and the answer in part 5. Counted by the embedded Firestore.

${table(
  [
    'documents (D)',
    'rows outside',
    'tasks of officers',
    'app: reads',
    'writes',
    'deletes',
    'own: reads',
    'writes',
    'deletes',
    'own: all',
  ],
  figures.costs.map(({ documents, rows, tasks, app, own }) => [
    documents,
    rows,
    tasks,
    total(app) > APP_LIMIT({ documents, rows }) ? `${app.reads} (**all over**)` : app.reads,
    app.writes,
    app.deletes,
    own.reads,
    own.writes,
    own.deletes,
    marked(total(own), OWN_LIMIT({ documents, tasks })),
  ]),
)}

Until all of a person's documents are gone, on the ${figures.backend} Firestore: a raw loop of page queries and a BulkWriter without its ramp; delete-user-data (its own function and Admin SDK, recursive); and an erasure of ours from the event of the account's deletion, with all steps before. Medians of the turns, one after the other in one suite. From ${MANY} documents on at most ${RAW_LIMIT} of the raw loop, and at least ${EXTENSION_LIMIT} times as fast as delete-user-data; ${FEW.documents} documents are gone at most ${FEW.ms} ms after the start of the first task.

${table(
  [
    'documents',
    'turns',
    'raw loop, s',
    'delete-user-data, s',
    'ours, s',
    'from the first task, s',
    'over the raw loop',
    'as fast as delete-user-data',
  ],
  figures.speeds.map((one) => {
    const seconds = (of: (turn: Speed['turns'][number]) => number): string =>
      (median(one.turns.map(of)) / 1000).toFixed(2);
    const extension = extensionRatioOf(one);
    return [
      one.documents,
      one.turns.length,
      seconds(({ rawMs }) => rawMs),
      extension === undefined ? 'not measured' : seconds(({ theirMs }) => theirMs ?? NaN),
      seconds(({ ms }) => ms),
      seconds(({ taskMs }) => taskMs),
      rawRatioOf(one).toFixed(2),
      extension === undefined ? 'not measured' : `${extension.toFixed(1)} times`,
    ];
  }),
)}`;
}

export function atOncePage({ many, completed, seconds, others }: AtOnceFigures): string {
  const during = others.filter((at) => at < seconds).length;
  return `## Many erasures at once

${many} erasures with graces that end in the same moment, through the deployed functions: ${completed} completed, the last after ${seconds.toFixed(0)} s. Meanwhile ${others.length} other people gave a consent with an effect at Brevo and asked for an export: ${during} of ${others.length} had both before the last erasure ended, after ${others.map((at) => at.toFixed(0)).join(', ')} s.`;
}
