import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { policy, settings } from '../functions/policies/deployed.ts';
import { notesOn, printProblem } from '../functions/src/policy/check.ts';
import { differenceFromBefore, isFirst, lockNotes } from '../functions/src/policy/noticeLock.ts';
import { isWrittenAs, printDifference, printFact } from '../functions/src/policy/versions/difference.ts';
import { LOCK_FILE, readLock, type NoticeLock } from '../functions/src/policy/versions/lockFile.ts';
import { fail, json, print, type Common } from './common.ts';

/** The commands about the policy file itself. They read no database. */

const root = fileURLToPath(new URL('..', import.meta.url));

/** The lock as it is; before the first `generate` there is none. */
async function lockNow(): Promise<NoticeLock> {
  const file = await readFile(`${root}${LOCK_FILE}`, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  return readLock(file);
}

export function policyCommands(program: Command): void {
  const group = program.command('policy').description('the policy file');
  group
    .command('check')
    .description('checks the policy: names each problem, its place and its remedy')
    .addOption(json)
    .action(async (options: Common) => {
      const { checkRepository } = await import('../scripts/generate/run.ts');
      const checked = await checkRepository(root, policy, settings);
      const problems = checked.ok ? [] : checked.problems;
      const off = notesOn(policy);
      const notCompared = checked.ok ? lockNotes(policy, await lockNow()) : [];
      const told = {
        ok: checked.ok,
        problems,
        ...(off.length === 0 ? {} : { off }),
        ...(notCompared.length === 0 ? {} : { notCompared }),
      };
      print(options, told, () =>
        (checked.ok ? ['the policy holds together', ...off, ...notCompared] : problems.map(printProblem)).join('\n'),
      );
      if (!checked.ok) fail();
    });
  group
    .command('generate')
    .description('writes the files that follow from the policy: indexes, register, security rules')
    .option('--check', 'only name stale files')
    .addOption(json)
    .action(async ({ check, ...options }: Common & { check?: true }) => {
      const { run } = await import('../scripts/generate/run.ts');
      const lines: string[] = [];
      const code = await run({ root, policy, settings, check: check === true, print: (line) => lines.push(line) });
      print(options, { ok: code === 0, lines }, () => lines.join('\n'));
      if (code !== 0) fail();
    });
  group
    .command('diff')
    .description('prints how the newest version differs from the one before it: the kind is computed from the facts')
    .addOption(json)
    .action(async (options: Common) => {
      const lock = await lockNow();
      const found = differenceFromBefore(policy, lock, policy.version);
      if (found === null) {
        print(options, null, () =>
          isFirst(policy, lock, policy.version)
            ? `${policy.version} is the first version: there is nothing to compare it with`
            : lockNotes(policy, lock).join('\n'),
        );
        return;
      }
      const { before, difference } = found;
      const { kind, endsConsents, changed } = difference;
      const ended = Object.keys(endsConsents);
      const isRight = isWrittenAs(policy.changes?.[policy.version], difference);
      print(options, { before, version: policy.version, ...difference, isWritten: isRight }, () =>
        [
          `${before} -> ${policy.version}: ${kind}`,
          ...changed.map((fact) => `  ${printFact(fact)}`),
          ...lockNotes(policy, lock),
          ended.length === 0 ? 'no consent is asked again' : `asked again: ${ended.join(', ')}`,
          isRight ? 'the policy says so' : `write in changes['${policy.version}']: ${printDifference(difference)}`,
        ].join('\n'),
      );
      if (!isRight) fail();
    });
}
