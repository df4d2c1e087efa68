import { pauseRequest } from '../../../../../functions/src/rights/answers/clock.ts';
import type { Decided } from '../../../../../functions/src/rights/answers/decide.ts';
import { findRequest } from '../../../../../functions/src/rights/answers/find.ts';
import { planReply, sendReply, type Order } from '../../../../../functions/src/rights/answers/reply.ts';
import { onPrivacyRequestCreated } from '../../../../../functions/src/rights/receive.ts';
import { enterRequest } from '../../../../../functions/src/rights/ways/enter.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import type { Context } from '../../../../../functions/src/platform/context.ts';
import type { RequestType } from '../../../../../functions/src/requests/request.ts';
import { addressPseudonym } from '../../../../../functions/src/subject/emails.ts';
import type { Course, Event } from '../drive.ts';
import type { Scenario } from '../matrix.ts';
import { messagesTo } from '../asked.ts';
import { askedFor, email, plant, REQUEST, uid, type Person } from '../person.ts';
import { undisturbed } from '../rights/undisturbed.ts';
import type { World } from '../world.ts';
import { isOver, notAsPromised, othersTouched, wrongAtAnyMoment, type Case } from './judge.ts';

/**
 * An officer's decisions. `answered`: of somebody with an account. `refused`: an export at which a
 * job works. `letter`: of somebody without an account. `paused`: only the clock.
 */
const starts = ['answered', 'refused', 'letter', 'paused'] as const;
type AnswerStart = (typeof starts)[number];

/** The person's own words: nothing of them stays when the request closes. */
const WORDS = 'My name is wrong since my wedding.';
const OFFICER = `v1_${'o'.repeat(43)}`;
/** Above the lease of every job here. */
const LEASE_MS = 36 * 60_000;

const cases: Readonly<Record<AnswerStart, Omit<Case, 'key'>>> = {
  answered: { type: 'rectification', state: 'answered', to: email, hasAccount: true },
  refused: { type: 'portability', state: 'refused', to: email, hasAccount: true },
  letter: { type: 'rectification', state: 'answered', to: 'nobody@example.com', hasAccount: false },
  paused: { type: 'rectification', state: 'paused', to: email, hasAccount: true },
};
const orders: Readonly<Record<Exclude<AnswerStart, 'paused'>, Order>> = {
  answered: { kind: 'answered', result: 'done' },
  refused: { kind: 'refused', reason: 'excessive' },
  letter: { kind: 'answered', result: 'done' },
};

/** The cases of the worlds that were planted, with the keys of their requests. */
const planted = new WeakMap<World, Case>();
const caseOf = (world: World): Case => {
  const one = planted.get(world);
  if (one === undefined) throw new Error('nothing was planted in this world');
  return one;
};

async function plantFor(world: World, by: AnswerStart): Promise<Person> {
  const person = await plant(world);
  const at = world.clock.now() - 1000;
  const { type, to, hasAccount } = cases[by];
  if (hasAccount) {
    const data = { ...askedFor(type as RequestType, at), details: { text: WORDS, country: 'BE' } };
    await world.app.doc(`users/${uid}/privacyRequests/${REQUEST}`).set(data);
    const event = { id: 'event-of-the-request', uid, requestId: REQUEST, data, time: at };
    await undisturbed(world, (context) => onPrivacyRequestCreated(context, event));
    planted.set(world, { ...cases[by], key: person.requests.mine });
    // The export has not begun: a tick would bring it later.
    world.tasks.length = 0;
    return person;
  }
  world.named(addressPseudonym(to, world.keys), '{chain}');
  const entered = await undisturbed(world, (context) =>
    enterRequest(context, {
      channel: 'letter',
      receivedAt: at,
      type: type as RequestType,
      person: { email: to },
      power: 'self',
      method: 'mailbox',
      proven: true,
      details: { text: WORDS, country: 'BE' },
    }),
  );
  world.named(entered.key.slice(entered.record.pseudonym.length + 1), '{request}');
  planted.set(world, { ...cases[by], key: entered.key });
  return person;
}

/** The officer decides, and does it again as long as the command fails. */
function answerCourse(by: AnswerStart, world: World): Course {
  const { key, hasAccount } = caseOf(world);
  const decide = async (context: Context): Promise<Decided> => {
    const found = await findRequest(context, key, hasAccount ? uid : undefined);
    if (typeof found === 'string') throw new Error(`the request is ${found}`);
    if (by === 'paused')
      return pauseRequest(context, found, { from: context.now() - 500, reason: 'identity', officer: OFFICER });
    const planned = await planReply(context, found, { order: orders[by], words: 'Because of this.' });
    return planned.ok ? sendReply(context, found, planned.reply, OFFICER) : planned;
  };
  const event: Event = {
    name: 'the decision',
    run: async (context) => {
      const decided = await decide(context);
      // Said again after a success with a lost answer: it is decided.
      if (!decided.ok && decided.because !== 'final' && decided.because !== 'paused')
        throw new Error(`not decided: ${decided.because}`);
    },
  };
  return { leaseMs: LEASE_MS, runners, start: async () => [event] };
}

/**
 * In every case: a decision is one, with one entry. The person gets its words, in the app and by
 * one message, and the record says so only then. Their own words go. A refused export leaves
 * nothing.
 */
export const answers: Scenario = {
  starts,
  plant: (world, by) => plantFor(world, by as AnswerStart),
  course: (by, world) => answerCourse(by as AnswerStart, world),
  job: () => undefined,
  isOver: (state) => isOver(state),
  atAnyMoment: async ({ world, person }, state) =>
    wrongAtAnyMoment(state, person, caseOf(world), await messagesTo(world, caseOf(world).to)),
  atRest: ({ world, before, person }, state) => othersTouched(before, state, person, caseOf(world)),
  atTheEnd: async ({ world, combination: { faults, lasting = false } }, state) =>
    notAsPromised(state, caseOf(world), {
      sent: (await messagesTo(world, caseOf(world).to)).length,
      mayRepeat: lasting || faults.length > 1,
    }),
};
