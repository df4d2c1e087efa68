import './requireNode.mjs';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import {
  AIM_IN_SENTENCE,
  countProse,
  faultsOf,
  isCounted,
  MOST_MARKS,
  MOST_OVER_AIM,
  shareOf,
  shareOverAim,
} from './proseCount.ts';
import { ROOT } from './run.ts';

/** `npm run prose`: how comments and pages read, folder by folder. Part of `npm run lint`. */

const { places } = new Command('npm run prose --')
  .description(
    `Counts what, who, whose, whom, where, whatever, whoever in 1,000 words of comments and pages: at most ${String(MOST_MARKS)}.`,
  )
  .option('--places <folders...>', 'print every place of these folders')
  .parse()
  .opts<{ places?: string[] }>();

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const files = listed.split('\n').filter((path) => isCounted(path) && existsSync(join(ROOT, path)));
const folders = countProse(files.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })));

let failed = 0;
for (const folder of folders) {
  const faults = faultsOf(folder);
  const fails = faults.length > 0;
  failed += fails ? 1 : 0;
  console.log(
    `${folder.folder.padEnd(24)} ${shareOf(folder).toFixed(1).padStart(5)} per 1,000 of ${String(folder.words).padStart(6)} words` +
      `  wide ${String(folder.wide.length).padStart(4)}  opens with What/Who ${String(folder.openings.length).padStart(3)}` +
      `  long ${String(folder.long.length).padStart(3)}  ${fails ? 'FAILS' : ''}`.trimEnd(),
  );
  const shown =
    places?.includes(folder.folder) === true
      ? [...folder.marks, ...folder.wide, ...folder.openings, ...folder.long]
      : [];
  for (const { path, line, text } of fails ? faults : shown) console.log(`  ${path}:${String(line)}: ${text.trim()}`);
}
const overAim = shareOverAim(folders);
console.log(`${overAim.toFixed(1)} in 100 sentences of comments have more than ${String(AIM_IN_SENTENCE)} words`);
if (overAim > MOST_OVER_AIM) {
  console.error(`at most ${String(MOST_OVER_AIM)} in 100 may: split a sentence (CONTRIBUTING.md)`);
  process.exitCode = 1;
}
if (failed > 0) {
  console.error(`${String(failed)} folders do not pass: begin with a verb or the thing's name (CONTRIBUTING.md)`);
  process.exitCode = 1;
}
