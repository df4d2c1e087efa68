import { onRestrictionWritten } from '../../../../../functions/src/consent/effects.ts';
import type { Job } from '../../../../../functions/src/jobs/types.ts';
import type { Context } from '../../../../../functions/src/platform/context.ts';
import { DAY_MS } from '../../../../../functions/src/platform/time.ts';
import { announceLift, planLift } from '../../../../../functions/src/rights/restriction/lift.ts';
import { earliestEnd } from '../../../../../functions/src/rights/restriction/plan.ts';
import { recipientsToTell } from '../../../../../functions/src/rights/restriction/recipients.ts';
import { setRestriction } from '../../../../../functions/src/rights/restriction/set.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import { changeHead } from '../../../../kit/sealed/ledger.ts';
import type { Course, Event } from '../drive.ts';
import type { Scenario } from '../matrix.ts';
import { askBrevo, messagesTo } from '../asked.ts';
import { email, plant, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import type { World } from '../world.ts';
import type { Wrong } from '../wrong.ts';
import { isWithOfficers, jobsOf, openTasks, undisturbed, workOff } from './undisturbed.ts';

/** A restriction. `set`: it begins. `lift`: its end is announced to the person, and then comes. */
const starts = ['set', 'lift'] as const;
type RestrictionStart = (typeof starts)[number];

const NAME = 'officer-accuracy';
const PURPOSES = ['messages', 'contact'];
const ORDER = { uid, name: NAME, purposes: PURPOSES, ground: 'accuracy' } as const;
const OFFICER = { actor: 'officer', officer: `v1_${'o'.repeat(43)}` } as const;
/** The marketing list of the machines. */
const LIST = 7;
/** Above the lease of every job here. */
const LEASE_MS = 36 * 60_000;

const set = (context: Context) => setRestriction(context, ORDER, OFFICER);

/** The event of the document `restrictions/{uid}`: each delivery has the same id. */
const written = (id: string): Event => ({
  name: id,
  run: (context) => onRestrictionWritten(context, { id, uid }),
});

async function plantFor(world: World, by: RestrictionStart): Promise<Person> {
  const person = await plant(world);
  const folder = { name: 'News', folderId: 1 };
  for (let id = 0; id < LIST;) id = Number((await askBrevo(world, 'contacts/lists', folder))['id'] ?? LIST);
  const backend = { clients: { own: () => world.own }, keys: world.keys };
  await changeHead(backend, person.chain, { current: { messages: 'given' }, since: { messages: 1 } });
  if (by === 'set') return person;
  await undisturbed(world, set);
  await undisturbed(world, written('begun').run);
  await workOff(world);
  // Its work is long done: what follows is all of the end.
  for (const name of ['jobs', 'officerTasks', 'officerSheets'])
    for (const one of await world.own.collection(name).listDocuments()) await one.delete();
  return person;
}

function restrictionCourse(by: RestrictionStart, world: World): Course {
  const from = earliestEnd(world.policy, world.clock.now()) + DAY_MS;
  const next: Event[] = [];
  let isEndSeen = false;
  const order: Event = {
    name: 'the order',
    run: async (context) => {
      await set(context);
      next.push(written('begun'));
    },
  };
  const announce: Event = {
    name: 'the announcement',
    run: async (context) => {
      const planned = await planLift(context, ORDER, { from });
      // Said again after a success whose answer was lost: it is announced, or over.
      const done = planned.ok ? await announceLift(context, ORDER, planned.lift, {}, OFFICER) : planned;
      if (!done.ok && done.because !== 'announced' && done.because !== 'unknown') throw new Error(done.because);
    },
  };
  return {
    leaseMs: LEASE_MS,
    runners,
    isLeft: isWithOfficers,
    start: async () => [by === 'set' ? order : announce],
    follow(jobs) {
      const isEnded = jobs.some(
        ({ id, steps }) => id.startsWith('restriction_over_') || steps['lift']?.state === 'done',
      );
      if (isEnded && !isEndSeen) {
        isEndSeen = true;
        next.push(written('over'));
      }
      return next.splice(0);
    },
  };
}

const isRestricted = ({ own }: State): boolean => own.get(`restrictions/${uid}`)?.get(`parts.${NAME}`) !== undefined;

const contactIn = ({ contacts }: State) =>
  JSON.parse(contacts.get(email) ?? '{}') as { emailBlacklisted?: boolean; listIds?: number[] };

/** The entries about restrictions of the person, by the part of their names before the time. */
const entriesOf = ({ own }: State, { chain }: Person, name: 'set' | 'ended'): number =>
  [...own.keys()].filter((path) => path.startsWith(`ledger/${chain}/entries/${name}_`)).length;

/** The jobs that carry the answer of the ledger to Brevo. */
const carried = (state: State): Job[] =>
  jobsOf(state, 'restriction_').filter(({ steps }) => steps['brevo'] !== undefined);

async function wrongAtAnyMoment(world: World, state: State, person: Person, by: RestrictionStart): Promise<Wrong[]> {
  const wrong: Wrong[] = [];
  const say = (what: string, kind: Wrong['kind'] = 'other'): void => void wrong.push({ kind, what });
  const [begun, ended] = [entriesOf(state, person, 'set'), entriesOf(state, person, 'ended')];
  if (begun > (by === 'set' ? 1 : 2) || ended > 1)
    say(`the ledger says ${begun} times that it began, ${ended} that it ended`);
  if (isRestricted(state) !== (begun > 0 && ended === 0))
    say('the ledger and the statement say different things', 'false done');
  const { emailBlacklisted } = contactIn(state);
  if (emailBlacklisted === undefined) say('the contact is gone', 'left behind');
  const isCarried = carried(state).length > 0 && carried(state).every(({ status }) => status === 'completed');
  if (isRestricted(state) && emailBlacklisted !== true && (by === 'lift' || isCarried))
    say('somebody who is restricted is written to', 'false done');
  if (by === 'lift' && !isRestricted(state) && (await messagesTo(world, email)).length === 0)
    say('it ended, and nobody told the person before', 'false done');
  for (const one of openTasks(state).twice) say(`an officer is asked twice: ${one}`);
  return wrong;
}

/** Everything of everybody else is as it was, and of the person all that is only stored. */
const othersTouched = (before: State, after: State, { chain }: Person): Wrong[] =>
  touched(before, after, {
    app: (path) => path === `users/${uid}/privacy/state`,
    own: (path) =>
      path.startsWith(`ledger/${chain}`) ||
      path === `restrictions/${uid}` ||
      path === `subjects/${uid}` ||
      /^(jobs|officerTasks|officerSheets|rateLimits)\//.test(path),
    file: () => false,
    account: () => false,
    stripe: () => false,
    list: () => false,
    contact: (address) => address === email,
    log: (address) => address === email,
    writesOwn: true,
  });

async function notAsPromised(world: World, state: State, by: RestrictionStart, mayRepeat: boolean): Promise<Wrong[]> {
  const wrong: Wrong[] = [];
  const say = (what: string): void => void wrong.push({ kind: 'not ended', what });
  const messages = (await messagesTo(world, email)).length;
  const { emailBlacklisted, listIds = [] } = contactIn(state);
  const isOn = by === 'set';
  if (isRestricted(state) !== isOn) say(`it is ${isOn ? 'not ' : ''}restricted`);
  if (emailBlacklisted !== isOn || listIds.includes(LIST) === isOn) say('Brevo does not do as the ledger says');
  if (messages < (isOn ? 0 : 1) || (messages > (isOn ? 0 : 1) && !(mayRepeat && !isOn)))
    say(`${messages} messages went to the person`);
  const told = recipientsToTell(world.policy, PURPOSES).map(({ id }) => JSON.stringify({ recipient: id }));
  const asked = openTasks(state).parts;
  if (JSON.stringify(asked) !== JSON.stringify(told.sort())) say(`officers tell ${asked.join()}`);
  return wrong;
}

/**
 * In every case: ledger and statement agree. What is restricted is only stored, until its end. None
 * ends before the person was told. Each recipient hears of each change once. Others stay as they
 * were.
 */
export const restrictionScenario: Scenario = {
  starts,
  plant: (world, by) => plantFor(world, by as RestrictionStart),
  course: (by, world) => restrictionCourse(by as RestrictionStart, world),
  job: (state) => jobsOf(state, 'restriction_').find((job) => !isWithOfficers(job)),
  isOver: (state) => {
    const jobs = jobsOf(state, 'restriction_');
    return carried(state).length > 0 && jobs.every(isWithOfficers);
  },
  atAnyMoment: ({ world, person, combination: { by } }, state) =>
    wrongAtAnyMoment(world, state, person, by as RestrictionStart),
  atRest: ({ before, person }, state) => othersTouched(before, state, person),
  atTheEnd: ({ world, combination: { by, faults, lasting = false } }, state) =>
    notAsPromised(world, state, by as RestrictionStart, lasting || faults.length > 1),
};
