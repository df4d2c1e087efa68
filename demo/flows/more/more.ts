import type { Person } from '../../../fixtures/index.ts';
import type { Stage } from '../../stage.ts';
import type { Flow, Played, Say } from '../flow.ts';
import { correct, hold, object, restrict, wish, withdraw } from './acts.ts';
import { rowsOf, type Seen } from './seen.ts';

/** The people of the flow: nobody of them is in another one. */
function castOf({ world, loaded }: Stage) {
  const ordinary = world.people.filter(({ role, account }) => role === 'ordinary' && account.emailVerified);
  const corrected = ordinary.find(({ account, brevo }) => loaded.stripe.has(account.uid) && brevo !== undefined);
  const [objector, restricted, withdrawer, held, parent] = ordinary.filter((one) => one !== corrected);
  const child = world.people.find(({ role, account }) => role === 'child' && account.password !== undefined);
  const all = { corrected, objector, restricted, withdrawer, held, parent, child };
  for (const [part, one] of Object.entries(all)) if (one === undefined) throw new Error(`nobody plays ${part}`);
  return all as Readonly<Record<keyof typeof all, Person>>;
}

/** The acts side by side: each of them waits for most of its time. */
async function work(stage: Stage, say: Say): Promise<Seen> {
  const cast = castOf(stage);
  say('a parent asks for a child, people object, correct and withdraw; the officer decides');
  const [objection, restriction, correction, withdrawal, wished, held] = await Promise.all([
    object(stage, cast.objector),
    restrict(stage, cast.restricted),
    correct(stage, cast.corrected),
    withdraw(stage, cast.withdrawer),
    wish(stage, cast.child, cast.parent),
    hold(stage, cast.held),
  ]);
  return { objection, restriction, correction, withdrawal, wish: wished, hold: held };
}

export const more: Flow = {
  title: '7 · Objection, restriction, correction, withdrawal, a parent, a hold',
  async run(stage: Stage, say): Promise<Played> {
    return { rows: rowsOf(await work(stage, say)) };
  },
};
