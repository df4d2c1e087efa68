import type { Policy, PolicyRecord } from '../../src/policy/schema.ts';
import {
  accountingFate,
  customerFiles,
  explicitConsent,
  ownChoice,
  policyText,
  provider,
  unusedAccounts,
  withTheAccount,
} from './sources.ts';
import { own } from './records.own.ts';

const both = { access: true, portability: true };
/** Written or made by the person: no holder gets it against their word. */
const ownWords = { ...both, ownWords: true } as const;

/**
 * Marketing data of a person without any sign of life: the cascade that ends an inactive account
 * comes first, this is the outer limit.
 */
const threeYearsSilent: PolicyRecord['fate'][number] = {
  when: { event: 'inactive' },
  after: 'P3Y',
  then: { do: 'delete' },
  source: customerFiles(
    'marketing, three years from the last contact',
    'prospection, trois ans après le dernier contact',
  ),
};

/** Files, the sign-in record, and the customers and contacts at Stripe and Brevo. */
export const recordsElsewhere: Policy['records'] = {
  userFiles: {
    name: { en: 'Files of the person', fr: 'Fichiers de la personne' },
    system: 'storage',
    path: 'users/{uid}/**',
    subject: { pathVariable: 'uid' },
    timestamp: 'timeCreated',
    purposes: ['hosting', 'activityData', 'devicePermissions', 'coreService'],
    dataTypes: ['personalContent'],
    specialCategory: explicitConsent('coreService'),
    provided: true,
    fate: [withTheAccount],
    export: ownWords,
    source: policyText('Device authorizations; Web hosting and backend infrastructure'),
  },
  exports: own.exports,
  certificates: own.certificates,
  checkpointFiles: own.checkpointFiles,
  account: {
    name: { en: 'Sign-in record', fr: 'Compte de connexion' },
    system: 'auth',
    path: 'users/{uid}',
    subject: { handle: 'authUser' },
    timestamp: null,
    purposes: ['registration'],
    dataTypes: ['emailAddress', 'password', 'phone', 'firstName', 'lastName', 'accountIdentifiers'],
    provided: true,
    fate: [
      withTheAccount,
      {
        when: { event: 'inactive' },
        after: 'P2Y30D',
        then: { do: 'delete' },
        source: unusedAccounts,
      },
    ],
    export: both,
    source: policyText('Registration and authentication: direct registration'),
  },
  stripeCustomer: {
    name: { en: 'Stripe customer', fr: 'Client Stripe' },
    system: 'stripe',
    path: 'customers/{id}',
    subject: { handle: 'stripeCustomer' },
    mirrors: { email: { account: 'email' }, name: { profile: ['firstName', 'lastName'] } },
    timestamp: 'created',
    purposes: ['payment'],
    dataTypes: ['emailAddress', 'lastName', 'firstName', 'accountIdentifiers'],
    provided: true,
    fate: [withTheAccount],
    export: both,
    source: policyText('Payment management: Stripe'),
  },
  stripeSubscriptions: {
    name: { en: 'Stripe subscriptions', fr: 'Abonnements Stripe' },
    system: 'stripe',
    path: 'subscriptions/{id}',
    subject: { handle: 'stripeCustomer' },
    timestamp: 'created',
    purposes: ['payment'],
    dataTypes: ['paymentData', 'accountIdentifiers'],
    provided: true,
    fate: [withTheAccount],
    export: both,
    source: provider(
      'Stripe API reference: deleting a customer cancels its subscriptions',
      "Référence de l'API Stripe : supprimer un client annule ses abonnements",
    ),
  },
  stripeInvoices: {
    name: { en: 'Stripe invoices', fr: 'Factures Stripe' },
    system: 'stripe',
    path: 'invoices/{id}',
    subject: { handle: 'stripeCustomer' },
    timestamp: 'created',
    purposes: ['payment', 'legalObligations'],
    dataTypes: ['emailAddress', 'lastName', 'firstName', 'paymentData'],
    provided: true,
    fate: accountingFate('created'),
    export: both,
    source: policyText('Additional information on shelf life: longer where the law obliges to'),
  },
  stripeCharges: {
    name: { en: 'Stripe charges', fr: 'Paiements Stripe' },
    system: 'stripe',
    path: 'charges/{id}',
    subject: { handle: 'stripeCustomer' },
    timestamp: 'created',
    purposes: ['payment', 'legalObligations'],
    dataTypes: ['emailAddress', 'lastName', 'firstName', 'paymentData'],
    provided: true,
    fate: accountingFate('created'),
    export: both,
    source: ownChoice(
      'A payment supports the invoice that it settles: kept as long (Code de commerce, art. L123-22)',
      "Un paiement justifie la facture qu'il règle : conservé aussi longtemps (Code de commerce, art. L123-22)",
    ),
  },
  stripePaymentMethods: {
    name: { en: 'Stripe payment methods', fr: 'Moyens de paiement Stripe' },
    system: 'stripe',
    path: 'payment_methods/{id}',
    subject: { handle: 'stripeCustomer' },
    timestamp: 'created',
    purposes: ['payment'],
    dataTypes: ['paymentData'],
    provided: true,
    fate: [withTheAccount],
    export: both,
    source: provider(
      'Stripe API reference: payment methods, masked',
      "Référence de l'API Stripe : moyens de paiement, masqués",
    ),
  },
  brevoContact: {
    name: { en: 'Brevo contact', fr: 'Contact Brevo' },
    system: 'brevo',
    path: 'contacts/{id}',
    subject: { handle: 'brevoContact' },
    mirrors: {
      email: { account: 'email' },
      FIRSTNAME: { profile: ['firstName'] },
      LASTNAME: { profile: ['lastName'] },
    },
    timestamp: 'createdAt',
    purposes: ['messages', 'marketingAutomation'],
    dataTypes: ['emailAddress', 'firstName', 'lastName', 'usageData', 'accountIdentifiers'],
    specialCategory: explicitConsent('messages', 'marketingAutomation'),
    provided: true,
    // A withdrawal keeps the contact: its blocklist keeps marketing from starting (Art. 21(3)).
    fate: [withTheAccount, threeYearsSilent],
    export: both,
    source: policyText('User database management: Brevo marketing automation; Brevo email'),
  },
  brevoEmails: {
    name: { en: 'Brevo log of e-mails sent', fr: 'Journal Brevo des e-mails envoyés' },
    system: 'brevo',
    path: 'smtp/emails/{id}',
    subject: { handle: 'brevoContact' },
    timestamp: 'date',
    // Among them those about the person's rights, and answers to their messages.
    purposes: ['messages', 'marketingAutomation', 'legalObligations', 'contact', 'support'],
    dataTypes: ['emailAddress', 'emailEvents'],
    provided: true,
    fate: [withTheAccount, threeYearsSilent],
    export: both,
    source: policyText('Manage contacts and send messages: Brevo email'),
  },
};
