import { z } from 'zod';
import { median, table } from './figures.ts';
import { inSuite } from './inSuite.ts';

/**
 * Measures how fast a sweep deletes, how windows side by side scale, the billed operations of a
 * run, and whether its memory grows. Each runs in suites of its own.
 */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const speed = z.object({
  rows: z.number(),
  pairs: z.array(z.object({ rawMs: z.number(), queryMs: z.number(), oursMs: z.number() })),
});
const windows = z.object({
  rows: z.number(),
  perSecond: z.number(),
  limitPerSecond: z.number(),
  runs: z.array(z.object({ most: z.number(), windows: z.number(), splitMs: z.number(), perSecond: z.number() })),
});
const cost = z.object({
  pages: z.number(),
  told: z.array(
    z.object({
      rows: z.number(),
      held: z.number(),
      deleted: z.number(),
      left: z.number(),
      app: billed,
      own: billed,
    }),
  ),
});
const memory = z.object({
  rows: z.number(),
  seconds: z.number(),
  peakMb: z.number(),
  peakHeapMb: z.number(),
});
export interface RetentionFigures {
  readonly backend: string;
  readonly speed: z.infer<typeof speed>;
  readonly windows: z.infer<typeof windows>;
  readonly cost: z.infer<typeof cost>;
  readonly memory: readonly z.infer<typeof memory>[];
}

/** Rows a second over a raw loop of the same queries and deletes. */
const SPEED_LIMIT = 0.8;
/** Eight windows over one, if the backend can do more. */
const SCALING_LIMIT = 6;
/** Operations of a run beside a read and a delete for each row. */
const PER_PAGE_LIMIT = 5;
const MEMORY_LIMIT = 1.2;

const insideSuite = (firestore: string, ...runs: readonly string[][]): Promise<unknown[]> =>
  inSuite('retention.ts', firestore, runs);

export async function benchRetention(backend: string, say: (line: string) => void): Promise<RetentionFigures> {
  say('retention: operations, with 50,000 people held');
  const [told] = await insideSuite('embedded', ['cost', '10000', '50000']);
  say('retention: over a raw loop');
  const [measured] = await insideSuite('auto', ['speed', '20000', '4']);
  say('retention: windows side by side');
  const [scaled] = await insideSuite('auto', ['windows', '40000', '300']);
  const sizes = backend === 'official' ? ['10000', '200000'] : ['2000', '20000'];
  const held = [];
  for (const size of sizes) {
    say(`retention: memory of a sweep of ${size} rows`);
    const [, figure] = await insideSuite('auto', ['seed', size], ['memory', size]);
    held.push(memory.parse(figure));
  }
  return {
    backend,
    cost: cost.parse(told),
    speed: speed.parse(measured),
    windows: windows.parse(scaled),
    memory: held,
  };
}

const speedOf = ({ speed: { pairs } }: RetentionFigures): number =>
  median(pairs.map(({ rawMs, oursMs }) => rawMs / oursMs));
const scalingOf = ({ windows: { runs } }: RetentionFigures): number =>
  (runs.at(-1)?.perSecond ?? NaN) / (runs[0]?.perSecond ?? NaN);
type Told = z.infer<typeof cost>['told'][number];
/**
 * Operations beside a read for each row, a delete for each deleted row, and a read for each held
 * person.
 */
const beside = ({ rows, deleted, held, app, own }: Told): number =>
  app.reads + app.writes + app.deletes + own.reads + own.writes + own.deletes - rows - deleted - held;
const growthOf = ({ memory: [less, more] }: RetentionFigures, of: 'peakMb' | 'peakHeapMb'): number =>
  (more?.[of] ?? NaN) / (less?.[of] ?? NaN);

/** Figures that are over their limit. */
export function retentionProblems(figures: RetentionFigures): string[] {
  const problems: string[] = [];
  if (!(speedOf(figures) >= SPEED_LIMIT))
    problems.push(`a sweep deletes at ${speedOf(figures).toFixed(2)} of a raw loop, below ${SPEED_LIMIT}`);
  if (!(scalingOf(figures) >= SCALING_LIMIT))
    problems.push(`8 windows delete ${scalingOf(figures).toFixed(1)} times as fast as one, below ${SCALING_LIMIT}`);
  for (const told of figures.cost.told)
    if (beside(told) > PER_PAGE_LIMIT * figures.cost.pages)
      problems.push(`a run costs ${beside(told)} operations beside its rows, over ${PER_PAGE_LIMIT} a page`);
  if (!(growthOf(figures, 'peakMb') <= MEMORY_LIMIT))
    problems.push(`the process of a larger sweep holds ${growthOf(figures, 'peakMb').toFixed(2)} of a smaller one`);
  return problems;
}

export function retentionPage(figures: RetentionFigures): string {
  const { backend, speed: told, windows: scaled, cost: costs, memory: held } = figures;
  const share = median(told.pairs.map(({ queryMs, rawMs }) => queryMs / rawMs));
  return `## Retention

A record below its people (\`users/{uid}/sessions\`), all rows over their period; ${backend} Firestore but for the operations, which the embedded one counts. Local Firestores look through the whole collection group for each query, production does not: of the raw loop's time ${(100 * share).toFixed(0)} % is their queries.

Rows a second over a raw loop of the same queries and a BulkWriter, both without the writer's ramp, ${told.rows} rows, ${told.pairs.length} pairs: **${speedOf(figures).toFixed(2)}** of the raw loop (${told.pairs.map(({ rawMs, oursMs }) => (rawMs / oursMs).toFixed(2)).join(', ')}). At least ${SPEED_LIMIT}. Ours is a whole run: its document, its jobs, its report.

The same backlog of ${scaled.rows} rows in windows side by side, each of which writes ${scaled.perSecond} a second, as an instance in production has a rate of its own; eight raw loops without a limit reach ${scaled.limitPerSecond.toFixed(0)} a second on this machine. At least ${SCALING_LIMIT} times at 8. Before it, the backlog is counted in parts and divided: here each count looks through the whole collection group, in production it reads an index, a read for a thousand rows.

${table(
  ['windows allowed', 'windows', 'dividing, s', 'then rows a second', 'over one'],
  scaled.runs.map(({ most, windows: count, splitMs, perSecond }) => [
    most,
    count,
    (splitMs / 1000).toFixed(1),
    perSecond.toFixed(0),
    (perSecond / (scaled.runs[0]?.perSecond ?? NaN)).toFixed(2),
  ]),
)}

Billed operations of a run of one record, all of it: at most ${PER_PAGE_LIMIT} a page of 500 beside a read and a delete for each row, and a read for each held person.

${table(
  ['rows', 'people held', 'deleted', 'left', 'app: reads', 'deletes', 'own: reads', 'writes', 'beside, a page'],
  costs.told.map((one) => [
    one.rows,
    one.held,
    one.deleted,
    one.left,
    one.app.reads,
    one.app.deletes,
    one.own.reads,
    one.own.writes,
    (beside(one) / costs.pages).toFixed(1),
  ]),
)}

Memory of the sweeping process: the larger sweep holds ${growthOf(figures, 'peakMb').toFixed(2)} of the smaller one (at most ${MEMORY_LIMIT}); alive in its heap, at collections four times a second, ${growthOf(figures, 'peakHeapMb').toFixed(2)}.

${table(
  ['rows', 'seconds', 'peak heap, MB', 'peak process, MB'],
  held.map((one) => [one.rows, one.seconds.toFixed(0), one.peakHeapMb.toFixed(1), one.peakMb.toFixed(0)]),
)}`;
}
