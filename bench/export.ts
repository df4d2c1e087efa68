import { z } from 'zod';
import { median, table } from './figures.ts';
import { inSuite } from './inSuite.ts';

/** Measures how fast an export is, and whether its memory grows: in suites of their own. */

const speed = z.object({ rows: z.number(), pairs: z.array(z.object({ rawMs: z.number(), oursMs: z.number() })) });
const memory = z.object({
  rows: z.number(),
  megabytes: z.number(),
  bytes: z.number(),
  seconds: z.number(),
  readSeconds: z.number(),
  peakMb: z.number(),
  peakHeapMb: z.number(),
});

export interface ExportFigures {
  readonly backend: string;
  readonly speed: z.infer<typeof speed>;
  readonly memory: readonly z.infer<typeof memory>[];
}

/** Bytes a second over a plain cursor read of the same documents. */
const SPEED_LIMIT = 0.7;
const MEMORY_LIMIT = 1.2;

const insideSuite = (firestore: string, ...runs: readonly string[][]): Promise<unknown[]> =>
  inSuite('export.ts', firestore, runs);

export async function benchExport(backend: string, say: (line: string) => void): Promise<ExportFigures> {
  say('export: over a plain read');
  const [measured] = await insideSuite('auto', ['speed', '20000', '4']);
  const [few, many] = backend === 'official' ? ['10000', '40000'] : ['2000', '20000'];
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
  return { backend, speed: speed.parse(measured), memory: held };
}

const speedOf = ({ speed: { pairs } }: ExportFigures): number =>
  median(pairs.map(({ rawMs, oursMs }) => rawMs / oursMs));
/** Of the larger exports over the first one, the worst. */
const growthOf = ({ memory: [first, ...larger] }: ExportFigures, of: 'peakMb' | 'peakHeapMb'): number =>
  Math.max(...larger.map((one) => one[of])) / (first?.[of] ?? NaN);

/** Figures that are over their limit. */
export function exportProblems(figures: ExportFigures): string[] {
  const problems: string[] = [];
  if (!(speedOf(figures) >= SPEED_LIMIT))
    problems.push(`an export is ${speedOf(figures).toFixed(2)} as fast as a plain read, below ${SPEED_LIMIT}`);
  if (!(growthOf(figures, 'peakMb') <= MEMORY_LIMIT))
    problems.push(`the process of a larger export holds ${growthOf(figures, 'peakMb').toFixed(2)} of a smaller one`);
  return problems;
}

export function exportPage(figures: ExportFigures): string {
  const { backend, speed: told, memory: held } = figures;
  return `## Exports

One person's archive, with everything that is in it: each document as JSON and as a table, compressed, hashed, uploaded; ${backend} Firestore.

Bytes a second over a plain cursor read of the same documents, ${told.rows} documents, ${told.pairs.length} pairs: **${speedOf(figures).toFixed(2)}** of the plain read (${told.pairs.map(({ rawMs, oursMs }) => (rawMs / oursMs).toFixed(2)).join(', ')}). At least ${SPEED_LIMIT}.

Memory of the exporting process: the larger exports hold at most ${growthOf(figures, 'peakMb').toFixed(2)} of the first one (at most ${MEMORY_LIMIT}); alive in its heap, at collections four times a second, ${growthOf(figures, 'peakHeapMb').toFixed(2)}. What is uploaded and the file lie in a bucket of another process. Beside each export, a plain cursor read of the same documents, page by page: a local Firestore looks through all rows of a collection for each page, so that both grow faster than the rows.

${table(
  ['documents', 'file, MB', 'archive, MB', 'seconds', 'a plain read, seconds', 'peak heap, MB', 'peak process, MB'],
  held.map((one) => [
    one.rows,
    one.megabytes,
    (one.bytes / 1e6).toFixed(1),
    one.seconds.toFixed(0),
    one.readSeconds.toFixed(0),
    one.peakHeapMb.toFixed(1),
    one.peakMb.toFixed(0),
  ]),
)}`;
}
