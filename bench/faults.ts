import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../scripts/run.ts';
import { table as markdown } from './figures.ts';

/**
 * The fault matrices: each external call of an erasure, or of an export, with every fault that can
 * happen to a call. Each runs in a suite of its own.
 */

export const matrices = ['erasures', 'exports'] as const;
export type MatrixId = (typeof matrices)[number];

const cell = z.object({
  runs: z.number(),
  completed: z.number(),
  blocked: z.number(),
  lacking: z.number(),
  falseDone: z.number(),
  leftBehind: z.number(),
  othersTouched: z.number(),
  wrong: z.number(),
  unmet: z.number(),
});
export type Cell = z.infer<typeof cell>;
const tables = z.record(z.string(), z.record(z.string(), cell));

export const outcome = z.object({
  /** External calls of the undisturbed work. */
  calls: z.number(),
  /** By system and kind of fault. */
  table: tables,
  /** The same if a fault lasts until an officer has looked. */
  lasting: tables,
  /** The same if the person takes the request back. */
  takenBack: tables,
  /** Combinations, as FAULT takes them, each with its fault. */
  failures: z.array(z.object({ name: z.string(), what: z.string() })),
  seconds: z.number(),
});
export type Faults = z.infer<typeof outcome>;

/** Runs a whole matrix inside a suite; takes minutes. */
export async function benchFaults(matrix: MatrixId, say: (line: string) => void): Promise<Faults> {
  say(`${matrix}: each external call x each fault`);
  const suite = ['tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', 'embedded', '--'];
  const child = spawn('npx', [...suite, 'npx', 'tsx', join(ROOT, 'bench/inside/faults.ts'), matrix], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`the fault matrix gave no figures:\n${out}`);
  return outcome.parse(JSON.parse(line));
}

const cellsOf = (table: Faults['table']): Cell[] => Object.values(table).flatMap((row) => Object.values(row));

const sum = (cells: readonly Cell[], what: keyof Cell): number => cells.reduce((total, one) => total + one[what], 0);

/** Names each fault that was not handled: there may be none. */
export function faultProblems(matrix: MatrixId, { failures }: Faults): string[] {
  const one = matrix === 'erasures' ? 'an erasure' : 'an export';
  return failures.map(({ name, what }) => `${one} with FAULT='${name}': ${what}`);
}

const SYSTEMS: Readonly<Record<string, string>> = {
  stripe: 'Stripe',
  brevo: 'Brevo',
  auth: 'Auth',
  storage: 'Cloud Storage',
  app: "Firestore, the app's database",
  own: 'Firestore, `compliance`',
  tasks: 'Cloud Tasks',
};

const KINDS: Readonly<Record<string, string>> = {
  'killed-before': 'killed before the call',
  'killed-after': 'killed after its effect',
  '429': '429',
  '500': '500',
  '500-no-error': '500 without an error key',
  timeout: 'timeout, after its effect',
  'reset-before': 'reset before its effect',
  'reset-after': 'reset after its effect',
  garbage: 'garbage',
  duplicate: 'the task runs twice at once',
  'out-of-order': 'the task goes on after its lease',
};

/** The words of one matrix. */
interface Page {
  readonly heading: string;
  readonly generated: (calls: number) => string;
  readonly columns: readonly (readonly [string, keyof Cell])[];
  readonly each: string;
}

const PAGES: Readonly<Record<MatrixId, Page>> = {
  erasures: {
    heading: '## Erasures with failing calls or a dying process',
    generated: (calls) =>
      `Generated: ${calls} external calls of an undisturbed erasure (asked for by the person; and the further calls of one after a deletion of the account), each met by everything that can happen to a call, one erasure each; HTTP calls at the level of HTTP, those of Firestore at the level of its RPCs, in processes that die, on a clock that skips the waits. What the job says is held against everything that all systems hold, looked at past the backend.`,
    columns: [
      ['erasures', 'runs'],
      ['completed by themselves', 'completed'],
      ['blocked, and completed after a retry', 'blocked'],
      ['false `done`', 'falseDone'],
      ["others' data touched", 'othersTouched'],
      ['otherwise wrong', 'wrong'],
    ],
    each: 'Erasures that completed by themselves, by the fault and the system of the call:',
  },
  exports: {
    heading: '## Exports with failing calls or a dying process',
    generated: (calls) =>
      `Generated: ${calls} external calls of undisturbed exports (a portability; the further calls of an access, of rows that wait in the bucket, of parts, and of the last attempts), each met by everything that can happen to a call, one export each, in the same way. The archives are opened, verified and compared row by row with those of an undisturbed export, past the backend.`,
    columns: [
      ['exports', 'runs'],
      ['whole by themselves', 'completed'],
      ['without a source, which is named', 'lacking'],
      ['whole after a retry', 'blocked'],
      ['shorter or other than they say', 'falseDone'],
      ['something left behind', 'leftBehind'],
      ["others' data touched", 'othersTouched'],
      ['otherwise wrong', 'wrong'],
    ],
    each: 'Exports that were whole by themselves, by the fault and the system of the call:',
  },
};

/** The section of docs/benchmarks.md. */
export function faultPage(matrix: MatrixId, { calls, table, lasting, takenBack, seconds }: Faults): string {
  const { heading, generated, columns, each } = PAGES[matrix];
  const rows = Object.entries(KINDS).map(([kind, name]) => [
    name,
    ...Object.keys(SYSTEMS).map((system) => {
      const one = table[system]?.[kind];
      if (one === undefined) return '–';
      return one.completed === one.runs ? `${one.runs}` : `${one.completed} of ${one.runs}`;
    }),
  ]);
  const line = (what: string, of: Faults['table']): (string | number)[][] => {
    const cells = cellsOf(of);
    return cells.length === 0 ? [] : [[what, ...columns.map(([, name]) => sum(cells, name))]];
  };
  return `${heading}

${generated(calls)} ${seconds.toFixed(0)} s.

${markdown(
  ['', ...columns.map(([name]) => name)],
  [
    ...line('one fault', table),
    ...line('one that lasts until an officer has looked', lasting),
    ...line('taken back by the person at one call', takenBack),
  ],
)}

${each}

${markdown(['fault', ...Object.values(SYSTEMS)], rows)}`;
}

if (process.argv[1] === import.meta.filename) {
  const matrix = matrices.find((one) => one === process.argv[2]) ?? 'erasures';
  const faults = await benchFaults(matrix, (line) => console.error(line));
  console.log(faultPage(matrix, faults));
  for (const problem of faultProblems(matrix, faults)) console.error(problem);
  process.exitCode = faults.failures.length > 0 ? 1 : 0;
}
