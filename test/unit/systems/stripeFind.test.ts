import type Stripe from 'stripe';
import { expect, test } from 'vitest';
import { findCustomers } from '../../../functions/src/systems/stripe/find.ts';
import { provenPhones } from '../../kit/proven.ts';
import { testContext } from '../requests/helpers.ts';

test('a number that says no country finds no customer: its digits are those of another country’s number', async () => {
  const numbers: Readonly<Record<string, string>> = {
    cus_american: '(451) 234-5678',
    cus_danish: '+45 12 34 56 78',
    cus_dialled: '0045 12345678',
  };
  const customer = (id: string) => ({ object: 'customer', id, phone: numbers[id], metadata: {} });
  const stripe = {
    customers: {
      // Search finds more than it was asked for, as it may.
      search: async function* ({ query }: { query: string }) {
        if (query.startsWith('phone')) yield* Object.keys(numbers).map(customer);
      },
      retrieve: (id: string) => Promise.resolve(customer(id)),
    },
  } as unknown as Stripe;
  const base = testContext(Date.UTC(2026, 5, 1));
  const context = { ...base, clients: { ...base.clients, stripe: async () => stripe } };
  const phones = provenPhones('+4512345678');
  const subject = { uid: 'ada', pseudonym: 'p', accountCreatedAt: null, verifiedEmails: [], phones, providerIds: {} };
  const found = await findCustomers(context, subject);
  expect(found.map(({ id, by }) => [id, by])).toEqual([
    ['cus_danish', 'phone'],
    ['cus_dialled', 'phone'],
  ]);
});
