import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { inactiveRunner } from '../../../functions/src/retention/inactivity/steps.ts';
import type { Cursor } from '../../../functions/src/systems/system.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { testContext } from '../requests/helpers.ts';
import { inactivityText } from '../../../functions/src/messages/inactivity.ts';
import { addPeriod } from '../../../functions/src/policy/calendar.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { endOfNotice, inactiveJob, tellJob } from '../../../functions/src/retention/inactivity/plan.ts';
import { findingOf, inactiveSince, type Inactivity } from '../../../functions/src/subject/activity.ts';
import { times } from '../../kit/depth.ts';

const DAY = 86_400_000;
const ZONE = amikeo.controller.timeZone;
const START = Date.parse('2026-01-01T03:00:00Z');

describe('an account that nobody uses', () => {
  it('is told when two years are over, ends thirty days after that unless it is used, and at most one night late', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 900 * DAY }),
        fc.option(fc.integer({ min: 0, max: 900 * DAY }), { nil: undefined }),
        fc.constantFrom('sent' as const, 'undeliverable' as const),
        (ago, back, told) => {
          const lastActiveAt = START - ago;
          const usedAgain = back === undefined ? undefined : START + back;
          let known: Inactivity | undefined;
          let toldAt: number | undefined;
          let erasedAt: number | undefined;
          for (let now = START; now < START + 900 * DAY && erasedAt === undefined; now += DAY) {
            const seen = usedAgain !== undefined && usedAgain <= now ? usedAgain : lastActiveAt;
            const since = inactiveSince(amikeo, now) ?? NaN;
            if (known === undefined) {
              if (seen <= since) known = { accountCreatedAt: 1, lastActiveAt: seen };
            }
            if (known === undefined) continue;
            const finding = findingOf(amikeo, known, { lastActiveAt: seen, now });
            if (finding === 'cameBack') [known, toldAt] = [undefined, undefined];
            else if (finding === 'tell') {
              toldAt = now;
              // Never a day early.
              expect(now).toBeGreaterThanOrEqual(addPeriod(seen, 'P2Y', ZONE));
              known = { ...known, told, eraseAt: endOfNotice(amikeo, now) };
            } else if (finding === 'erase') erasedAt = now;
          }
          const dueAt = Math.max(START, addPeriod(lastActiveAt, 'P2Y', ZONE));
          if (erasedAt === undefined) {
            // A person who came back in time has kept the account, for two years from then.
            const end = addPeriod(dueAt + DAY, 'P30D', ZONE) + DAY;
            expect(usedAgain !== undefined && usedAgain <= end).toBe(true);
            return;
          }
          expect(erasedAt).toBeGreaterThanOrEqual(addPeriod(toldAt ?? NaN, 'P30D', ZONE));
          const lastSign = usedAgain !== undefined && usedAgain < erasedAt ? usedAgain : lastActiveAt;
          const told2 = Math.max(START, addPeriod(lastSign, 'P2Y', ZONE));
          expect(erasedAt).toBeGreaterThanOrEqual(addPeriod(told2, 'P30D', ZONE));
          expect(erasedAt).toBeLessThan(addPeriod(told2 + DAY, 'P30D', ZONE) + DAY);
        },
      ),
      { numRuns: times(20, 200) },
    );
  });

  it('never ends before its person was told', () => {
    const known = { accountCreatedAt: 1, lastActiveAt: START - 3000 * DAY };
    expect(findingOf(amikeo, known, { lastActiveAt: known.lastActiveAt, now: START })).toBe('tell');
    expect(
      findingOf(amikeo, { ...known, eraseAt: START - DAY }, { lastActiveAt: known.lastActiveAt, now: START }),
    ).toBe('tell');
  });

  it('is let be by a policy that says nothing of it', () => {
    const rights = { ...amikeo.rights };
    delete rights.inactivity;
    const patient = { ...amikeo, rights };
    expect(inactiveSince(patient, START)).toBeNull();
    const known = { accountCreatedAt: 1, lastActiveAt: 0, told: 'sent' as const, eraseAt: 1 };
    expect(findingOf(patient, known, { lastActiveAt: 0, now: START })).toBe('cameBack');
  });

  it('is one job a night, and one message a finding and night, with ids that name nobody', () => {
    expect(inactiveJob(START)).toEqual(inactiveJob(START));
    const person = { uid: 'ada-lovelace', pseudonym: 'v1_x', lastActiveAt: START - 800 * DAY };
    expect(tellJob(person, START).id).toBe(tellJob(person, START + 3_600_000).id);
    expect(tellJob(person, START).id).not.toBe(tellJob(person, START + DAY).id);
    expect(tellJob(person, START).id).not.toContain('ada');
  });

  it('is found in each pool, one a task if the time is over, and none twice', async () => {
    const tenants = ['a', 'b', 'c'];
    const listed: (string | null)[] = [];
    const listing = <T extends object>(pool: T, id: string | null): T =>
      Object.assign(pool, { listUsers: async () => (listed.push(id), { users: [] }) });
    const auth = listing(
      fakeAuth(() => [], tenants),
      null,
    );
    const manager = auth.tenantManager();
    const authForTenant = manager.authForTenant.bind(manager);
    const watched = Object.assign(manager, { authForTenant: (id: string) => listing(authForTenant(id), id) });
    auth.tenantManager = () => watched;
    const base = testContext(START);
    const context = { ...base, policy: amikeo, clients: { ...base.clients, auth: async () => auth } };
    const { run } = inactiveRunner(context);
    const job = newJob(inactiveJob(START), START);
    let cursor: Cursor | undefined;
    for (let tasks = 1; ; tasks++) {
      const progress = await run('accounts', job, { cursor, deadline: START } as never);
      if ('settled' in progress) {
        expect(tasks).toBe(4);
        break;
      }
      cursor = 'more' in progress ? progress.more : undefined;
    }
    expect(listed).toEqual([null, ...tenants]);
  });

  it('is announced in both languages, with the day and how to keep it', () => {
    const until = Date.parse('2026-03-31T10:00:00Z');
    expect(inactivityText(amikeo, { until }, 'en').text).toMatch(
      /delete your account and your data on Tuesday,? 31 March 2026[^]*sign in before that day/,
    );
    expect(inactivityText(amikeo, { until }, 'fr').text).toMatch(/mardi 31 mars 2026[^]*connectez-vous avant ce jour/);
  });
});
