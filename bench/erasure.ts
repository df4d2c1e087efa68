import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../scripts/run.ts';
import { median, table } from './figures.ts';

/**
 * Measures the operations and the time of an erasure: whole erasures, counted and compared in
 * suites of their own.
 */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const inside = z.object({
  costs: z.array(z.object({ documents: z.number(), rows: z.number(), app: billed, own: billed })),
  walls: z.array(z.object({ raw: z.number(), ours: z.number() })),
});
const atOnce = z.object({
  many: z.number(),
  completed: z.number(),
  blocked: z.number(),
  seconds: z.number(),
  others: z.array(z.number()),
});
export type ErasureFigures = z.infer<typeof inside> & { readonly atOnce: z.infer<typeof atOnce> };

/**
 * Operations of an erasure of so many documents in the app's database, and in the backend's own.
 * For a row outside the person's own place, one read more finds the documents below it.
 */
const APP_LIMIT = ({ documents, rows }: { readonly documents: number; readonly rows: number }): number =>
  2 * documents + 40 + rows;
/**
 * 101, with the entry of its beginning; 10 more for the third look: a task of its own, days later.
 */
const OWN_LIMIT = 111;
/** The Firestore step may take this many times a raw loop of the same queries and deletes. */
const WALL_LIMIT = 1.3;

async function insideSuite(script: string, ...args: string[]): Promise<unknown> {
  const suite = ['tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', 'embedded', '--'];
  const child = spawn('npx', [...suite, 'npx', 'tsx', join(ROOT, script), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`${script} gave no figures:\n${out}`);
  return JSON.parse(line);
}

export async function benchErasure(say: (line: string) => void): Promise<ErasureFigures> {
  say('erasures: operations and time');
  const figures = inside.parse(await insideSuite('bench/erasure-inside.ts'));
  say('erasures: 200 at once');
  return { ...figures, atOnce: atOnce.parse(await insideSuite('bench/erasures-inside.ts')) };
}

const total = ({ reads, writes, deletes }: z.infer<typeof billed>): number => reads + writes + deletes;
const ratioOf = ({ walls }: ErasureFigures): number => median(walls.map(({ raw, ours }) => ours / raw));

/** A figure as the page shows it: one that misses its limit says so. */
const marked = (value: number, limit: number): string | number =>
  value > limit ? `**${value}, over ${limit}**` : value;

/** Figures that are over their limit. */
export function erasureProblems(figures: ErasureFigures): string[] {
  const problems: string[] = [];
  for (const { documents, rows, app, own } of figures.costs) {
    const limit = APP_LIMIT({ documents, rows });
    if (total(app) > limit)
      problems.push(`an erasure of ${documents} documents: ${total(app)} operations, over ${limit}`);
    if (total(own) > OWN_LIMIT)
      problems.push(`an erasure of ${documents} documents: ${total(own)} operations of its own, over ${OWN_LIMIT}`);
  }
  if (ratioOf(figures) > WALL_LIMIT)
    problems.push(`the Firestore step takes ${ratioOf(figures).toFixed(2)} of a raw loop, over ${WALL_LIMIT}`);
  const { many, completed } = figures.atOnce;
  if (completed < many) problems.push(`${many - completed} of ${many} erasures at once did not complete`);
  return problems;
}

export function erasurePage(figures: ErasureFigures): string {
  const { many, completed, seconds, others } = figures.atOnce;
  const during = others.filter((at) => at < seconds).length;
  return `## An erasure

Billed operations of a whole erasure, from the event of the account's deletion to the forgotten identity, with the ticks that go on with it; of documents half of which lie in declared collections, half in undeclared ones up to three levels below. Rows outside the person's own place (contact requests that name the uid) have a document below every other one of them. Brevo is asked three times whether its log is gone; each time more is a task, of 8 own operations. At most 2 D + 40 in the app's database, and a read more for each row outside the person's place; ${OWN_LIMIT} in the backend's own: 10 of them for the third look. Counted by the embedded Firestore.

${table(
  ['documents (D)', 'rows outside', 'app: reads', 'writes', 'deletes', 'own: reads', 'writes', 'deletes', 'own: all'],
  figures.costs.map(({ documents, rows, app, own }) => [
    documents,
    rows,
    total(app) > APP_LIMIT({ documents, rows }) ? `${app.reads} (**all over**)` : app.reads,
    app.writes,
    app.deletes,
    own.reads,
    own.writes,
    own.deletes,
    marked(total(own), OWN_LIMIT),
  ]),
)}

The Firestore step of 10,000 such documents, over a raw loop of the same page queries and a BulkWriter that deletes the found documents: ${ratioOf(figures).toFixed(2)} (median of ${figures.walls.length} pairs; at most ${WALL_LIMIT}). Both are held to the BulkWriter's own ramp of 500 operations a second.

${many} erasures with graces that end in the same moment, through the deployed functions: ${completed} completed, the last after ${seconds.toFixed(0)} s. Meanwhile ${others.length} other people gave a consent with an effect at Brevo and asked for an export: ${during} of ${others.length} had both before the last erasure ended, after ${others.map((at) => at.toFixed(0)).join(', ')} s.`;
}
