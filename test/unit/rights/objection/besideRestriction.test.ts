import { expect, it } from 'vitest';
import { endRestriction } from '../../../../functions/src/rights/restriction/lift.ts';
import { setRestriction } from '../../../../functions/src/rights/restriction/set.ts';
import { answer, ask, closeAll, context, headOf, person, tasks, time, useObjections } from './objection.world.ts';
import { OFFICER, work } from './purpose.world.ts';

useObjections();

/** The jobs of the open tasks at a company, by their kind. */
const openAt = async (recipient: string): Promise<string[]> =>
  (await tasks()).flatMap(({ job, for: part }) =>
    'recipient' in part && part.recipient === recipient ? [/^(restriction_over|object)_/.exec(job)?.[1] ?? job] : [],
  );

it('an objection closes at once the task that lets a company use the data again', async () => {
  const { uid } = await person();
  for (const purpose of ['messages', 'userDatabase']) await answer(uid, true, purpose);
  const by = { actor: 'officer', officer: OFFICER } as const;
  const name = 'officer-accuracy';
  await setRestriction(context, { uid, name, ground: 'accuracy', purposes: ['userDatabase'] }, by);
  await work();
  await closeAll();
  await endRestriction(context, { uid, name }, { ...by, toldAt: time.now });
  await work();
  expect(await openAt('salesforce')).toEqual(['restriction_over']);
  // Direct marketing ends, and the profiling that serves it: nobody pauses anything before.
  await ask(uid, { purpose: 'messages' });
  await work();
  expect((await headOf(uid)).current).toMatchObject({ userDatabase: 'objected' });
  expect(await openAt('salesforce')).toEqual(['object']);
});
