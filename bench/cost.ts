import { z } from 'zod';
import { insideSuite } from './inSuite.ts';

/**
 * The billed operations of one consent change: counted by the embedded Firestore, in a project of
 * its own beside everything else.
 */

const billed = z.object({ reads: z.number(), writes: z.number(), deletes: z.number() });
const costs = z.record(z.string(), billed);
export type Costs = z.infer<typeof costs>;

/** Runs `bench/inside/cost.ts` inside a suite and reads the figures that it prints. */
export const benchCost = async (): Promise<Costs> => costs.parse(await insideSuite('embedded', 'bench/inside/cost.ts'));
