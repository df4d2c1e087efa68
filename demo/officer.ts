import type { Suite } from '../emulator/suite.ts';
import { openTerminal, type Ran } from '../emulator/terminal/terminal.ts';

/** The officer of the demo, as colleagues know her. */
const NAME = 'Ines Marchal';

/** An officer at a terminal: the real commands, one after the other. */
export interface Officer {
  readonly name: string;
  /** Her pseudonym, with which each decision is kept. */
  pseudonym(): Promise<string>;
  /**
   * Runs `compliance …` with `--json`. An answer that says no (1) is an answer.
   *
   * @throws Error if it was used wrongly, or a system did not answer
   */
  ask<T>(...args: readonly string[]): Promise<T>;
}

/** Opens a terminal in which the suite's project and keys are set, and the name of the officer. */
export function openOfficer({ env }: Pick<Suite, 'env'>): Officer {
  const run = openTerminal();
  // She types one command after the other, also if flows ask side by side.
  let last: Promise<unknown> = Promise.resolve();
  const answer = async <T>(args: readonly string[]): Promise<T> => {
    const asked = { args: [...args, '--json'], env: { ...process.env, ...env, COMPLIANCE_OFFICER: NAME } };
    const answering = last.then(() => run(asked));
    last = answering.catch(() => undefined);
    const ran = await answering;
    if (ran.code > 1 || ran.stdout === '')
      throw new Error(`compliance ${args.slice(0, 2).join(' ')}: ${lastWords(ran)}`);
    return JSON.parse(ran.stdout) as T;
  };
  let added: Promise<{ readonly pseudonym: string }> | undefined;
  const signOn = (): NonNullable<typeof added> => (added ??= answer(['officer', 'add', NAME]));
  return {
    name: NAME,
    pseudonym: async () => (await signOn()).pseudonym,
    ask: async (...args) => {
      await signOn();
      return answer(args);
    },
  };
}

const lastWords = ({ code, stdout, stderr }: Ran): string => stderr.trim() || stdout.trim() || `exit code ${code}`;
