import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { erasure } from '../../test/emulator/erasure/faultMatrix/erasure/scenario.ts';
import { exports } from '../../test/emulator/erasure/faultMatrix/export/scenario.ts';
import {
  everyCombination,
  everyLasting,
  everyTakenBack,
  nameOf,
  recordCalls,
  runAll,
  type Combination,
  type Ran,
  type Recorded,
} from '../../test/emulator/erasure/faultMatrix/matrix.ts';
import { count, type Table } from '../../test/emulator/erasure/faultMatrix/table.ts';
import { firestoreInside } from '../../test/emulator/erasure/faultMatrix/wire.ts';
import { matrices, outcome, type Cell, type Faults, type MatrixId } from '../faults.ts';

/**
 * Runs inside a suite: a whole fault matrix, shared out among as many processes as there are
 * processors.
 */

/** Runs under way in one process: they wait for each other's calls. */
const AT_ONCE = 6;
/** A slower combination is named, in milliseconds. */
const SLOW_MS = 60_000;

/** The work of each matrix, and its combinations beside the matrix itself. */
const WORK = {
  erasures: {
    record: () => recordCalls(erasure),
    runAll: (some: readonly Combination[], each: (ran: Ran) => void) => runAll(erasure, some, AT_ONCE, each),
    takenBack: (): Combination[] => [],
  },
  exports: {
    record: () => recordCalls(exports),
    runAll: (some: readonly Combination[], each: (ran: Ran) => void) => runAll(exports, some, AT_ONCE, each),
    takenBack: (recorded: Recorded) => everyTakenBack(recorded),
  },
} as const;

const which = matrices.find((one) => one === process.argv[2]);
if (which === undefined) throw new Error(`which matrix? ${matrices.join(', ')}`);
const [share, of] = process.argv.slice(3).map(Number);
if (share === undefined || of === undefined) {
  const began = performance.now();
  const workers = Math.max(1, Math.min(4, cpus().length));
  const parts = await Promise.all(Array.from({ length: workers }, (_, index) => work(which, index, workers)));
  console.log(JSON.stringify({ ...added(parts), seconds: (performance.now() - began) / 1000 }));
} else {
  console.log(JSON.stringify(await matrix(which, share, of)));
}
process.exit(0);

/** One share of all combinations. */
async function matrix(which: MatrixId, share: number, of: number): Promise<Faults> {
  firestoreInside();
  const work = WORK[which];
  const recorded = await work.record();
  // Sorts, so that the order is the same in every process: simultaneous calls are recorded as they
  // came.
  const mine = (all: readonly Combination[]): Combination[] =>
    [...all].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).filter((_, index) => index % of === share);
  const shares = {
    table: mine(everyCombination(recorded)),
    lasting: mine(everyLasting(recorded)),
    takenBack: mine(work.takenBack(recorded)),
  };
  const all = Object.values(shares).reduce((total, some) => total + some.length, 0);
  const into: Record<keyof typeof shares, Table> = { table: {}, lasting: {}, takenBack: {} };
  const failures: Faults['failures'] = [];
  let ran = 0;
  const note = (table: Table) => (one: Ran) => {
    count(table, one);
    ran += 1;
    if (ran % 100 === 0) console.error(`share ${share + 1} of ${of}: ${ran} of ${all}`);
    const name = nameOf(one.combination);
    if (one.ms > SLOW_MS) console.error(`${name}: ${(one.ms / 1000).toFixed(0)} s`);
    for (const { kind, what } of one.wrong) failures.push({ name, what: `${kind}: ${what}` });
    for (const call of one.unmet) failures.push({ name, what: `${call} was never called` });
  };
  await work.runAll(shares.table, note(into.table));
  await work.runAll(shares.lasting, note(into.lasting));
  await work.runAll(shares.takenBack, note(into.takenBack));
  const calls = Object.values(recorded).reduce((sum, some) => sum + some.length, 0);
  return outcome.parse({ calls, ...into, failures, seconds: 0 });
}

/** A process for one share. */
async function work(which: MatrixId, share: number, of: number): Promise<Faults> {
  const args = ['--import', 'tsx', import.meta.filename, which, String(share), String(of)];
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
      takenBack: tablesAdded(sum.takenBack, part.takenBack),
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
      into[kind] = into[kind] === undefined ? cell : cellsAdded(into[kind], cell);
    }
  }
  return sum;
}

// A function: the code above waits for the shares, and no constant below is initialised by then.
function cellsAdded(a: Cell, b: Cell): Cell {
  return Object.fromEntries((Object.keys(a) as (keyof Cell)[]).map((name) => [name, a[name] + b[name]])) as Cell;
}
