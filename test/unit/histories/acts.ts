import fc from 'fast-check';
import { expect } from 'vitest';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { isOpen } from '../../../functions/src/jobs/advance.ts';
import { retryJob } from '../../../functions/src/jobs/officer.ts';
import { closeTask, listTasks } from '../../../functions/src/officerTasks/store.ts';
import { defined } from '../../../functions/src/platform/defined.ts';
import { ComplianceError } from '../../../functions/src/platform/errors.ts';
import { HOUR_MS } from '../../../functions/src/platform/time.ts';
import { pauseOf } from '../../../functions/src/requests/clock.ts';
import { isFinal } from '../../../functions/src/requests/request.ts';
import { pauseRequest, resumeRequest } from '../../../functions/src/rights/answers/clock.ts';
import { planReply, sendReply } from '../../../functions/src/rights/answers/reply.ts';
import { requestByEmail } from '../../../functions/src/rights/ways/byEmail.ts';
import { enterRequest } from '../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../functions/src/rights/ways/form.ts';
import { openLink } from '../../../functions/src/rights/ways/openLink.ts';
import { OFFICER } from '../rights/answers/answers.sample.ts';
import { context, shown } from '../rights/helpers.ts';
import { deliver, takeBack, write } from '../rights/queue.sample.ts';
import { choices, dying, foundBy, jobs, nth, type Choices } from './acting.ts';
import { announceEnd, restrict } from './restrictions.ts';
import { objectsTo, rights } from './rights.ts';
import {
  accountDeleted,
  addressOfAccount,
  dropAccount,
  night,
  NOBODY,
  readMails,
  signUp,
  STRANGER,
  UID,
  work,
  world,
} from './world.ts';

/** The acts of a history, and how often each of them comes. */
const WEIGHTS = {
  ...{ ask: 6, takeBack: 3, again: 2, letter: 4, link: 2, open: 3, pause: 2, resume: 2, reply: 4 },
  ...{ task: 3, work: 4, wait: 4, leave: 1, join: 1, night: 1, guess: 1, giveUp: 1, restrict: 2, lift: 2 },
  ...{ uphold: 2, consent: 3, correct: 2, hold: 1, holdEnds: 1 },
  ...{ guard: 2, wish: 3, say: 4, powerEnds: 1 },
} as const;
type Do = keyof typeof WEIGHTS;

/** An act with everything that it may need. */
const act = fc.record({
  do: fc.oneof(...Object.entries(WEIGHTS).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name as Do) }))),
  ...choices,
});
export type Act = Choices & { readonly do: Do };

const REFUSES = { do: 'reply', which: 0, order: { kind: 'refused', reason: 'compellingGround' } } as const;
const objects = { do: 'ask', type: 'objection', which: 0 } as const;

/** Acts that seldom meet by chance: several things stop one use, or a holder asks. */
const SCRIPTS: readonly (readonly Partial<Act>[])[] = [
  [{ do: 'restrict' }, { do: 'work' }, { do: 'lift' }, { do: 'wait', hours: 200 }, objects, { do: 'work' }],
  [objects, { do: 'work' }, { do: 'restrict', which: 0 }, { do: 'lift' }, { do: 'work' }],
  [objects, { do: 'work' }, objects, { do: 'work' }, REFUSES, { do: 'work' }],
  [objects, { do: 'work' }, objects, { do: 'uphold', which: 1 }, { do: 'work' }, { do: 'reply', which: 0 }],
  [{ do: 'wish', which: 0 }, { do: 'say', which: 0 }, { do: 'work' }, { do: 'reply', which: 0 }],
  [
    ...([true, false] as const).flatMap((proven) => [{ do: 'consent', proven } as const, { do: 'work' } as const]),
    ...[{ do: 'task', which: 0, as: 'done' } as const, { do: 'consent', proven: true } as const],
    ...[{ do: 'work' } as const, { do: 'restrict', which: 0 } as const],
  ],
];
const LONGEST = Math.max(...SCRIPTS.map(({ length }) => length));
const script = fc
  .tuple(fc.constantFrom(...SCRIPTS), fc.array(act, { minLength: LONGEST, maxLength: LONGEST }))
  .map(([steps, any]) => any.slice(0, steps.length).map((one, at): Act => ({ ...one, ...steps[at] })));

export const acts = fc
  .array(fc.oneof({ weight: 7, arbitrary: act.map((one): Act[] => [one]) }, { weight: 1, arbitrary: script }), {
    minLength: 3,
    maxLength: 10,
  })
  .map((all) => all.flat());

/** Enters a letter; what is refused with a reason is refused. */
async function enter(entry: Entry): Promise<void> {
  await enterRequest(context, entry, OFFICER).catch((error: unknown) => {
    if (!(error instanceof ComplianceError) || error.code === 'request.entry') throw error;
  });
}

function letterOf({ which, type, who, proven, hours }: Act): Entry {
  const before = nth(world.letters, which);
  const email = who === 'address' ? addressOfAccount() : STRANGER;
  const person = who === 'nobody' ? undefined : who === 'uid' ? { uid: UID } : { email };
  // The proof comes later, the letter is entered twice, or one that named nobody gets a name.
  if (which > 3 && before !== undefined) return { ...defined({ person }), ...before, proven };
  const receivedAt = context.time.now - Math.max(0, hours) * HOUR_MS;
  const how = { channel: 'letter', receivedAt, type, power: 'self', method: 'papers', proven } as const;
  return person === undefined ? { ...how, reference: `2026-${world.letters.length}` } : { ...how, person };
}

/** Asks for a link as anybody can, from a network of its own. */
const askByEmail = (email: string, asks: Act['asks']) =>
  requestByEmail(context, {
    data: { email, asks },
    address: `203.${(world.calls += 1) >> 16}.${(world.calls >> 8) & 255}.${world.calls & 255}`,
    language: 'en',
  });

async function useLink({ which, dies }: Act): Promise<void> {
  const link = nth(world.links, which);
  if (link === undefined) return;
  const works = link.uses === 0 && context.time.now < link.at + HOUR_MS;
  const died = await dying(dies, async () => {
    const { status } = await openLink(context, { method: 'POST', token: link.token, language: 'en' });
    // Once, and only in its hour.
    if (!works) expect(status).toBe(404);
    else if (!link.isUnsure) expect(status).toBe(200);
    if (status === 200) link.uses += 1;
  });
  if (died) link.isUnsure = true;
}

/** Counts the calls to the databases, and to everybody who could know somebody. */
async function counted(work: () => Promise<unknown>): Promise<unknown> {
  const calls: string[] = [];
  const watch = <T extends object>(target: T, name: string): T =>
    new Proxy(target, {
      get: (of, member) => {
        const value: unknown = Reflect.get(of, member);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          calls.push(`${name}.${String(member)}`);
          return (value as (...all: unknown[]) => unknown).apply(of, args);
        };
      },
    });
  const { clients } = context;
  const never = () => Promise.reject(new Error('nobody is looked for'));
  const [own, app] = [watch(clients.own(), 'own'), watch(clients.app(), 'app')];
  Object.assign(context, {
    clients: { ...clients, own: () => own, app: () => app, auth: never, brevo: never, bucket: never },
  });
  try {
    return { answer: await work(), calls };
  } finally {
    Object.assign(context, { clients });
  }
}

/** Somebody asks who exists: an account, somebody who asked before, and nobody. */
async function guess({ asks }: Act): Promise<void> {
  const answers = [];
  for (const email of [addressOfAccount(), STRANGER, NOBODY])
    answers.push(await counted(() => askByEmail(email, asks)));
  expect(answers[0]).toEqual(answers[2]);
  expect(answers[1]).toEqual(answers[2]);
  const tokens = [...world.links.filter(({ uses }) => uses > 0).map(({ token }) => token), 'x'.repeat(43)];
  const pages = [];
  for (const token of tokens) pages.push(await openLink(context, { method: 'POST', token, language: 'en' }));
  expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
}

/** An officer gives an erasure up. */
export const abandon = (id: string) => giveUp(context, id, { by: 'officer', officer: OFFICER, now: context.time.now });

/** An officer lets blocked jobs try again. */
export async function retryBlocked(): Promise<void> {
  for (const { id, status, steps } of await jobs()) {
    const isBlocked = Object.values(steps).some(({ state }) => state === 'blocked');
    if (isBlocked && status !== 'cancelled') await retryJob(context, id, context.time.now, OFFICER);
  }
}

const doing: Record<Do, (act: Act) => Promise<unknown>> = {
  ask: async ({ type, which, dies }) => {
    const [user] = world.users;
    if (user === undefined || user.disabled === true) return;
    const id = `r${world.asked.length}`;
    const lasting = { country: 'BE', ...(type === 'objection' ? objectsTo(which) : {}) };
    const event = await write(type, id, { details: { text: 'my words', ...lasting } });
    world.asked.push({ id, generation: world.generation, lasting });
    world.events.push(event);
    await dying(dies, () => deliver(event));
  },
  takeBack: async ({ which, dies }) => {
    const asked = nth(world.asked, which);
    if (asked === undefined || world.takenBack.has(asked.id) || (await shown(asked.id)) === undefined) return;
    world.takenBack.add(asked.id);
    const event = await takeBack(asked.id);
    world.events.push(event);
    await dying(dies, () => deliver(event));
  },
  again: async ({ which, dies }) => {
    const event = nth(world.events, which);
    if (event !== undefined) await dying(dies, () => deliver(event));
  },
  letter: async (act) => {
    const entry = letterOf(act);
    world.letters.push(entry);
    await dying(act.dies, () => enter(entry));
  },
  link: async ({ who, asks, dies }) => {
    await dying(dies, () => askByEmail(who === 'stranger' ? STRANGER : addressOfAccount(), asks));
  },
  open: useLink,
  pause: async (act) => {
    const found = await foundBy(act.which, (record) => record.status === 'waiting' && pauseOf(record) === undefined);
    const from = context.time.now - (act.hours % 40) * HOUR_MS;
    const order = { from, reason: 'identity', officer: OFFICER } as const;
    if (found !== undefined) await dying(act.dies, () => pauseRequest(context, found, order));
  },
  resume: async (act) => {
    const found = await foundBy(act.which, (record) => pauseOf(record) !== undefined);
    const at = context.time.now - (act.hours % 10) * HOUR_MS;
    if (found !== undefined) await dying(act.dies, () => resumeRequest(context, found, { at, officer: OFFICER }));
  },
  reply: async (act) => {
    const found = await foundBy(act.which, ({ status }) => !isFinal(status));
    if (found === undefined) return;
    await dying(act.dies, async () => {
      const planned = await planReply(context, found, { order: act.order, words: 'Because of this.' });
      if (planned.ok) await sendReply(context, found, planned.reply, OFFICER);
    });
  },
  task: async ({ which, as, dies }) => {
    const task = nth((await listTasks(context)).tasks, which);
    if (task === undefined) return;
    const closing = { as, by: OFFICER, note: 'as they say' };
    await dying(dies, () => closeTask(context, task.id, closing, context.time.now));
  },
  work: ({ dies }) => dying(dies, () => work()),
  wait: async ({ hours }) => {
    context.time.now += Math.max(1, hours) * HOUR_MS;
    await work();
  },
  leave: async ({ dies }) => {
    const deletion = dropAccount();
    if (deletion !== undefined) await dying(dies, () => accountDeleted(deletion));
  },
  join: async () => {
    if (world.users.length === 0) await signUp();
  },
  night,
  guess,
  restrict: async ({ dies, which }) => {
    await dying(dies, () => restrict(which));
  },
  lift: async ({ dies }) => {
    await dying(dies, announceEnd);
  },
  ...rights,
  giveUp: async ({ which, dies }) => {
    const job = nth(
      (await jobs()).filter((one) => one.kind === 'erasure' && isOpen(one) && one.steps['officers'] !== undefined),
      which,
    );
    if (job === undefined) return;
    if (await dying(dies, () => abandon(job.id))) world.givenUp.push(job.id);
  },
};

/** Does an act; then the e-mails have come. */
export async function perform(act: Act): Promise<void> {
  context.time.now += 1000;
  await doing[act.do](act);
  readMails();
}

/** Everything that was begun is brought to its rest: events come again, officers repeat orders. */
export async function settle(): Promise<void> {
  for (const event of world.events) await deliver(event);
  for (const deletion of world.deletions) await accountDeleted(deletion);
  for (const entry of world.letters) await enter(entry);
  for (const job of world.givenUp) await abandon(job);
  for (const again of world.repeated) await again();
  for (let n = 0; n < 4; n++) {
    // Leases of processes that died are over.
    context.time.now += 20 * 60_000;
    await work(8);
  }
  readMails();
}
