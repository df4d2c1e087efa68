import { firestoreInside } from './wire.ts';
import {
  combinationFrom,
  count,
  erase,
  everyCombination,
  everyLasting,
  nameOf,
  recordCalls,
  runAll,
  totalOf,
  type Table,
} from './matrix.ts';
if (process.env['INSIDE']) firestoreInside();
process.on('unhandledRejection', (e) => console.log('UNHANDLED', e));
const t0 = performance.now();
if (process.env['FAULT']) {
  const ran = await erase(combinationFrom(process.env['FAULT']));
  console.log(ran.calls.map(({ name }) => name).join('\n'));
  console.log(Math.round(ran.ms), 'ms', ran.wrong, ran.unmet, ran.blocked, ran.processes);
  process.exit(0);
}
const recorded = await recordCalls();
console.log('calls', recorded.request.length, recorded.deletion.length);
const all = process.env['LASTING'] ? everyLasting(recorded) : everyCombination(recorded);
const [n, of] = (process.env['SHARD'] ?? '0/1').split('/').map(Number) as [number, number];
const mine = all.slice(Number(process.env['START'] ?? 0)).filter((_, i) => i % of === n);
console.log('combinations', all.length, 'mine', mine.length);
const table: Table = {};
let done = 0;
await runAll(mine, 6, (ran) => {
  count(table, ran);
  done += 1;
  if (ran.wrong.length || ran.unmet.length)
    console.log(
      'WRONG',
      nameOf(ran.combination),
      ran.unmet.length ? 'UNMET' : '',
      Math.round(ran.ms),
      JSON.stringify(ran.wrong).slice(0, 700),
    );
  if (ran.blocked) console.log('BLOCKED', nameOf(ran.combination));
  if (done % 50 === 0) console.log(done, Math.round((performance.now() - t0) / 1000), 's');
});
for (const [system, row] of Object.entries(table))
  for (const [kind, cell] of Object.entries(row)) console.log(system, kind, JSON.stringify(cell));
console.log(totalOf(table), Math.round((performance.now() - t0) / 1000), 's', process.cpuUsage());
process.exit(0);
