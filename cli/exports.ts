import { Argument, type Command } from 'commander';
import { verifyExport, type ExportProblem, type ExportVerified } from '../functions/src/export/verifyArchive.ts';
import { fail, json, print, type Common } from './common.ts';
import { publicKey, trustedKeys } from './verify.ts';

interface Options extends Common {
  readonly publicKey?: string;
}

/** The command was not used as it can be: nothing was checked. */
const USAGE = 2;

/** `export verify`: what anybody can do with the archive of an export, without a database. Exit codes: 0, 1 it does not hold, 2 usage. */
export function exportCommands(program: Command): void {
  const exports = program
    .command('export')
    .description("archives of a person's data (Art. 15, 20); needs no database")
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE));
  exports
    .command('verify')
    .addArgument(new Argument('<file.zip>', 'the archive, as it was downloaded'))
    .description('is every file there as it was signed, and do JSON, tables and schemas say the same?')
    .addOption(publicKey)
    .addOption(json)
    .action(async (path: string, options: Options) => {
      const verified = await load(path, options);
      if (verified === null) return;
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
}

/** Null where nothing could be checked: the reason is printed. */
async function load(path: string, options: Options): Promise<ExportVerified | null> {
  const isSeen = process.stderr.isTTY && options.json !== true;
  try {
    const verified = await verifyExport(path, {
      trusted: trustedKeys(options.publicKey),
      ...(isSeen ? { progress: (file: string) => process.stderr.write(`\r\u001b[K${file}`) } : {}),
    });
    if (isSeen) process.stderr.write('\r\u001b[K');
    return verified;
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = USAGE;
    return null;
  }
}

const meanings: Readonly<Record<ExportProblem, string>> = {
  notAZip: 'this is no ZIP that can be read whole, or a name in it would leave the archive',
  notAnExport: 'this is not what the manifest of an export looks like',
  notAsWritten: 'the text of the manifest is not as it was written',
  badSignature: 'the manifest is not what its key signed',
  untrustedKey: 'another key than those that you trust signed it',
  missing: 'the manifest names this file, and it is not there',
  added: 'this file is there, and the manifest does not name it',
  twice: 'this name is there twice',
  changed: 'this file is not as it was when the manifest was signed',
  count: 'it has another number of rows than the manifest says',
  notRows: 'these are not the rows of a record',
  tableDiffers: 'the table says something else than the JSON file beside it',
  schemaDiffers: 'the schemas are not those of the tables',
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
