import { Option, type Command } from 'commander';
import {
  addOfficer,
  hasOfficers,
  listOfficers,
  officerNamed,
  removeOfficer,
  type Officer,
} from '../functions/src/subject/officers.ts';
import type { OwnStore } from '../functions/src/platform/context.ts';
import { fail, NEEDS_KEY, openStore, print, UsageError, withProject, type Common } from './common.ts';
import { day } from './times.ts';

/** The directory of officers, and the name under which a command decides. */

/** The options of a command that decides. */
export interface Deciding extends Common {
  readonly as?: string;
}

export const as = new Option(
  '--as <name>',
  'the officer who decides, by a name of `officer list`: needed as soon as there is one',
).env('COMPLIANCE_OFFICER');

/** A command that notes the officer who decides, or reads. */
export const decided = (command: Command): Command => withProject(command).addOption(as);

/**
 * Returns the pseudonym of the officer who decides. Undefined if none was named and the directory
 * is empty: the decision then says `officer` alone. The name is declared; nothing proves it.
 *
 * @throws UsageError if nobody of this name is an officer, or nobody was named and there are
 *   officers
 */
export const officerOf = (options: Deciding): Promise<string | undefined> => deciderIn(openStore(options), options.as);

/** The same for a database that is open. */
export async function deciderIn(store: OwnStore, name = ''): Promise<string | undefined> {
  if (name === '') {
    if (!(await hasOfficers(store))) return undefined;
    throw new UsageError('who decides? Give --as, or set COMPLIANCE_OFFICER: compliance officer list has the names');
  }
  const pseudonym = await officerNamed(store, name);
  if (pseudonym === null)
    throw new UsageError('nobody of this name is an officer: compliance officer add, with the name, adds one');
  return pseudonym;
}

/**
 * Returns who reads, for the note about it: the pseudonym of an officer who was named, else
 * `officer`.
 *
 * @throws UsageError if nobody of this name is an officer
 */
export const readerOf = async (options: Deciding): Promise<string> =>
  options.as === undefined || options.as === '' ? 'officer' : ((await officerOf(options)) ?? 'officer');

const describe = ({ pseudonym, name, addedAt, removedAt, isSealed }: Officer): string =>
  isSealed
    ? `${name ?? ''}: ${pseudonym}, since ${addedAt === undefined ? '-' : day(addedAt)}${removedAt === undefined ? '' : `, removed ${day(removedAt)}`}`
    : `NOT SEALED: ${pseudonym} is not as the backend wrote it, and makes nobody an officer; officer remove deletes it`;

/** `compliance officer …`: the names behind the pseudonyms of decisions. */
export function officerCommands(program: Command): void {
  const officer = program
    .command('officer')
    .description('the officers by name; each decision carries the pseudonym of one');

  withProject(officer.command('add'))
    .argument('<name>', 'as colleagues know them')
    .description('adds an officer, also one who was removed before')
    .addHelpText('after', NEEDS_KEY)
    .action(async (name: string, options: Common) => {
      const added = await addOfficer({ ...openStore(options), now: Date.now }, name);
      print(options, added, () => `${added.pseudonym} ${added.changed ? 'may decide now' : 'was an officer before'}`);
    });

  withProject(officer.command('list'))
    .description('lists the officers with their pseudonyms, those who may decide first')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common) => {
      const officers = await listOfficers(openStore(options));
      print(options, officers, () =>
        officers.length === 0 ? 'there is no officer: decisions name nobody' : officers.map(describe).join('\n'),
      );
    });

  withProject(officer.command('remove'))
    .argument('<officer>', 'the name, or the pseudonym')
    .description('removes an officer: they decide nothing more, and their name stays for its period')
    .addHelpText('after', NEEDS_KEY)
    .action(async (asked: string, options: Common) => {
      const removed = await removeOfficer({ ...openStore(options), now: Date.now }, asked);
      print(options, removed ?? { changed: false }, () => {
        if (removed === null) return 'there is no such officer';
        return `${removed.pseudonym} ${removed.changed ? 'is removed' : 'was removed before'}`;
      });
      if (removed?.changed !== true) fail();
    });
}
