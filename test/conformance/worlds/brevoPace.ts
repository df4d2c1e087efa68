import type Timers from 'node:timers/promises';
import { vi } from 'vitest';

/**
 * Whether an export waits a second after so many questions (systems/brevo/history.ts). One test is
 * about that pace. The stand-in answers the others as fast as they ask.
 */
const pace = vi.hoisted(() => ({ isKept: false }));
vi.mock('node:timers/promises', async (original) => {
  const timers = await original<typeof Timers>();
  const setTimeout = (ms: number) => timers.setTimeout(ms === 1000 && !pace.isKept ? 0 : ms);
  return { ...timers, setTimeout };
});

export { pace };
