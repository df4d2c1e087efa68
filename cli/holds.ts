import type { Command } from 'commander';
import { policy } from '../functions/policies/deployed.ts';
import { liftHold, listHolds, setHold, type StoredHold } from '../functions/src/erasure/holds.ts';
import { inLanguage, languagesOf, nameOfLanguage, type Language } from '../functions/src/texts/languages.ts';
import { fail, NEEDS_KEY, print, withProject, type Common } from './common.ts';
import { officerContext } from './context.ts';
import { decided, officerOf, type Deciding } from './officer.ts';
import { personOf, type PersonOptions } from './person.ts';
import { day, endOf } from './times.ts';

/** The warning about a hold that is not as the backend wrote it. */
const warning = ({ isSealed, goneFrom, onlyEntry = false }: StoredHold): string[] => {
  if (onlyEntry)
    return [
      `  GONE: its document was deleted, and an entry of ${goneFrom ?? 'a chain'} says that it runs; the head of that chain was removed, changed or set back: the hold keeps everything, and can be lifted once the head is back from a backup`,
    ];
  if (goneFrom !== undefined)
    return [
      `  GONE: its document was deleted, and ${goneFrom} says that it runs; it keeps everything until you lift it`,
    ];
  if (isSealed) return [];
  return ['  NOT SEALED: not as the backend wrote it; it keeps everything until you lift it, and lifting deletes it'];
};

const describe = (hold: StoredHold): string => {
  const { id, uid, subjectKey, records, ground, createdAt, until, runs, isSealed } = hold;
  const whose =
    subjectKey === undefined ? (uid === undefined ? 'uid unknown' : `uid ${uid}`) : 'an address without an account';
  return [
    `${id}  ${runs ? 'runs' : 'over'}  ${whose}`,
    `  on ${records?.join(', ') ?? 'everything'}, since ${createdAt === undefined ? '-' : day(createdAt)}, ${until === undefined ? 'until it is lifted' : `until ${day(until)}`}`,
    ...warning(hold),
    ...(ground === undefined || !isSealed ? [] : [`  ${ground.article}: ${inLanguage(ground.text, 'en')}`]),
  ].join('\n');
};

interface SetOptions extends Deciding, PersonOptions {
  readonly record?: string[];
  readonly groundArticle: string;
  readonly until?: string;
  readonly unknownUid?: true;
}

/** `compliance hold …`: legal holds on a person's data. */
export function holdCommands(program: Command): void {
  const hold = program.command('hold').description('legal holds (Art. 17(3)(e)): nothing may erase this data for now');

  const ground: Partial<Record<Language, string>> = {};
  const set = decided(hold.command('set'))
    .option('--uid <uid>', 'of Firebase Auth')
    .option('--email <address>', 'of a person without an account; of an account that has verified it')
    .option('--record <ids...>', 'records of the policy; absent: all data of the person')
    .requiredOption('--ground-article <article>', 'such as "Art. 17(3)(e)"')
    .option('--until <date>', 'such as 2027-01-31, until the end of that day; absent: until it is lifted')
    .option('--unknown-uid', 'set it although no such account is known')
    .description('keeps data of a person; the rest of their erasure goes on')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: SetOptions) => {
      const { record, groundArticle } = options;
      const person = personOf(options);
      const until = options.until === undefined ? undefined : endOf(options.until, '--until');
      const order = {
        ...('uid' in person ? person : { uid: '', ...person }),
        ground: { article: groundArticle, text: ground },
        ...(record === undefined ? {} : { records: record }),
        ...(until === undefined ? {} : { until }),
        ...(options.unknownUid === true ? { unknownUid: true } : {}),
      };
      const by = { actor: 'officer', officer: await officerOf(options) } as const;
      const made = await setHold(officerContext(options), order, by);
      print(options, made, () =>
        [
          `${made.id} runs, on ${record?.join(', ') ?? 'everything'}, ${until === undefined ? 'until it is lifted' : `until ${day(until)}`}`,
          ...('uid' in person
            ? []
            : [
                'of somebody erased before, it keeps what a ground retained only if Auth had verified this address for them',
              ]),
          ...made.underWay.map(
            (job) => `under way: ${job}; rows that it erased before stay erased (erasure show ${job})`,
          ),
        ].join('\n'),
      );
    });
  for (const language of languagesOf(policy))
    set.requiredOption(
      `--ground-${language} <text>`,
      `why, in ${nameOfLanguage(language)}; it stands in the certificate: name nobody`,
      (text: string) => (ground[language] = text),
    );

  withProject(hold.command('list'))
    .option('--uid <uid>', 'those of one person')
    .description('lists the legal holds, those that run first')
    .addHelpText('after', NEEDS_KEY)
    .action(async (options: Common & { uid?: string }) => {
      const holds = await listHolds(officerContext(options), options.uid);
      print(options, holds, () => (holds.length === 0 ? 'there is no legal hold' : holds.map(describe).join('\n')));
    });

  decided(hold.command('lift'))
    .argument('<hold>', 'its id, or the name that `hold list` shows for one that is gone')
    .description('ends a hold now; the data that it kept of an erased person is erased within a minute')
    .addHelpText('after', NEEDS_KEY)
    .action(async (id: string, options: Deciding) => {
      const by = { actor: 'officer', officer: await officerOf(options) } as const;
      const lifted = await liftHold(officerContext(options), id, by);
      const refusals = { unknown: `there is no legal hold ${id}`, over: `${id} was over before` };
      print(options, lifted, () =>
        lifted.ok
          ? [`${id} is lifted`, ...lifted.woken.map((job) => `goes on: ${job}`)].join('\n')
          : refusals[lifted.because],
      );
      if (!lifted.ok) fail();
    });
}
