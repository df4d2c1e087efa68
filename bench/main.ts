import '../scripts/requireNode.mjs';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { chooseBackend } from '../emulator/backend.ts';
import { disk } from '../emulator/processes/disk.ts';
import { ROOT, run } from '../scripts/run.ts';
import { attackPage, attackProblems, benchAttacks } from './attacks.ts';
import { benchQuota, quotaPage, quotaProblems } from './brevoQuota.ts';
import { benchCost } from './cost.ts';
import { benchDocuments, documentPage, documentProblems } from './documents.ts';
import { benchEndurance, type Endured } from './endurance.ts';
import {
  atOncePage,
  atOnceProblems,
  benchErasure,
  benchErasuresAtOnce,
  erasurePage,
  erasureProblems,
} from './erasure.ts';
import { benchExport, exportPage, exportProblems } from './export.ts';
import { benchFaults, faultPage, faultProblems } from './faults.ts';
import { median, table } from './figures.ts';
import { benchForgeries, forgeryPage, forgeryProblems } from './forgeries.ts';
import { benchLoad, loadPage, loadProblems } from './load.ts';
import { benchRights, rightsPage, rightsProblems } from './rights.ts';
import { benchRetention, retentionPage, retentionProblems } from './retention.ts';
import { benchVerify } from './verify.ts';

/**
 * `npm run bench`: ratios measured in one run and counted operations, written to
 * docs/benchmarks.md.
 */

const rounds = (value: string): number => {
  const n = Number(value);
  if (!Number.isInteger(n) || n < 3) throw new InvalidArgumentError('A whole number of at least 3.');
  return n;
};

/** A chapter of the page: its text, and its figures over a limit. */
interface Chapter {
  readonly text: string;
  readonly problems: readonly string[];
}

const say = (line: string): void => console.error(line);

const DEMO_LIMIT_SECONDS = 120;
/** Verifying four times as much may hold this many times the memory: it is flat. */
const MEMORY_LIMIT = 1.25;
const VERIFIED_ENTRIES = 100_000;
/**
 * A consent may take this many times the time of the simplest trigger of the same cost, at each
 * percentile.
 */
const ENDURANCE_LIMIT = 1.25;

async function load(pairs: number): Promise<Chapter> {
  const figures = await benchLoad(pairs, say);
  return { text: loadPage(figures, pairs), problems: loadProblems(figures) };
}

async function consent(): Promise<Chapter> {
  const costs = await benchCost();
  const text = `## Billed operations of one consent change

Counted by the embedded Firestore, which bills as Firestore does.

${table(
  ['case', 'reads', 'writes', 'deletes'],
  Object.entries(costs).map(([name, { reads, writes, deletes }]) => [name, reads, writes, deletes]),
)}`;
  return { text, problems: [] };
}

async function rights(): Promise<Chapter> {
  const figures = await benchRights();
  return { text: rightsPage(figures), problems: rightsProblems(figures) };
}

async function verify(): Promise<Chapter> {
  const [some, fourTimes] = benchVerify(VERIFIED_ENTRIES, say);
  const memory = {
    heap: fourTimes.peakHeapMb / some.peakHeapMb,
    process: fourTimes.peakMb / some.peakMb,
  };
  const problems = Object.entries(memory)
    .filter(([, ratio]) => ratio > MEMORY_LIMIT)
    .map(
      ([what, ratio]) =>
        `verifying four times as much holds ${ratio.toFixed(2)} of the memory (${what}), over ${MEMORY_LIMIT}`,
    );
  const text = `## Verifying the ledger

An invented ledger as an exported file, verified as \`compliance ledger verify --file\` does: every hash, link and seal, every head, the tree and the signature. Four times the entries may hold at most ${MEMORY_LIMIT} of the memory: it held ${memory.heap.toFixed(2)} (heap) and ${memory.process.toFixed(2)} (process).

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
)}`;
  return { text, problems };
}

async function endurance(): Promise<Chapter> {
  const endured: Endured = await benchEndurance('auto', say);
  const { backend, sustained, rate, sent, lost, percentiles } = endured;
  const problems = lost > 0 ? [`${lost} of ${sent} consents were lost`] : [];
  for (const [percentile, { baseline, consents }] of Object.entries(percentiles))
    if (consents / baseline > ENDURANCE_LIMIT)
      problems.push(
        `consents take ${(consents / baseline).toFixed(2)} of the simple trigger at ${percentile}, over ${ENDURANCE_LIMIT}`,
      );
  const text = `## A minute of consents

At half the rate that the simplest trigger of the same cost (1 read and 2 raw writes in a transaction, 1 write after it) sustains on the suite (${backend} Firestore): ${sustained.toFixed(0)} a second, so ${rate.toFixed(0)}. The two take turns, three seconds each, a minute for each of them; times are the database's own, from the commit of the document to the commit of its entry. ${sent} consents, ${lost} lost. At most ${ENDURANCE_LIMIT} of the simple trigger.

${table(
  ['percentile', 'the simple trigger, ms', 'a consent, ms', 'ratio'],
  Object.entries(percentiles).map(([name, { baseline, consents }]) => [
    name,
    baseline.toFixed(1),
    consents.toFixed(1),
    (consents / baseline).toFixed(2),
  ]),
)}`;
  return { text, problems };
}

async function erasure(): Promise<Chapter> {
  const { backend } = chooseBackend('auto', { disk, env: process.env });
  const figures = await benchErasure(backend, options.deleteUserData, say);
  return { text: erasurePage(figures), problems: erasureProblems(figures) };
}

async function erasuresAtOnce(): Promise<Chapter> {
  const figures = await benchErasuresAtOnce();
  return { text: atOncePage(figures), problems: atOnceProblems(figures) };
}

async function attackTable(): Promise<Chapter> {
  const figures = await benchAttacks(say);
  return { text: attackPage(figures), problems: attackProblems(figures) };
}

async function forgeries(): Promise<Chapter> {
  const figures = await benchForgeries(say);
  return { text: forgeryPage(figures), problems: forgeryProblems(figures) };
}

async function faults(): Promise<Chapter> {
  const figures = await benchFaults('erasures', say);
  return { text: faultPage('erasures', figures), problems: faultProblems('erasures', figures) };
}

async function exportFaults(): Promise<Chapter> {
  const figures = await benchFaults('exports', say);
  return { text: faultPage('exports', figures), problems: faultProblems('exports', figures) };
}

async function retention(): Promise<Chapter> {
  const { backend } = chooseBackend('auto', { disk, env: process.env });
  const figures = await benchRetention(backend, say);
  return { text: retentionPage(figures), problems: retentionProblems(figures) };
}

async function documents(): Promise<Chapter> {
  const { backend } = chooseBackend('auto', { disk, env: process.env });
  const figures = await benchDocuments(backend, say);
  return { text: documentPage(figures), problems: documentProblems(figures) };
}

async function exports(): Promise<Chapter> {
  const { backend } = chooseBackend('auto', { disk, env: process.env });
  const figures = await benchExport(backend, say);
  return { text: exportPage(figures), problems: exportProblems(figures) };
}

async function brevoQuota(): Promise<Chapter> {
  const figures = await benchQuota(say);
  return { text: quotaPage(figures), problems: quotaProblems(figures) };
}

async function demo(): Promise<Chapter> {
  const problems: string[] = [];
  const seconds: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = Date.now();
    const code = await run('npm', ['run', 'demo', '--', '--firestore', 'embedded', '--ports', 'auto']);
    seconds.push((Date.now() - start) / 1000);
    if (code !== 0) problems.push('the demo failed');
  }
  if (median(seconds) > DEMO_LIMIT_SECONDS)
    problems.push(`the demo takes ${median(seconds).toFixed(0)} s, over ${DEMO_LIMIT_SECONDS}`);
  const text = `## The demo

From the start of \`npm run demo -- --firestore embedded\` to its end, three runs: median ${median(seconds).toFixed(0)} s (${seconds.map((s) => s.toFixed(0)).join(', ')}). At most ${DEMO_LIMIT_SECONDS} s.`;
  return { text, problems };
}

/** The chapters of the page, in their order; each begins with a heading of its own. */
const CHAPTERS = [
  'load',
  'consent',
  'rights',
  'verify',
  'endurance',
  'erasure',
  'erasuresAtOnce',
  'attacks',
  'forgeries',
  'faults',
  'retention',
  'documents',
  'export',
  'exportFaults',
  'brevoQuota',
  'demo',
] as const;
type ChapterId = (typeof CHAPTERS)[number];
const HEADINGS: Readonly<Record<ChapterId, string>> = {
  load: '## Load time of each function',
  consent: '## Billed operations of one consent change',
  rights: '## Operations of each right',
  verify: '## Verifying the ledger',
  endurance: '## A minute of consents',
  erasure: '## An erasure',
  erasuresAtOnce: '## Many erasures at once',
  attacks: '## Attacks',
  forgeries: '## Forged documents',
  faults: '## Erasures with failing calls or a dying process',
  retention: '## Retention',
  documents: '## Documents of 1 MB',
  export: '## Exports',
  exportFaults: '## Exports with failing calls or a dying process',
  brevoQuota: "## Brevo's calls by the hour",
  demo: '## The demo',
};

const options = new Command('npm run bench --')
  .description(
    'Load times, billed operations of a consent and of each right, verification of the ledger, a minute of consents, erasures, attacks, forged documents, retention, documents of 1 MB, exports, faults of erasures and exports, calls to Brevo by the hour, duration of the demo. Writes docs/benchmarks.md and fails if a figure is over its limit.',
  )
  .option('--rounds <number>', 'pairs of cold loads per function', rounds, 25)
  .addOption(
    new Option('--only <chapters...>', 'measure only these, and leave the others of the page as they are').choices(
      CHAPTERS,
    ),
  )
  .option(
    '--delete-user-data <folder>',
    'measure that extension beside an erasure: the folder delete-user-data/functions of a checkout of github.com/firebase/extensions',
  )
  .option('--dry-run', 'print the figures only')
  .parse()
  .opts<{ rounds: number; only?: ChapterId[]; deleteUserData?: string; dryRun?: true }>();

const measure: Readonly<Record<ChapterId, () => Promise<Chapter>>> = {
  load: () => load(options.rounds),
  consent,
  rights,
  verify,
  endurance,
  erasure,
  erasuresAtOnce,
  attacks: attackTable,
  forgeries,
  faults,
  retention,
  documents,
  export: exports,
  exportFaults,
  brevoQuota,
  demo,
};

const file = join(ROOT, 'docs/benchmarks.md');
/** Returns a chapter as it stands on the page now. */
function written(id: ChapterId): string {
  const page = readFileSync(file, 'utf8');
  const from = page.indexOf(`${HEADINGS[id]}\n`);
  if (from < 0) return `${HEADINGS[id]}\n\nNot measured.`;
  const to = page.indexOf('\n## ', from + 1);
  return page.slice(from, to < 0 ? undefined : to).trim();
}

/** Returns a chapter under its heading, with its run and with each figure over a limit. */
function stamped({ text, problems: over }: Chapter): string {
  const [heading = '', ...rest] = text.split('\n\n');
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const today = new Date().toISOString().slice(0, 10);
  const run = `Measured on ${today} with Node ${process.versions.node}, ${cpus().length} cores, ${gigabytes} GB.`;
  return [heading, run, ...over.map((one) => `**Over the limit:** ${one}.`), ...rest].join('\n\n');
}

const texts = new Map<ChapterId, string>(CHAPTERS.map((id) => [id, written(id)]));

/** Writes the page with the chapters measured so far: a later one that fails loses none of them. */
async function writePage(): Promise<void> {
  const page = `# Figures

For the engineer with a question about speed and cost. Written by \`npm run bench\`. Each chapter says on which machine it was measured, and when. Ratios are of one run on one machine; milliseconds are of that machine.

${[...texts.values()].join('\n\n')}
`;
  if (options.dryRun) console.log(page);
  else writeFileSync(file, await format(page, { ...(await resolveConfig(file)), filepath: file }));
}

const problems: string[] = [];
for (const id of options.only ?? CHAPTERS) {
  const chapter = await measure[id]();
  texts.set(id, stamped(chapter));
  problems.push(...chapter.problems);
  if (!options.dryRun) await writePage();
}
if (options.dryRun) await writePage();
else say(`written to docs/benchmarks.md (${readFileSync(file, 'utf8').length} characters)`);
for (const problem of problems) say(`over the limit: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
