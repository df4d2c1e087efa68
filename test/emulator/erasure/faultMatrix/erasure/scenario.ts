import { onAccountDeleted } from '../../../../../functions/src/erasure/accountEvents.ts';
import type { Job } from '../../../../../functions/src/jobs/types.ts';
import { onPrivacyRequestCreated } from '../../../../../functions/src/rights/receive.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import type { Course, Event } from '../drive.ts';
import type { Scenario } from '../matrix.ts';
import { messagesTo } from '../asked.ts';
import { askedFor, email, plant, REQUEST, uid, type Person } from '../person.ts';
import type { World } from '../world.ts';
import { faultsOfCertificate } from './certificate.ts';
import { erasureIn, falseClaims, notAsPromised, othersTouched } from './judge.ts';

/** How an erasure starts: both run the same cascade; the account goes before it, or with it. */
const starts = ['request', 'deletion'] as const;
export type StartedBy = (typeof starts)[number];

/** Above the lease of an erasure. */
const LEASE_MS = 10 * 60_000 + 1000;

export function erasureCourse(by: StartedBy, world: World, person: Person): Course {
  let isDeletionTold = false;
  /** The event of the deletion of the account, by anybody. */
  const accountDeleted = (): Event => {
    isDeletionTold = true;
    const deletion = {
      id: 'event-of-the-deletion',
      uid,
      tenantId: null,
      user: person.user,
      deletedAt: world.clock.now(),
    };
    return { name: 'event of the deletion', run: (context) => onAccountDeleted(context, deletion) };
  };
  const isAccountGone = (jobs: readonly Job[]): boolean => jobs.some(({ steps }) => steps['auth']?.state === 'done');
  return {
    leaseMs: LEASE_MS,
    runners,
    async start() {
      if (by === 'deletion') {
        await world.auth.deleteUser(uid);
        return [accountDeleted()];
      }
      const at = world.clock.now();
      const data = askedFor('erasure', at);
      await world.app.doc(`users/${uid}/privacyRequests/${REQUEST}`).set(data);
      const event = { id: 'event-of-the-request', uid, requestId: REQUEST, data, time: at };
      return [{ name: 'event of the request', run: (context) => onPrivacyRequestCreated(context, event) }];
    },
    follow: (jobs) => (!isDeletionTold && isAccountGone(jobs) ? [accountDeleted()] : []),
  };
}

/**
 * In every case, an erasure ends completed or blocked, claims nothing done that is not, and touches
 * nobody else. A blocked one completes once an officer lets it try again after the fault is gone.
 */
export const erasure: Scenario = {
  starts,
  plant: (world) => plant(world),
  course: (by, world, person) => erasureCourse(by as StartedBy, world, person),
  job: erasureIn,
  isOver: (state) => erasureIn(state)?.status === 'completed',
  atAnyMoment: (_, state) => falseClaims(state),
  atRest: ({ before }, state) => othersTouched(before, state),
  async atTheEnd({ world, person, combination: { faults, lasting = false } }, state) {
    const messages = {
      sent: (await messagesTo(world, email)).length,
      mayRepeat: lasting || faults.length > 1,
      mayMiss: lasting,
    };
    return [...notAsPromised(world, person, state, messages), ...(await faultsOfCertificate(world, person, state))];
  },
};
