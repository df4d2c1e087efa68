import * as z from 'zod';
import { defineJob } from '../define.ts';
import { uid } from './fields.ts';

/** Finds every night the people whose contract has ended. */
export const contractsJobs = defineJob('lapse', { input: z.object({ scheduledAt: z.number() }), steps: ['contracts'] });

/** Ends the records of one person whose periods since the end of the contract are over. */
export const lapseJobs = defineJob('lapse', { input: z.object({ uid, endedAt: z.number() }), steps: ['records'] });
