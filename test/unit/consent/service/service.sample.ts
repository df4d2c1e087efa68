import { afterAll, beforeAll } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { openPerson, priceAt } from './world.ts';

let standins: Standins;
let price: string;

/** Starts and stops Stripe and Brevo around the tests of a file. */
export function useProviders(): void {
  beforeAll(async () => {
    standins = await startStandins();
    price = await priceAt(standins);
  });
  afterAll(() => standins.stop());
}

/** Opens the life of one person with an account. */
export const open = () => openPerson(standins, price);
