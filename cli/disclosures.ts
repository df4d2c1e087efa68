import type { Command } from 'commander';
import { policy } from '../functions/policies/deployed.ts';
import { listDisclosures, type ListedDisclosure } from '../functions/src/rights/disclosures/list.ts';
import { recordDisclosure, releaseDisclosure } from '../functions/src/rights/disclosures/record.ts';
import { nameIn } from '../functions/src/policy/lookup.ts';
import { noteRead } from '../functions/src/rights/reads.ts';
import { officerNamed } from '../functions/src/subject/officers.ts';
import { fail, NEEDS_KEY, print, UnknownError, UsageError } from './common.ts';
import { officerContext } from './context.ts';
import { decided, officerOf, readerOf, type Deciding } from './officer.ts';
import { personIfGiven, personOf, type PersonOptions } from './person.ts';
import { day, endOf, momentOf } from './times.ts';

interface Who extends Deciding, PersonOptions {}

interface RecordOptions extends Who {
  readonly authority: string;
  readonly basis: string;
  readonly record: string[];
  readonly from?: string;
  readonly until?: string;
  readonly at?: string;
  readonly decidedBy?: string;
  readonly hidden?: true;
  readonly hiddenUntil?: string;
}

/** `compliance disclosure …`: data of a person that were given to an authority. */
export function disclosureCommands(program: Command): void {
  const disclosure = program
    .command('disclosure')
    .description('data that were given to an authority: who asked, on which basis, what, and who decided');

  decided(disclosure.command('record'))
    .option('--uid <uid>', 'of the person, in Firebase Auth')
    .option('--email <address>', 'of the account that has verified it, or of a person without an account')
    .requiredOption('--authority <name>', 'who got the data, such as "Tribunal judiciaire de Paris"')
    .requiredOption('--basis <text>', 'the legal basis and the file number; name nobody')
    .requiredOption('--record <ids...>', 'the records of the policy of which something was given')
    .option('--from <date>', 'the data are about the time from this day on')
    .option('--until <date>', 'and until the end of this day')
    .option('--at <date>', 'when they were given; absent: now')
    .option('--decided-by <name>', 'the officer who decided it; absent: the one who records it')
    .option('--hidden-until <date>', 'the law forbids to tell the person until the end of this day')
    .option('--hidden', 'the law forbids to tell the person until `disclosure release`')
    .description('records a disclosure, in the person’s access as a recipient unless it is hidden')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: RecordOptions) => {
      const context = officerContext(options);
      const person = personOf(options);
      if (options.hidden === true && options.hiddenUntil !== undefined)
        throw new UsageError('give either --hidden or --hidden-until');
      const recordedBy = await officerOf(options);
      const decidedBy = options.decidedBy === undefined ? recordedBy : await officerNamed(context, options.decidedBy);
      if (decidedBy === null) throw new UsageError('nobody of this name is an officer: compliance officer list');
      const now = context.now();
      const made = await recordDisclosure(context, {
        person,
        authority: options.authority.trim(),
        basis: options.basis.trim(),
        records: options.record,
        disclosedAt: momentOf(options.at, '--at', now),
        ...(options.from === undefined ? {} : { from: momentOf(options.from, '--from', now) }),
        ...(options.until === undefined ? {} : { until: endOf(options.until, '--until') }),
        ...(recordedBy === undefined ? {} : { recordedBy }),
        ...(decidedBy === undefined ? {} : { decidedBy }),
        ...(options.hidden === true ? { hiddenUntil: null } : {}),
        ...(options.hiddenUntil === undefined ? {} : { hiddenUntil: endOf(options.hiddenUntil, '--hidden-until') }),
      });
      print(options, made, () => `${made.id} ${made.changed ? 'is recorded' : 'was recorded before'}`);
    });

  decided(disclosure.command('list'))
    .option('--uid <uid>', 'those of one person')
    .option('--email <address>', 'those of one person')
    .description('lists the disclosures, the newest first, also the hidden ones')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Who) => {
      const context = officerContext(options);
      const found = await listDisclosures(context, personIfGiven(options));
      for (const { id } of found.disclosures)
        await noteRead(context, { what: 'disclosure', of: id, by: await readerOf(options) });
      print(options, found, () =>
        [
          ...found.disclosures.map(describe),
          ...found.forged.map((path) => `${path} is not as the backend wrote it`),
          ...(found.disclosures.length + found.forged.length === 0 ? ['there is no disclosure'] : []),
        ].join('\n'),
      );
      if (found.forged.length > 0) fail();
    });

  decided(disclosure.command('show'))
    .argument('<disclosure>', 'its id')
    .description('shows a disclosure')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Deciding) => {
      const context = officerContext(options);
      const one = (await listDisclosures(context)).disclosures.find((each) => each.id === id);
      if (one === undefined) throw new UnknownError(`there is no disclosure ${id} as the backend wrote it`);
      await noteRead(context, { what: 'disclosure', of: id, by: await readerOf(options) });
      print(options, one, () => describe(one));
    });

  decided(disclosure.command('release'))
    .argument('<disclosure>', 'its id')
    .description('the person may know it now: it is in their next access')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Deciding) => {
      const context = officerContext(options);
      const by = (await officerOf(options)) ?? 'officer';
      const released = await releaseDisclosure(context, id, by, context.now());
      const refusals = { unknown: `there is no disclosure ${id}`, shown: `${id} is shown already` };
      print(options, released, () => (released.ok ? `${id} is shown from now on` : refusals[released.because]));
      if (!released.ok) fail();
    });
}

function describe({ place, ...one }: ListedDisclosure): string {
  const { id, pseudonym, authority, basis, records, from, until, disclosedAt, decidedBy, hiddenUntil } = one;
  const time = `${from === undefined ? '' : ` from ${day(from)}`}${until === undefined ? '' : ` until ${day(until)}`}`;
  const hidden =
    hiddenUntil === null || hiddenUntil === undefined ? 'until it is released' : `until ${day(hiddenUntil)}`;
  return [
    `${id}  ${authority}, on ${day(disclosedAt)}`,
    `  of: ${pseudonym}`,
    `  basis: ${basis}`,
    `  given: ${records.map((record) => nameIn(policy.records, record, 'en')).join(', ')}${time}`,
    ...(decidedBy === undefined ? [] : [`  decided by: ${decidedBy}`]),
    `  ${place === 'shown' ? 'in the access of the person' : `HIDDEN from the person ${hidden}`}`,
  ].join('\n');
}
