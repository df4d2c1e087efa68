import * as z from 'zod';
import { ACTS, DECIDERS, EVIDENCE, REGIMES, RIGHTS } from '../regimes.ts';
import { period, source } from './basics.ts';

/** A regime and its rules. */
const regime = z.strictObject({
  /** How its holder uses each right. */
  acts: z.record(z.enum(RIGHTS), z.enum(ACTS)),
  /** The papers that can prove it. */
  evidence: z.array(z.enum(EVIDENCE)).min(1),
  /** The deciding sides that its judgment or mandate can name. */
  decides: z.array(z.enum(DECIDERS)).min(1),
  /** It ends so long after it is stated at the latest; absent: it may have no end. */
  longest: period.optional(),
  source,
});

/** The powers by which people act for others. */
export const powers = z.strictObject({
  /** The time from telling the person of a request of somebody else until it goes on. */
  told: z.strictObject({ period, source }),
  regimes: z.partialRecord(z.enum(REGIMES), regime),
});
