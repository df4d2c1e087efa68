import { z } from 'zod';
import { median, table } from './figures.ts';
import { inSuite } from './inside.ts';

/** How fast an export is, what it is billed, and whether its memory grows: in suites of their own. */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const speed = z.object({ rows: z.number(), turns: z.array(z.object({ rawMs: z.number(), oursMs: z.number() })) });
const cost = z.object({ product: z.enum(['portability', 'access']), rows: z.number(), app: billed, own: billed });
const memory = z.object({
  rows: z.number(),
  megabytes: z.number(),
  bytes: z.number(),
  seconds: z.number(),
  peakMb: z.number(),
  peakHeapMb: z.number(),
});

export interface ExportFigures {
  readonly backend: string;
  readonly speed: z.infer<typeof speed>;
  readonly costs: readonly z.infer<typeof cost>[];
  readonly memory: readonly z.infer<typeof memory>[];
}

/** Bytes a second over a plain cursor read of the same documents. */
const SPEED_LIMIT = 0.7;
/** Reads beside one for each document; two of them are of the budget of Brevo's calls. */
const READS_LIMIT = 22;
const MEMORY_LIMIT = 1.2;

const insideSuite = (firestore: string, ...runs: readonly string[][]): Promise<unknown[]> =>
  inSuite('export-inside.ts', firestore, runs);

export async function benchExport(backend: string, say: (line: string) => void): Promise<ExportFigures> {
  say('export: operations');
  const costs = [];
  for (const [rows, product] of [
    ['10', 'portability'],
    ['4990', 'portability'],
    ['10', 'access'],
    ['4990', 'access'],
  ] as const) {
    const [told] = await insideSuite('embedded', ['cost', rows, product]);
    costs.push(cost.parse(told));
  }
  say('export: over a plain read');
  const [turns] = await insideSuite('auto', ['speed', '20000', '4']);
  const [few, many] = backend === 'official' ? ['10000', '200000'] : ['2000', '20000'];
  const held = [];
  for (const [size, megabytes] of [
    [few, '0'],
    [many, '0'],
    [few, '500'],
  ] as const) {
    say(`export: memory with ${size} documents and a file of ${megabytes} MB`);
    const [, figure] = await insideSuite('auto', ['seed', size], ['memory', size, megabytes]);
    held.push(memory.parse(figure));
  }
  return { backend, costs, speed: speed.parse(turns), memory: held };
}

const speedOf = ({ speed: { turns } }: ExportFigures): number =>
  median(turns.map(({ rawMs, oursMs }) => rawMs / oursMs));
const beside = ({ rows, app, own }: z.infer<typeof cost>): number => app.reads + own.reads - rows;
/** Of the larger exports over the first one, the worst. */
const growthOf = ({ memory: [first, ...larger] }: ExportFigures, of: 'peakMb' | 'peakHeapMb'): number =>
  Math.max(...larger.map((one) => one[of])) / (first?.[of] ?? NaN);

/** Figures that are over their limit. */
export function exportProblems(figures: ExportFigures): string[] {
  const problems: string[] = [];
  if (!(speedOf(figures) >= SPEED_LIMIT))
    problems.push(`an export is ${speedOf(figures).toFixed(2)} as fast as a plain read, below ${SPEED_LIMIT}`);
  for (const told of figures.costs)
    if (beside(told) > READS_LIMIT)
      problems.push(
        `the ${told.product} of ${told.rows} documents reads ${beside(told)} beside them, over ${READS_LIMIT}`,
      );
  if (!(growthOf(figures, 'peakMb') <= MEMORY_LIMIT))
    problems.push(`the process of a larger export holds ${growthOf(figures, 'peakMb').toFixed(2)} of a smaller one`);
  return problems;
}

export function exportPage(figures: ExportFigures): string {
  const { backend, speed: told, costs, memory: held } = figures;
  return `## Exports

One person's archive, with everything that is in it: each document as JSON and as a table, compressed, hashed, uploaded; ${backend} Firestore but for the operations, which the embedded one counts.

Bytes a second over a plain cursor read of the same documents, ${told.rows} documents, ${told.turns.length} turns: **${speedOf(figures).toFixed(2)}** of the plain read (${told.turns.map(({ rawMs, oursMs }) => (rawMs / oursMs).toFixed(2)).join(', ')}). At least ${SPEED_LIMIT}.

Billed operations of the whole job, its steps and its publication among them: at most ${READS_LIMIT} reads beside one for each document. An access looks into a dozen places more than a portability, most of them empty, and Firestore bills a look into an empty one as a read. Where a record's rows fill pages of 500 exactly, its end is one read more.

${table(
  ['export', 'documents', 'app: reads', 'own: reads', 'writes', 'reads beside the documents'],
  costs.map((one) => [
    one.product,
    one.rows,
    one.app.reads,
    one.own.reads,
    one.app.writes + one.own.writes,
    beside(one),
  ]),
)}

Memory of the exporting process: the larger exports hold at most ${growthOf(figures, 'peakMb').toFixed(2)} of the first one (at most ${MEMORY_LIMIT}); alive in its heap, at collections four times a second, ${growthOf(figures, 'peakHeapMb').toFixed(2)}. What is uploaded and the file lie in a bucket of another process.

${table(
  ['documents', 'file, MB', 'archive, MB', 'seconds', 'peak heap, MB', 'peak process, MB'],
  held.map((one) => [
    one.rows,
    one.megabytes,
    (one.bytes / 1e6).toFixed(1),
    one.seconds.toFixed(0),
    one.peakHeapMb.toFixed(1),
    one.peakMb.toFixed(0),
  ]),
)}`;
}
