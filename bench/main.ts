import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ROOT, run } from '../scripts/run.ts';
import { benchCost } from './cost.ts';
import { median, table } from './figures.ts';
import { benchErasure, erasurePage, erasureProblems } from './erasure.ts';
import { benchEndurance, type Endured } from './endurance.ts';
import { benchLoad } from './load.ts';
import { benchVerify } from './verify.ts';

/** `npm run bench`: ratios measured in one run and counted operations, written to docs/benchmarks.md. */

const rounds = (value: string): number => {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 3) throw new InvalidArgumentError('A whole number of at least 3.');
  return n;
};

const options = new Command('npm run bench --')
  .description(
    'Load times, billed operations, verification of the ledger, duration of the demo. Writes docs/benchmarks.md and fails where a limit is not kept.',
  )
  .option('--rounds <number>', 'pairs of cold loads per function', rounds, 25)
  .option('--no-demo', 'leave out the demo')
  .option('--dry-run', 'print the figures only')
  .parse()
  .opts<{ rounds: number; demo: boolean; dryRun?: true }>();

/** Limits of the design: functions on the way of a person's own action, over an empty function of the same trigger type. */
const LIMIT = 1.1;
/** The trigger that every deletion of an account goes through: a burst of them is a burst of cold starts. */
const STRICTER: Readonly<Record<string, number>> = { accountDeleted: 1.05 };
const LIMITED = new Set([
  'consentWritten',
  'devicePermissionWritten',
  'retentionDaily',
  'accountCreated',
  'accountDeleted',
]);
const DEMO_LIMIT_SECONDS = 120;
/** Verifying four times as much may hold this many times the memory: it is flat. */
const MEMORY_LIMIT = 1.25;
const VERIFIED_ENTRIES = 100_000;
/** A consent may take this many times the time of the simplest trigger of the same cost, at each percentile. */
const ENDURANCE_LIMIT = 1.25;

const problems: string[] = [];
const say = (line: string): void => console.error(line);

const loads = await benchLoad(options.rounds, say);
for (const { name, ratio } of loads)
  if (LIMITED.has(name) && ratio > (STRICTER[name] ?? LIMIT))
    problems.push(`${name} loads in ${ratio.toFixed(2)} of an empty function, over ${STRICTER[name] ?? LIMIT}`);
const costs = await benchCost();

const [some, fourTimes] = benchVerify(VERIFIED_ENTRIES, say);
const memory = {
  heap: fourTimes.peakHeapMb / some.peakHeapMb,
  process: fourTimes.peakMb / some.peakMb,
};
for (const [what, ratio] of Object.entries(memory))
  if (ratio > MEMORY_LIMIT)
    problems.push(
      `verifying four times as much holds ${ratio.toFixed(2)} of the memory (${what}), over ${MEMORY_LIMIT}`,
    );

const endured = await benchEndurance('auto', say);
if (endured.lost > 0) problems.push(`${endured.lost} of ${endured.sent} consents were lost`);
for (const [percentile, { baseline, consents }] of Object.entries(endured.percentiles))
  if (consents / baseline > ENDURANCE_LIMIT)
    problems.push(
      `consents take ${(consents / baseline).toFixed(2)} of the simple trigger at ${percentile}, over ${ENDURANCE_LIMIT}`,
    );

const erasure = await benchErasure(say);
problems.push(...erasureProblems(erasure));

const demos: number[] = [];
for (let i = 0; options.demo && i < 3; i++) {
  const start = Date.now();
  const code = await run('npm', ['run', 'demo', '--', '--firestore', 'embedded', '--ports', 'auto']);
  demos.push((Date.now() - start) / 1000);
  if (code !== 0) problems.push('the demo failed');
}
if (demos.length > 0 && median(demos) > DEMO_LIMIT_SECONDS)
  problems.push(`the demo takes ${median(demos).toFixed(0)} s, over ${DEMO_LIMIT_SECONDS}`);

function endurancePage({ backend, sustained, rate, sent, lost, percentiles }: Endured): string {
  return `## A minute of consents

At half the rate that the simplest trigger of the same cost (1 read and 2 raw writes in a transaction) sustains on the suite (${backend} Firestore): ${sustained.toFixed(0)} a second, so ${rate.toFixed(0)}. The two take turns, three seconds each, a minute for each of them; times are the database's own, from the commit of the document to the commit of its entry. ${sent} consents, ${lost} lost. At most ${ENDURANCE_LIMIT} of the simple trigger.

${table(
  ['percentile', 'the simple trigger, ms', 'a consent, ms', 'ratio'],
  Object.entries(percentiles).map(([name, { baseline, consents }]) => [
    name,
    baseline.toFixed(1),
    consents.toFixed(1),
    (consents / baseline).toFixed(2),
  ]),
)}`;
}

const gigabytes = Math.round(totalmem() / 2 ** 30);
const page = `# Figures

Written by \`npm run bench\` (Node ${process.versions.node}, ${cpus().length} cores, ${gigabytes} GB). Ratios are of one run on one machine; milliseconds are of that machine.

## Load time of each function

Over an empty function of the same trigger type that loads the same of firebase-admin. ${options.rounds} pairs of cold loads, each in a process of its own, one after the other; the ratio is the median of the pairs' ratios. At most ${LIMIT.toFixed(2)} for the functions in bold (accountDeleted: ${STRICTER['accountDeleted']?.toFixed(2) ?? ''}).

${table(
  ['function', 'empty one of the same type, ms', 'ours, ms', 'ratio'],
  loads.map(({ name, emptyMs, ms, ratio }) => [
    LIMITED.has(name) ? `**${name}**` : name,
    emptyMs.toFixed(0),
    ms.toFixed(0),
    ratio.toFixed(2),
  ]),
)}

## Billed operations of one consent change

Counted by the embedded Firestore, which bills as Firestore does.

${table(
  ['what', 'reads', 'writes', 'deletes'],
  Object.entries(costs).map(([name, { reads, writes, deletes }]) => [name, reads, writes, deletes]),
)}

## Verifying the ledger

An invented ledger as an exported file, verified as \`compliance ledger verify --file\` does: every hash, every link, the tree and the signature. Four times the entries may hold at most ${MEMORY_LIMIT} of the memory: it held ${memory.heap.toFixed(2)} (heap) and ${memory.process.toFixed(2)} (process).

${table(
  ['entries', 'chains', 'file, MB', 'seconds', 'seconds per 100,000 entries', 'peak heap, MB', 'peak process, MB'],
  [some, fourTimes].map(({ entries, chains, megabytes, seconds, peakHeapMb, peakMb }) => [
    entries,
    chains,
    megabytes.toFixed(0),
    seconds.toFixed(1),
    ((seconds * 100_000) / entries).toFixed(1),
    peakHeapMb.toFixed(1),
    peakMb.toFixed(0),
  ]),
)}

${endurancePage(endured)}

${erasurePage(erasure)}

## The demo

From the start of \`npm run demo -- --firestore embedded\` to its end, three runs: ${demos.length > 0 ? `median ${median(demos).toFixed(0)} s (${demos.map((s) => s.toFixed(0)).join(', ')})` : 'not measured'}. At most ${DEMO_LIMIT_SECONDS} s.
`;

const file = join(ROOT, 'docs/benchmarks.md');
if (options.dryRun) console.log(page);
else writeFileSync(file, page);
say(options.dryRun ? '' : `written to docs/benchmarks.md (${readFileSync(file, 'utf8').length} characters)`);
for (const problem of problems) say(`over the limit: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
