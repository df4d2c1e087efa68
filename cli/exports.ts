import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { Argument, type Command } from 'commander';
import { addOfficersPart, openToAdd, type OfficersFile } from '../functions/src/export/addendum.ts';
import type { LostFiles } from '../functions/src/export/archive/lostFiles.ts';
import { bucketStore } from '../functions/src/export/archive/objects.ts';
import type { Added } from '../functions/src/export/officersPart.ts';
import { exportPrefix } from '../functions/src/export/plan.ts';
import { nameOf } from '../functions/src/export/sources.ts';
import { verifyExport, type ExportProblem, type ExportVerified } from '../functions/src/export/verify/archive.ts';
import { inLanguage } from '../functions/src/texts/languages.ts';
import { defined } from '../functions/src/platform/defined.ts';
import {
  asUsage,
  fail,
  harmlessJson,
  harmlessLine,
  json,
  print,
  UsageError,
  withProject,
  type Common,
} from './common.ts';
import { policy } from '../functions/policies/deployed.ts';
import type { Context } from '../functions/src/platform/context.ts';
import {
  openParts,
  tasksOfParts,
  waitingExport,
  type PartTasks,
  type WaitingExport,
} from '../functions/src/requests/answered.ts';
import { officerContext } from './context.ts';
import { lookCommands, REFUSALS } from './looks.ts';
import { decided, officerOf, type Deciding } from './officer.ts';
import { publicKey, trustedKeys } from './ledger/verify.ts';

interface Options extends Common {
  readonly publicKey?: string;
}

/** `export …`: the archives of exports. Anybody can run `verify` on one: it needs no database. */
export function exportCommands(program: Command): void {
  const exports = program.command('export').description("archives of a person's data (Art. 15, 20)");
  exports
    .command('verify')
    .addArgument(new Argument('<file.zip>', 'the archive, as it was downloaded'))
    .description(
      'checks that every file is as it was signed, and that JSON, tables and schemas agree; needs no database',
    )
    .addOption(publicKey)
    .addOption(json)
    .action(async (path: string, options: Options) => {
      const verified = await load(path, options);
      const { ok, faults, compared, manifest } = verified;
      const {
        product = null,
        request = null,
        createdAt = null,
        policyVersion = null,
        keyId = null,
        part = null,
      } = manifest ?? {};
      const counts = Object.fromEntries(manifest?.records.map(({ record, count }) => [record, count]) ?? []);
      const told = { ok, faults, compared, product, request, createdAt, policyVersion, keyId, part, counts };
      print(options, { ...told, missing: manifest?.missing ?? [] }, () => report(verified));
      if (!ok) fail();
    });

  withProject(exports.command('missing'))
    .requiredOption('--uid <uid>', 'of the person')
    .requiredOption('--request <id>', 'the id of their request, or its name in `due`')
    .description('lists the parts that an officer still has to add before a request is answered')
    .addHelpText('after', NEEDS)
    .action(async (options: Request) => {
      const context = officerContext(options);
      const waiting = await waitingExport(context, options.uid, options.request);
      const lost = waiting === null ? [] : await lostOf(context, waiting);
      const filesOf = (id: string): readonly string[] => lost?.find(({ source }) => source === id)?.files ?? [];
      const tasks: PartTasks = waiting === null ? new Map() : await tasksOfParts(context, waiting);
      const open = openParts(tasks).map((id) => {
        const task = tasks.get(id);
        return {
          source: id,
          task: task?.id ?? null,
          name: inLanguage(nameOf(policy, id), 'en'),
          what: task !== undefined && 'look' in task.for ? inLanguage(task.what, 'en') : whatOf(id),
          files: filesOf(id),
        };
      });
      print(options, { waiting: waiting !== null, archivesRead: lost !== null, open }, () => {
        if (waiting === null) return REFUSALS.notWaiting;
        const lines = open.flatMap(({ source, task, name, what, files }) => [
          `${source}: ${name}${what === '' ? '' : `. ${what}`}`,
          `  officer-task ${task ?? 'is not made yet: try again in a minute'}`,
          ...files.map((file) => `  could not be read: ${harmlessJson(file)}`),
        ]);
        if (lost === null) lines.push('the archives are over or cannot be read: single files are not named');
        return lines.join('\n');
      });
    });
  decided(exports.command('add'))
    .requiredOption('--uid <uid>', 'of the person')
    .requiredOption('--request <id>', 'the id of their request, or its name in `due`')
    .requiredOption('--for <source>', 'the recipient, system or record, as `export missing` names it')
    .option(
      '--file <file...>',
      'a file of the source: they become one more signed archive, which the person downloads like the others',
    )
    .option('--nothing', 'you asked the source, and it has nothing')
    .option('--dry-run', 'only print the result, and add nothing')
    .description("adds an officer's part to an export that waits for it; the last one completes the request")
    .addHelpText('after', `${NEEDS} With --file also EVIDENCE_SIGNING_KEY_V1.`)
    .action(async (options: Add) => add(options));
  lookCommands(exports);
}

const NEEDS = '\nNeeds PSEUDONYM_KEY_V1 and, of exports in a bucket of their own, EXPORT_BUCKET.';

interface Request extends Common {
  readonly uid: string;
  readonly request: string;
}

interface Add extends Request, Deciding {
  readonly for: string;
  readonly file?: readonly string[];
  readonly nothing?: true;
  readonly dryRun?: true;
}

/** Returns the files that could not be read; null if the archives are over. */
async function lostOf(context: Context, { ref, parts }: WaitingExport): Promise<readonly LostFiles[] | null> {
  const { lostFiles } = await import('../functions/src/export/archive/lostFiles.ts');
  const store = bucketStore(await context.clients.bucket('exports'));
  return lostFiles(store, exportPrefix(ref.uid, ref.requestId), parts);
}

/** Returns the policy's instruction to the officer for a recipient by hand. */
function whatOf(id: string): string {
  const reach = policy.recipients[id]?.reach;
  return reach !== undefined && 'manual' in reach ? inLanguage(reach.manual, 'en') : '';
}

async function add(options: Add): Promise<void> {
  const { uid, request, for: source, file = [] } = options;
  if (file.length > 0 === (options.nothing === true)) {
    throw new UsageError('give --file for each file of the source, or --nothing if it has nothing');
  }
  const files: OfficersFile[] = [];
  for (const path of file) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true) {
      throw new UsageError(`--file ${path} is no file`);
    }
    files.push({ name: basename(path), bytes: found.size, read: () => createReadStream(path) });
  }
  const context = officerContext(options);
  if (options.dryRun === true) {
    const opened = await openToAdd(context, { uid, request, source });
    const because = 'because' in opened ? opened.because : null;
    const all = 'because' in opened ? (opened.open ?? []) : openParts(opened.tasks);
    const open = all.filter((id) => id !== source);
    const told = because === null ? { ok: true, open } : { ok: false, because, open };
    print(options, { dryRun: true, ...told }, () => (because === null ? openInWords(open) : refusals[because]));
    if (because !== null) fail();
    return;
  }
  const officer = await officerOf(options);
  const added = await addOfficersPart(context, { uid, request, source, files, officer });
  print(options, added, () => {
    if (!added.ok) return refusals[added.because];
    return added.before === true
      ? `it was added before, nothing is added now: ${openInWords(added.open)}`
      : openInWords(added.open);
  });
  if (!added.ok) fail();
}

const openInWords = (open: readonly string[]): string =>
  open.length === 0 ? 'the request is completed; the person is told' : `still open: ${open.join(', ')}`;

const refusals: Readonly<Record<Extract<Added, { ok: false }>['because'] | 'before', string>> = {
  before: 'it was added before, and nothing would be added now',
  notWaiting: REFUSALS.notWaiting,
  notOpen: 'the export does not wait for this source: see `export missing`',
  working: 'a job of this export is still at work: see `jobs blocked`, or try again in a minute',
  changed: 'the request changed meanwhile, and nothing was added: try again',
  toLook: 'these are rows with words of others: `export look` shows them, `export give` answers',
};

function load(path: string, options: Options): Promise<ExportVerified> {
  const isSeen = process.stderr.isTTY && options.json !== true;
  const progress = isSeen ? (file: string) => process.stderr.write(`\r\u001b[K${harmlessLine(file)}`) : undefined;
  return asUsage(async () => {
    const verified = await verifyExport(path, { trusted: trustedKeys(options.publicKey), ...defined({ progress }) });
    progress?.('');
    return verified;
  });
}

const meanings: Readonly<Record<ExportProblem, string>> = {
  notAZip: 'this is no readable ZIP, or a name in it would leave the archive',
  notAnExport: 'the manifest does not have the shape of one of an export',
  notAsWritten: 'the text of the manifest is not as it was written',
  badSignature: 'its key did not sign this manifest',
  untrustedKey: 'it was signed with a key that you do not trust',
  missing: 'the manifest names this file, and it is not there',
  added: 'this file is there, and the manifest does not name it',
  twice: 'this name occurs twice',
  changed: 'this file is not as it was when the manifest was signed',
  count: 'it has another number of rows than the manifest says',
  notRows: 'these are not the rows of a record',
  tableDiffers: 'the table does not agree with the JSON file beside it',
  schemaDiffers: 'the schemas are not those of the tables',
  badPackage:
    'other programs cannot read this with the data package: its shape, labels, types, bytes or hash are wrong',
};

function report({ ok, faults, compared, manifest }: ExportVerified): string {
  const lines = faults.map(
    ({ problem, where }) => `${problem}${where === undefined ? '' : ` (${where})`}: ${meanings[problem]}`,
  );
  if (manifest !== null) {
    const rows = manifest.records.reduce((sum, { count }) => sum + count, 0);
    lines.push(`${manifest.product} export of ${manifest.createdAt} by ${manifest.controller}`);
    const { number, last } = manifest.part;
    if (number > 1 || !last) lines.push(`part ${number}, ${last ? 'the last one' : 'and another one follows'}`);
    lines.push(`${manifest.records.length} records with ${rows} rows, ${manifest.files.length} files`);
    for (const { name, why } of manifest.missing) lines.push(`not in it: ${name} (${why})`);
    if (!compared)
      lines.push(
        `the key ${manifest.keyId} was not compared with one that you trust: give it with --public-key or EVIDENCE_PUBLIC_KEY`,
      );
  }
  lines.push(ok ? 'it holds' : 'it does NOT hold');
  return lines.join('\n');
}
