import type { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { dueOf } from '../../../../functions/src/requests/clock.ts';
import { isFinal, requestTypes } from '../../../../functions/src/requests/request.ts';
import { finishRequest, refOf, type RequestRecord } from '../../../../functions/src/requests/store.ts';
import { pauseRequest, resumeRequest } from '../../../../functions/src/rights/answers/clock.ts';
import { listOpen } from '../../../../functions/src/rights/answers/list.ts';
import type { Order } from '../../../../functions/src/rights/answers/reply.ts';
import { listDue } from '../../../../functions/src/rights/due.ts';
import { times } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import { chain, context, entries, fresh, keyOf, recorded, shown } from '../helpers.ts';
import { deliver, keep, takeBack, tickAndRun, type Told, write } from '../queue.sample.ts';
import { expectClock, found, OFFICER, officer, orders, send, tell } from './answers.sample.ts';

type Act = { readonly which: number; readonly dies: number | null } & (
  | { readonly do: 'ask'; readonly type: (typeof requestTypes)[number] }
  | { readonly do: 'takeBack' | 'again' | 'machine' | 'tell' }
  | { readonly do: 'pause' | 'resume'; readonly back: number }
  | { readonly do: 'reply'; readonly order: Order }
  | { readonly do: 'wait'; readonly hours: number }
);

const common = { which: fc.nat(2), dies: fc.option(fc.nat(4), { nil: null, freq: 3 }) };
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ ...common, do: fc.constant('ask' as const), type: fc.constantFrom(...requestTypes) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ ...common, do: fc.constantFrom('takeBack', 'again', 'machine', 'tell' as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...common,
      do: fc.constantFrom('pause', 'resume' as const),
      back: fc.integer({ min: -1, max: 60 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ ...common, do: fc.constant('reply' as const), order: orders }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...common, do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 400 }) }),
  },
);

const HOUR = 3_600_000;
/** Does something in a process that may die. */
const dying = (dies: number | null, work: () => Promise<unknown>) => runDying(dies, [context.app, context.own], work);
/** Counts the entries that end a request by an officer. */
const endings = async () => (await entries()).filter((state) => /\.(answered|refused)$/.test(state)).length;

test('any history: no request without an answer or a turn, no clock lost, nothing answered twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 14 }), async (acts) => {
      fresh();
      const told: Told[] = [];
      const taken = new Set<string>();
      let asked = 0;
      let decided = 0;
      const next: Record<Exclude<Act['do'], 'ask'>, (one: Act, id: string) => Promise<unknown>> = {
        takeBack: async (_, id) => {
          if (taken.has(id)) return;
          taken.add(id);
          told.push(await takeBack(id));
          await deliver(told.at(-1) as Told);
        },
        again: async ({ which }) => deliver(told[which % told.length] as Told),
        // An export or an erasure ends by its job.
        machine: async (_, id) => {
          const { status, type } = (await recorded(id)) ?? {};
          if (status === 'in_progress' && type !== 'rectification')
            await finishRequest(context, refOf('u1', chain, id, context.keys), { status: 'completed' });
        },
        tell: () => tell(),
        pause: async (one, id) => {
          const from = context.time.now - ('back' in one ? one.back : 0) * HOUR;
          await pauseRequest(officer(), await found(id), { from, reason: 'identity', officer: OFFICER });
        },
        resume: async (one, id) => {
          const at = context.time.now - ('back' in one ? one.back : 0) * HOUR;
          await resumeRequest(officer(), await found(id), { at, officer: OFFICER });
        },
        reply: async (one, id) => {
          if (!('order' in one)) return;
          const before = await recorded(id);
          const { ok } = await send(one.order, id);
          if (ok && one.order.kind !== 'extended') expect(isFinal(before?.['status'])).toBe(false);
        },
        wait: async (one) => {
          context.time.now += ('hours' in one ? one.hours : 0) * HOUR;
          await tickAndRun();
        },
      };
      for (const one of acts) {
        context.time.now += 1000;
        if (one.do === 'ask') {
          told.push(await write(one.type, `r${asked}`, { details: { text: 'my words', country: 'BE' } }));
          await deliver(told.at(-1) as Told);
          asked += 1;
          continue;
        }
        if (asked === 0) continue;
        const id = `r${Math.max(0, asked - 1 - one.which)}`;
        // Only a request that is recorded is an officer's.
        if (['pause', 'resume', 'reply'].includes(one.do) && (await recorded(id)) === undefined) continue;
        const before = await endings();
        await dying(one.dies, () => next[one.do](one, id));
        if (one.do === 'reply') decided += (await endings()) - before;
        for (const back of taken) await keep('erasure', back);
      }
      // The platform delivers every event, and the queue runs every job in the end.
      for (const event of told) await deliver(event);
      for (const back of taken) await keep('erasure', back);
      for (let n = 0; n < 3; n++) {
        context.time.now += 10 * 60_000;
        await tell();
      }

      const open = new Set((await listOpen(context)).requests.map(({ key }) => key));
      const due = new Map((await listDue(officer(), 'P10Y')).map((item) => [item.id, item]));
      let byOfficer = 0;
      for (let n = 0; n < asked; n++) {
        const record = (await recorded(`r${n}`)) as RequestRecord | undefined;
        const document = await shown(`r${n}`);
        // Taken back while it was queued, or more in a day than are recorded.
        if (record === undefined) continue;
        const { status, reply } = record;
        // The person sees the truth.
        expect([document?.['status'], document?.['dueAt']]).toEqual([status, record.dueAt]);
        expect((document?.['pausedAt'] as Timestamp | undefined) === undefined).toBe(
          isFinal(status) || (record.pauses ?? []).every(({ until }) => until !== undefined),
        );
        if (isFinal(status)) {
          expect(open.has(keyOf(`r${n}`))).toBe(false);
          // Nobody's own words are left, on either side.
          expect(document?.['details']).toEqual({ country: 'BE' });
        } else {
          // A turn: it is on the list of the due with the reason for which it waits.
          expect(open.has(keyOf(`r${n}`))).toBe(true);
          expect(due.get(keyOf(`r${n}`))?.dueAt).toBe(dueOf(record, context.time.now));
        }
        expect(JSON.stringify(record)).not.toContain('my words');
        if (reply !== undefined) {
          // It was told, by exactly the words that the record has the hash of.
          expect(reply).toMatchObject({ end: 'noAddress', by: OFFICER });
          expect(reply.words).toBeUndefined();
          const text = (document?.['reply'] as { text: string }).text;
          expect([sha256Hex(text), reply.kind === 'extended' || isFinal(status)]).toEqual([reply.sha256, true]);
          if (reply.kind !== 'extended') {
            byOfficer += 1;
            expect(status).toBe(reply.kind === 'answered' ? 'completed' : 'refused');
          }
        }
        expectClock(record);
      }
      // A refusal without a letter is the backend's, of a repeated export.
      const repeated = await Promise.all(Array.from({ length: asked }, (_, n) => recorded(`r${n}`)));
      const already = repeated.filter((one) => one?.['reason'] === 'already_open').length;
      expect([decided, await endings()]).toEqual([byOfficer, byOfficer + already]);
    }),
    { numRuns: times(40, 4_000) },
  );
}, 600_000);
