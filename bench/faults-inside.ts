import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import {
  count,
  everyCombination,
  everyLasting,
  nameOf,
  recordCalls,
  runAll,
  type Ran,
  type Table,
} from '../test/emulator/faultMatrix/matrix.ts';
import { firestoreInside } from '../test/emulator/faultMatrix/wire.ts';
import { outcome, type Faults } from './faults.ts';

/** Runs inside a suite: the whole fault matrix, shared out among as many processes as there are processors. */

/** Erasures under way in one process: they wait for each other's calls. */
const AT_ONCE = 6;
/** One that takes longer is named, in milliseconds. */
const SLOW_MS = 60_000;

const [share, of] = process.argv.slice(2).map(Number);
if (share === undefined || of === undefined) {
  const began = performance.now();
  const workers = Math.max(1, Math.min(4, cpus().length));
  const parts = await Promise.all(Array.from({ length: workers }, (_, index) => work(index, workers)));
  console.log(JSON.stringify({ ...added(parts), seconds: (performance.now() - began) / 1000 }));
} else {
  console.log(JSON.stringify(await matrix(share, of)));
}
process.exit(0);

/** One share of all combinations. */
async function matrix(share: number, of: number): Promise<Faults> {
  firestoreInside();
  const recorded = await recordCalls();
  const mine = <T>(all: readonly T[]): T[] => all.filter((_, index) => index % of === share);
  const [single, long] = [mine(everyCombination(recorded)), mine(everyLasting(recorded))];
  const all = single.length + long.length;
  const [table, lasting]: [Table, Table] = [{}, {}];
  const failures: Faults['failures'] = [];
  let ran = 0;
  const note = (into: Table) => (one: Ran) => {
    count(into, one);
    ran += 1;
    if (ran % 100 === 0) console.error(`share ${share + 1} of ${of}: ${ran} of ${all}`);
    if (one.ms > SLOW_MS) console.error(`${nameOf(one.combination)}: ${(one.ms / 1000).toFixed(0)} s`);
    const name = nameOf(one.combination);
    for (const { kind, what } of one.wrong) failures.push({ name, what: `${kind}: ${what}` });
    for (const call of one.unmet) failures.push({ name, what: `${call} was never called` });
  };
  await runAll(single, AT_ONCE, note(table));
  await runAll(long, AT_ONCE, note(lasting));
  const calls = Object.values(recorded).reduce((sum, some) => sum + some.length, 0);
  return { calls, table, lasting, failures, seconds: 0 };
}

/** A process for one share. */
async function work(share: number, of: number): Promise<Faults> {
  const args = ['--import', 'tsx', import.meta.filename, String(share), String(of)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`a share of the fault matrix ended with ${code}:\n${out}`);
  return outcome.parse(JSON.parse(line));
}

function added(parts: readonly Faults[]): Faults {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('no share of the fault matrix');
  return others.reduce(
    (sum, part) => ({
      ...sum,
      table: tablesAdded(sum.table, part.table),
      lasting: tablesAdded(sum.lasting, part.lasting),
      failures: [...sum.failures, ...part.failures],
    }),
    first,
  );
}

function tablesAdded(a: Faults['table'], b: Faults['table']): Faults['table'] {
  const sum = structuredClone(a);
  for (const [system, row] of Object.entries(b)) {
    const into = (sum[system] ??= {});
    for (const [kind, cell] of Object.entries(row)) {
      const before = into[kind];
      into[kind] =
        before === undefined
          ? cell
          : {
              runs: before.runs + cell.runs,
              completed: before.completed + cell.completed,
              blocked: before.blocked + cell.blocked,
              falseDone: before.falseDone + cell.falseDone,
              othersTouched: before.othersTouched + cell.othersTouched,
              wrong: before.wrong + cell.wrong,
              unmet: before.unmet + cell.unmet,
            };
    }
  }
  return sum;
}
