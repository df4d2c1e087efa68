import { seedOfTheDay } from './kit/depth.ts';

/** Says before the tests which samples they take, so that another day can repeat them. */
export const setup = (): void => console.log(`The samples of the day: FAULT_SEED=${seedOfTheDay}`);
