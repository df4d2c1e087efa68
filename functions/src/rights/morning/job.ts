import * as z from 'zod/mini';
import { defineJob } from '../../jobs/define.ts';

/** The e-mail that the officers get each morning. `at`: the morning, in epoch milliseconds. */
export const morningJobs = defineJob('morning', {
  input: () => z.object({ at: z.int() }),
  steps: ['send'],
});
