import type { Policy, Purpose, PurposeId } from '../schema.ts';

/**
 * Direct marketing in a policy (Art. 21(2) and (3)): its channels, and the profiling that serves
 * them. Pure.
 */

/** True if the person is written to for this purpose, by another system. */
const writes = ({ effects = [] }: Purpose): boolean => effects.some(({ change }) => change === 'messages');

/** Every channel of direct marketing: purposes that write to people, and those that advertise. */
export const marketingChannels = ({ purposes }: Policy): PurposeId[] =>
  Object.entries(purposes).flatMap(([id, purpose]) => (writes(purpose) || purpose.advertises === true ? [id] : []));

/** The channels by which people are written to: an objection in a message is about these. */
export const messageChannels = ({ purposes }: Policy): PurposeId[] =>
  Object.entries(purposes).flatMap(([id, purpose]) => (writes(purpose) ? [id] : []));

/** True if people are written to through this system. */
export const writesThrough = ({ purposes }: Policy, system: string): boolean =>
  Object.values(purposes).some(({ effects = [] }) =>
    effects.some((effect) => effect.system === system && effect.change === 'messages'),
  );

/**
 * Returns the purposes that an objection to these channels ends: the channels themselves, and each
 * profiling that serves one of them. In the order of the policy.
 */
export function endedByObjection({ purposes }: Policy, channels: readonly PurposeId[]): PurposeId[] {
  const isMeant = (id: PurposeId): boolean => channels.includes(id);
  return Object.entries(purposes).flatMap(([id, { profilingFor = [] }]) =>
    isMeant(id) || profilingFor.some(isMeant) ? [id] : [],
  );
}
