import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { liftHold, setHold } from '../../../functions/src/erasure/holds.ts';
import { ComplianceError } from '../../../functions/src/platform/errors.ts';
import type { Regime } from '../../../functions/src/policy/regimes.ts';
import { versionInForce } from '../../../functions/src/policy/versions/inForce.ts';
import { onProfileWritten } from '../../../functions/src/rectification/start.ts';
import { planUphold, uphold } from '../../../functions/src/rights/objection/uphold.ts';
import { requestAsHolder } from '../../../functions/src/rights/onBehalf/ask.ts';
import { onWord } from '../../../functions/src/rights/receive.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { OFFICER } from '../rights/answers/answers.sample.ts';
import { context, NOW, person } from '../rights/helpers.ts';
import { dying, foundBy, nth, type Choices } from './acting.ts';
import { ADS, LOGS } from './policy.ts';
import { UID, world } from './world.ts';

/** Acts about consents, objections, corrections, legal holds, and requests of a holder. */

/** The purpose of an objection: one that is paused, advertising, or none. */
export const objectsTo = (which: number): object =>
  [{ purpose: LOGS }, { marketing: true }, { purpose: LOGS }, {}][which % 4] ?? {};

/** An order or an event in a process that may die; it comes again in the end. */
async function twice(dies: number | null, work: () => Promise<unknown>): Promise<void> {
  world.repeated.push(work);
  await dying(dies, work);
}

/** True if somebody has the uid, and can sign in. */
const isThere = (): boolean => world.users[0] !== undefined && world.users[0].disabled !== true;

/** Carries out an officer's order; one that is refused with a reason is refused. */
const orRefused = (order: Promise<unknown>): Promise<unknown> =>
  order.catch((error: unknown) => {
    if (!(error instanceof ComplianceError)) throw error;
  });

/** The person writes a document of theirs. */
async function written(path: string, fields: object): Promise<{ before: DocumentData | undefined; after: object }> {
  const ref = context.app.doc(path);
  const before = (await ref.get()).data();
  const after = { ...before, ...fields };
  await ref.set(after);
  return { before, after };
}

async function correctName(dies: number | null): Promise<void> {
  const path = `users/${UID}`;
  // An erasure may have taken the profile, while the account is still there.
  if (!(await context.app.doc(path).get()).exists) return;
  const name = `Ada ${world.calls++}`;
  const change = await written(path, { name });
  const event = { uid: UID, ...change, writtenAt: context.time.now, isUnknown: false };
  await twice(dies, () => onProfileWritten(context, event));
}

/** The account has another verified address; the night finds it. */
async function correctAddress(dies: number | null): Promise<void> {
  const email = `ada${world.generation}x${world.calls++}.account@example.com`;
  world.users = world.users.map((user) => ({ ...user, email }));
  await dying(dies, async () => comparePage(context, (await context.own.collection('subjects').get()).docs));
}

const REGIMES: readonly [holder: string, regime: Regime, more: object][] = [
  ['mother', 'parentalAuthority', {}],
  ['curator', 'curatelle', {}],
  ['tutor', 'tutelle', { decides: 'holder' }],
];

/** The servers state a power over the person, or that it is over; the event of that comes. */
async function power(dies: number | null, [holder, regime, more]: (typeof REGIMES)[number], end: object) {
  const from = Timestamp.fromMillis(NOW);
  const stated = { child: UID, holder, from, ...storedPower(regime, NOW), ...more, ...end };
  const path = `guardianships/${holder}-${world.generation}`;
  await state(context, path, { ...stated, statedAt: Timestamp.fromMillis(context.time.now) });
  await twice(dies, () => refreshProtection(context, UID));
}

export const rights = {
  uphold: async ({ which, dies }: Choices) => {
    const found = await foundBy(which, ({ type, status }) => type === 'objection' && status === 'waiting');
    if (found === undefined) return;
    await dying(dies, async () => {
      const planned = await planUphold(context, found, LOGS);
      if (planned.ok) await uphold(context, found, planned.uphold, OFFICER);
    });
  },
  consent: async ({ proven: granted, dies }: Choices) => {
    if (!isThere()) return;
    const policyVersion = versionInForce(context.policy, context.time.now);
    const answer = { granted, policyVersion, source: 'app', updatedAt: Timestamp.fromMillis(context.time.now) };
    const change = await written(`users/${UID}/consents/${ADS}`, answer);
    const event = { id: `consent-${world.calls++}`, uid: UID, key: ADS, writtenAt: context.time.now, ...change };
    await twice(dies, () => onConsentWritten(context, event));
  },
  correct: async ({ which, dies }: Choices) => {
    if (isThere()) await (which % 2 === 0 ? correctName : correctAddress)(dies);
  },
  hold: async ({ which, dies }: Choices) => {
    if (!isThere()) return;
    const text = { en: 'A claim is pending.', fr: 'Un litige est pendant.' };
    const records = which % 2 === 0 ? {} : { records: ['profile'] };
    const order = { uid: UID, ground: { article: 'Art. 17(3)(e)', text }, ...records };
    const requestId = `the-hold-${world.calls++}`;
    const set = () => orRefused(setHold(context, { ...order, requestId }).then(({ id }) => world.holds.push(id)));
    // The officer gives the order again.
    if (await dying(dies, set)) await set();
  },
  holdEnds: async ({ which, dies }: Choices) => {
    const id = nth(world.holds, which);
    if (id !== undefined) await dying(dies, () => liftHold(context, id));
  },
  guard: async ({ which, dies }: Choices) => {
    const one = nth(REGIMES, which);
    if (one !== undefined && isThere()) await power(dies, one, {});
  },
  powerEnds: async ({ which, dies }: Choices) => {
    const one = nth(REGIMES, which);
    if (one !== undefined && isThere()) await power(dies, one, { until: Timestamp.fromMillis(context.time.now) });
  },
  wish: async ({ which, type, dies }: Choices) => {
    const one = nth(REGIMES, which);
    const [holder = ''] = one ?? [];
    // Mostly of somebody with a power.
    if (one !== undefined && which < 4 && isThere()) await power(null, one, {});
    const { generation, calls } = world;
    world.calls += 1;
    const details = type === 'objection' ? { details: objectsTo(which) } : {};
    const data = { child: UID, type, requestId: `the-wish-${calls}`, ...details };
    const caller = { uid: holder, accountCreatedAt: 1, signedInAt: context.time.now };
    const ask = async () => {
      const answer = await requestAsHolder(context, { caller, data, language: 'en' });
      if (answer.ok) world.wishes.push({ id: answer.result.id, generation, holder });
    };
    if (await dying(dies, ask)) await ask();
  },
  say: async ({ which, proven, dies }: Choices) => {
    const wish = nth(world.wishes, which);
    if (wish === undefined || !isThere() || !(await person(wish.id).get()).exists) return;
    const say = proven ? 'agrees' : 'disagrees';
    await person(wish.id).update({ say });
    const data = (await person(wish.id).get()).data();
    const event = { id: `word-${world.calls++}`, uid: UID, requestId: wish.id, data, time: context.time.now };
    await twice(dies, () => onWord(context, event, say));
  },
};

/** Ends every legal hold, as officers do in the end. */
export async function endHolds(): Promise<void> {
  for (const id of new Set(world.holds)) await liftHold(context, id);
}
