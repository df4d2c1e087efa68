import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../scripts/run.ts';
import { table as markdown } from './figures.ts';

/** The fault matrix of an erasure: each of its external calls x everything that can happen to a call, in a suite of its own. */

const cell = z.object({
  runs: z.number(),
  completed: z.number(),
  blocked: z.number(),
  falseDone: z.number(),
  othersTouched: z.number(),
  wrong: z.number(),
  unmet: z.number(),
});
const tables = z.record(z.string(), z.record(z.string(), cell));

export const outcome = z.object({
  /** External calls of an undisturbed erasure. */
  calls: z.number(),
  /** By system and kind of fault. */
  table: tables,
  /** The same where a fault lasts until an officer has looked. */
  lasting: tables,
  /** Combinations, as FAULT takes them, with what was wrong. */
  failures: z.array(z.object({ name: z.string(), what: z.string() })),
  seconds: z.number(),
});
export type Faults = z.infer<typeof outcome>;
type Cell = z.infer<typeof cell>;

/** Runs the whole matrix inside a suite; takes minutes. */
export async function benchFaults(say: (line: string) => void): Promise<Faults> {
  say('erasures: each external call x each fault');
  const suite = ['tsx', join(ROOT, 'emulator/cli.ts'), 'exec', '--ports', 'auto', '--firestore', 'embedded', '--'];
  const child = spawn('npx', [...suite, 'npx', 'tsx', join(ROOT, 'bench/faults-inside.ts')], {
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

/** What is not as it must be: nothing may be. */
export function faultProblems({ failures }: Faults): string[] {
  return failures.map(({ name, what }) => `an erasure with FAULT='${name}': ${what}`);
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

/** The section of docs/benchmarks.md. */
export function faultPage({ calls, table, lasting, seconds }: Faults): string {
  const [all, long] = [cellsOf(table), cellsOf(lasting)];
  const rows = Object.entries(KINDS).map(([kind, name]) => [
    name,
    ...Object.keys(SYSTEMS).map((system) => {
      const one = table[system]?.[kind];
      if (one === undefined) return '–';
      return one.completed === one.runs ? `${one.runs}` : `${one.completed} of ${one.runs}`;
    }),
  ]);
  const total = (cells: readonly Cell[]): (string | number)[] => [
    sum(cells, 'runs'),
    sum(cells, 'completed'),
    sum(cells, 'blocked'),
    sum(cells, 'falseDone'),
    sum(cells, 'othersTouched'),
    sum(cells, 'wrong'),
  ];
  return `## Erasures whose calls fail, or whose process dies

Generated: ${calls} external calls of an undisturbed erasure (asked for by the person; and what differs where the account is deleted), each met by everything that can happen to a call, one erasure each; HTTP calls at the level of HTTP, those of Firestore at the level of its RPCs, in processes that die, on a clock that skips the waits. What the job says is held against everything that all systems hold, looked at past the backend. ${seconds.toFixed(0)} s.

${markdown(
  [
    '',
    'erasures',
    'completed by themselves',
    'blocked, and completed after a retry',
    'false `done`',
    "others' data touched",
    'otherwise wrong',
  ],
  [
    ['one fault', ...total(all)],
    ['one that lasts until an officer has looked', ...total(long)],
  ],
)}

Erasures that completed by themselves, by what happened to which call:

${markdown(['what happened', ...Object.values(SYSTEMS)], rows)}`;
}

if (process.argv[1] === import.meta.filename) {
  const faults = await benchFaults((line) => console.error(line));
  console.log(faultPage(faults));
  for (const problem of faultProblems(faults)) console.error(problem);
  process.exitCode = faults.failures.length > 0 ? 1 : 0;
}
