import { mirrors } from '../../../../../functions/src/rectification/mirrors.ts';
import { carryAddress, onProfileWritten } from '../../../../../functions/src/rectification/start.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import { knownFromAuth } from '../../../../../functions/src/subject/identity.ts';
import { learn } from '../../../../../functions/src/subject/known.ts';
import type { Course } from '../drive.ts';
import type { Scenario } from '../matrix.ts';
import { email, plant, uid, type Person } from '../person.ts';
import type { State } from '../state.ts';
import { touched } from '../touched.ts';
import type { World } from '../world.ts';
import type { Wrong } from '../wrong.ts';
import { isWithOfficers, jobsOf, openTasks } from './undisturbed.ts';

/**
 * Corrections that are carried to other companies. `profile`: a new name. `address`: a new verified
 * address of somebody who unsubscribed at Brevo, which a change of the address would take back.
 */
const starts = ['address', 'profile'] as const;
type CorrectionStart = (typeof starts)[number];

const NEW_NAME = 'Augusta';
const NEW_EMAIL = 'augusta@example.com';
const PROFILE = `users/${uid}`;
/** Above the lease of a correction's job. */
const LEASE_MS = 36 * 60_000;

/** The values that the other companies have at the end. */
const rightOf = (by: CorrectionStart) =>
  by === 'profile'
    ? { email, first: NEW_NAME, name: `${NEW_NAME} Lovelace` }
    : { email: NEW_EMAIL, first: 'Ada', name: 'Ada Lovelace' };

async function plantFor(world: World, by: CorrectionStart): Promise<Person> {
  const person = await plant(world);
  world.named(NEW_EMAIL, '{newEmail}');
  if (by === 'address')
    await fetch(`${world.origins.brevo}/_control/unsubscriptions`, { method: 'PUT', body: JSON.stringify({ email }) });
  return person;
}

function correctionCourse(by: CorrectionStart, world: World, { chain }: Person): Course {
  const writtenAt = world.clock.now();
  return {
    leaseMs: LEASE_MS,
    runners,
    isLeft: isWithOfficers,
    async start() {
      if (by === 'address') {
        await world.auth.updateUser(uid, { email: NEW_EMAIL, emailVerified: true });
        // The nightly comparison learns the new address.
        const night = async (context: Parameters<typeof learn>[0] & Parameters<typeof carryAddress>[0]) => {
          const user = await (await context.clients.auth()).getUser(uid);
          await carryAddress(context, await learn(context, knownFromAuth(user, chain)));
        };
        return [{ name: 'the night', run: night }];
      }
      const before = (await world.app.doc(PROFILE).get()).data();
      await world.app.doc(PROFILE).update({ firstName: NEW_NAME });
      const after = (await world.app.doc(PROFILE).get()).data();
      const written = { uid, before, after, writtenAt, isUnknown: false };
      return [{ name: 'the profile', run: (context) => onProfileWritten(context, written) }];
    },
  };
}

const corrections = (state: State) => jobsOf(state, 'rectify_');

const contactIn = ({ contacts }: State, { contact }: Person) =>
  [...contacts.values()]
    .map((text) => JSON.parse(text) as { id: number; email: string; emailBlacklisted: boolean; attributes: object })
    .find(({ id }) => id === contact);

/** Do the customer and the contact have the right values? */
function areRight(state: State, person: Person, by: CorrectionStart): Readonly<Record<string, boolean>> {
  const right = rightOf(by);
  const { attributes = {}, email: address } = contactIn(state, person) ?? {};
  const { FIRSTNAME, LASTNAME } = attributes as Record<string, unknown>;
  return {
    stripeCustomer: state.mine.customer['name'] === right.name && state.mine.customer['email'] === right.email,
    brevoContact: address === right.email && FIRSTNAME === right.first && LASTNAME === 'Lovelace',
  };
}

function wrongAtAnyMoment({ lines, tasks }: World, state: State, person: Person, by: CorrectionStart): Wrong[] {
  const wrong: Wrong[] = [];
  const right = areRight(state, person, by);
  for (const { id, input, steps } of corrections(state))
    if (steps['carry']?.state === 'done' && right[String(input['record'])] !== true)
      wrong.push({ kind: 'false done', what: `${id} is said to have carried it, and the other side has it not` });
  if (by === 'address' && contactIn(state, person)?.emailBlacklisted !== true)
    wrong.push({ kind: 'left behind', what: 'somebody who unsubscribed is written to again' });
  const rows = [...state.own].flatMap(([path, row]) =>
    /^(jobs|officerTasks)\//.test(path) ? [`${path} ${JSON.stringify(row.data())}`] : [],
  );
  for (const text of [...rows, ...lines, ...tasks])
    if (text.includes(NEW_NAME) || text.includes(NEW_EMAIL))
      wrong.push({ kind: 'other', what: `has a value: ${text}` });
  for (const one of openTasks(state).twice) wrong.push({ kind: 'other', what: `an officer is asked twice: ${one}` });
  return wrong;
}

/** Everything of everybody else is as it was, and of the person all but the corrected values. */
const othersTouched = (before: State, after: State, { customer }: Person, by: CorrectionStart): Wrong[] =>
  touched(before, after, {
    app: (path) => by === 'profile' && path === PROFILE,
    own: (path) => path === `subjects/${uid}`,
    file: () => false,
    account: (one) => by === 'address' && one === uid,
    stripe: (one) => one.id === customer,
    list: () => false,
    contact: (address) => address === email || address === NEW_EMAIL,
    log: () => false,
    writesOwn: true,
  });

/** The mirrors that this correction concerns. */
const told = ({ policy }: World, by: CorrectionStart): number =>
  mirrors(policy).filter(
    ({ isOnRequest, values }) => !isOnRequest && (by === 'profile' || values.some((one) => 'account' in one)),
  ).length;

/**
 * In every case: a correction that is said to be carried is there. It reaches all who have the
 * value, once. Nobody is subscribed again by it. No job, task or log has a value.
 */
export const correctionScenario: Scenario = {
  starts,
  plant: (world, by) => plantFor(world, by as CorrectionStart),
  course: (by, world, person) => correctionCourse(by as CorrectionStart, world, person),
  job: (state) => corrections(state).find((job) => !isWithOfficers(job)),
  isOver: (state) => corrections(state).length > 0 && corrections(state).every(isWithOfficers),
  atAnyMoment: ({ world, person, combination: { by } }, state) =>
    wrongAtAnyMoment(world, state, person, by as CorrectionStart),
  atRest: ({ before, person, combination: { by } }, state) =>
    othersTouched(before, state, person, by as CorrectionStart),
  atTheEnd: ({ world, person, combination: { by } }, state) => {
    const missing = Object.entries(areRight(state, person, by as CorrectionStart)).filter(([, isRight]) => !isRight);
    const jobs = new Set(corrections(state).map(({ input }) => input['record'] ?? input['recipient'])).size;
    const expected = told(world, by as CorrectionStart);
    return [
      ...missing.map(([record]): Wrong => ({ kind: 'not ended', what: `${record} has the old values` })),
      ...(jobs === expected ? [] : [{ kind: 'not ended', what: `${jobs} of ${expected} are told` } as const]),
    ];
  },
};
