import fc from 'fast-check';
import { seedOfTheDay } from './seed.ts';

/**
 * Gives every property test the seed of the day: all runs of a day try the same cases, and each day
 * others. A failure names its own path, and FAULT_SEED repeats a day.
 */
fc.configureGlobal({ seed: seedOfTheDay });
