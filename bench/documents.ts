import { z } from 'zod';
import { table } from './figures.ts';
import { inSuite } from './inSuite.ts';

/** Memory of work that reads whole documents: of 1 kB and of 1 MB, with a heap of 512 MiB. */

const figure = z.object({
  what: z.string(),
  rows: z.number(),
  bytes: z.number(),
  seconds: z.number(),
  peakMb: z.number(),
  peakHeapMb: z.number(),
});
type Figure = z.infer<typeof figure>;
export interface DocumentFigures {
  readonly backend: string;
  /** Small and large documents, for each kind of work. */
  readonly pairs: readonly (readonly [Figure, Figure])[];
}

const MEMORY_LIMIT = 1.3;
const WORKS = { archive: 'a sweep archives them', read: 'an export reads them' } as const;

export async function benchDocuments(backend: string, say: (line: string) => void): Promise<DocumentFigures> {
  // The embedded Firestore holds all of it in memory, and its answers as well.
  const rows = backend === 'official' ? '1000' : '200';
  const pairs: [Figure, Figure][] = [];
  for (const what of Object.keys(WORKS)) {
    const held: Figure[] = [];
    for (const bytes of ['1000', '1000000']) {
      say(`documents: ${rows} of ${bytes} bytes, ${what}`);
      const runs = [
        ['seed', rows, bytes],
        [what, rows, bytes],
      ];
      const [, told] = await inSuite('documents.ts', 'auto', runs, '--max-old-space-size=512');
      held.push(figure.parse(told));
    }
    const [small, large] = held;
    if (small !== undefined && large !== undefined) pairs.push([small, large]);
  }
  return { backend, pairs };
}

const ratio = ([small, large]: readonly [Figure, Figure], of: 'peakMb' | 'peakHeapMb'): number => large[of] / small[of];
const nameOf = (what: string): string => (what === 'archive' ? WORKS.archive : WORKS.read);

/** Figures that are over their limit. */
export const documentProblems = ({ pairs }: DocumentFigures): string[] =>
  pairs.flatMap((pair) =>
    (['peakHeapMb', 'peakMb'] as const)
      .filter((of) => !(ratio(pair, of) <= MEMORY_LIMIT))
      .map((of) => {
        const what = of === 'peakMb' ? 'process' : 'heap';
        return `documents of 1 MB hold ${ratio(pair, of).toFixed(2)} of the memory of those of 1 kB (${nameOf(pair[0].what)}, ${what}), over ${MEMORY_LIMIT}`;
      }),
  );

export const documentPage = ({ backend, pairs }: DocumentFigures): string => `## Documents of 1 MB

As many documents of 1 kB and of 1 MB (${backend} Firestore), each in a process of its own with a heap of at most 512 MiB. The large ones may hold at most ${MEMORY_LIMIT} of the memory of the small ones: ${pairs
  .map(
    (pair) =>
      `${nameOf(pair[0].what)}: ${ratio(pair, 'peakHeapMb').toFixed(2)} (heap) and ${ratio(pair, 'peakMb').toFixed(2)} (process)`,
  )
  .join('; ')}.

${table(
  ['work', 'documents', 'bytes of each', 'seconds', 'peak heap, MB', 'peak process, MB'],
  pairs
    .flat()
    .map((one) => [
      nameOf(one.what),
      one.rows,
      one.bytes,
      one.seconds.toFixed(1),
      one.peakHeapMb.toFixed(1),
      one.peakMb.toFixed(0),
    ]),
)}`;
