import type { SystemManifest } from '../system.ts';

/** Payments. A record is a resource of the API: `customers/{id}`. */
export const manifest: SystemManifest = {
  id: 'stripe',
  name: 'Stripe',
  resources: ['customers', 'subscriptions', 'invoices', 'charges', 'payment_methods'],
  searchedBy: ['email', 'phone'],
  contracts: ['subscriptions'],
  corrects: { customers: { profile: /^(name|phone)$/, email: /^email$/ } },
  secrets: ['STRIPE_SECRET_KEY'],
};
