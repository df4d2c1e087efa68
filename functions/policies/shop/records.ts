import type { Policy, PolicyRecord } from '../../src/policy/schema.ts';
import { accountingFate, choice, provider, statute, terms, withTheAccount } from './sources.ts';

const both = { access: true, portability: true };
const onAccess = { access: true, portability: false };

/** The records of the shop's members: in its own database, in Auth, at Stripe. */
export const records: Policy['records'] = {
  members: {
    name: { en: 'Members', fr: 'Membres' },
    system: 'firestore',
    path: 'members/{uid}',
    subject: { pathVariable: 'uid' },
    client: { owner: ['read', 'create', 'update'], texts: { name: 200, address: 500, country: 2 } },
    timestamp: null,
    purposes: ['sale'],
    dataTypes: ['email', 'name', 'address'],
    provided: true,
    subcollections: true,
    fate: [withTheAccount],
    export: both,
    source: terms,
  },
  newsletters: {
    name: { en: 'Subscriptions to the catalogue', fr: 'Abonnements au catalogue' },
    system: 'firestore',
    path: 'newsletters/{uid}',
    subject: { pathVariable: 'uid' },
    timestamp: 'since',
    purposes: ['catalogue'],
    dataTypes: ['address', 'name'],
    provided: true,
    fate: [
      {
        when: { withdrawn: 'catalogue' },
        after: 'P0D',
        then: { do: 'delete' },
        source: statute('GDPR Art. 17(1)(b)', 'RGPD art. 17(1)(b)'),
      },
      withTheAccount,
    ],
    export: both,
    source: terms,
  },
  orders: {
    name: { en: 'Orders', fr: 'Commandes' },
    system: 'firestore',
    path: 'orders/{order}',
    subject: { field: 'buyer' },
    timestamp: 'placedAt',
    purposes: ['sale', 'accounts'],
    dataTypes: ['purchases', 'name', 'address'],
    provided: true,
    fate: accountingFate('placedAt'),
    export: both,
    source: terms,
  },
  reviews: {
    name: { en: 'Reviews of products', fr: 'Avis sur les produits' },
    system: 'firestore',
    path: 'reviews/{review}',
    subject: { field: 'author' },
    client: { owner: ['read', 'create', 'update'], timestamp: 'writtenAt', servers: ['verifiedPurchase'] },
    timestamp: 'writtenAt',
    purposes: ['community'],
    dataTypes: ['contributions', 'name'],
    provided: true,
    fate: [
      {
        when: { event: 'accountDeleted' },
        after: 'P0D',
        then: { do: 'anonymise', fields: ['author', 'authorName'] },
        source: choice(
          'A review helps others after its author has left; nobody is named in it any more (GDPR Art. 17(1), recital 26)',
          "Un avis sert aux autres après le départ de son auteur ; personne n'y est plus nommé (RGPD art. 17(1), considérant 26)",
        ),
      },
      {
        when: { field: 'writtenAt' },
        after: 'P5Y',
        then: { do: 'delete' },
        source: choice('Nobody sells the product any more', 'Plus personne ne vend le produit'),
      },
    ],
    export: both,
    source: terms,
  },
  chats: {
    name: { en: 'Conversations', fr: 'Conversations' },
    system: 'firestore',
    path: 'chats/{chat}',
    subject: { parties: [{ as: 'array', field: 'participants' }] },
    timestamp: 'startedAt',
    purposes: ['community'],
    dataTypes: ['contributions'],
    provided: true,
    mentions: [{ field: 'unread', as: 'key' }],
    subcollections: true,
    fate: [withTheAccount],
    export: both,
    source: terms,
  },
  messages: {
    name: { en: 'Messages of conversations', fr: 'Messages des conversations' },
    system: 'firestore',
    path: 'chats/{chat}/messages/{message}',
    subject: {
      parties: [
        { as: 'value', field: 'sender', wrote: ['text', 'senderName', 'senderPhone'], masked: ['senderPhone'] },
        { as: 'value', field: 'recipient' },
      ],
    },
    timestamp: 'sentAt',
    purposes: ['community'],
    dataTypes: ['contributions', 'name'],
    provided: true,
    fate: [
      {
        when: { field: 'sentAt' },
        after: 'P2Y',
        then: { do: 'delete' },
        source: choice('What was settled two years ago is settled', 'Ce qui fut réglé il y a deux ans est réglé'),
      },
      withTheAccount,
    ],
    // The person's own messages go out at once.
    export: {
      ...both,
      look: {
        en: 'The other member of the conversation wrote these messages.',
        fr: "L'autre membre de la conversation a écrit ces messages.",
      },
    },
    source: terms,
  },
  contactRequests: {
    name: { en: 'Questions to the shop', fr: 'Questions à la boutique' },
    system: 'firestore',
    path: 'questions/{question}',
    subject: { field: 'uid', email: 'email' },
    timestamp: 'createdAt',
    purposes: ['questions'],
    dataTypes: ['email', 'name', 'address', 'phone', 'contributions'],
    provided: true,
    fate: [
      {
        when: { field: 'createdAt' },
        after: 'P1Y',
        then: { do: 'delete' },
        source: choice('A question is answered within the year', "Une question est résolue dans l'année"),
      },
      withTheAccount,
    ],
    export: onAccess,
    source: terms,
  },
  account: {
    name: { en: 'Sign-in record', fr: 'Compte de connexion' },
    system: 'auth',
    path: 'users/{uid}',
    subject: { handle: 'authUser' },
    timestamp: null,
    purposes: ['sale'],
    dataTypes: ['email', 'name'],
    provided: true,
    fate: [withTheAccount],
    export: both,
    source: terms,
  },
  customers: stripe('customers/{id}', { en: 'Stripe customer', fr: 'Client Stripe' }, [withTheAccount], both),
  invoices: stripe(
    'invoices/{id}',
    { en: 'Stripe invoices', fr: 'Factures Stripe' },
    accountingFate('created'),
    onAccess,
  ),
};

/** A record of a customer at Stripe. */
function stripe(
  path: string,
  name: PolicyRecord['name'],
  fate: PolicyRecord['fate'],
  exported: PolicyRecord['export'],
): PolicyRecord {
  return {
    name,
    system: 'stripe',
    path,
    subject: { handle: 'stripeCustomer' },
    timestamp: 'created',
    purposes: ['sale', 'accounts'],
    dataTypes: ['purchases', 'email', 'name'],
    provided: exported.portability,
    fate,
    export: exported,
    source: provider('Stripe API reference', "Référence de l'API Stripe"),
  };
}
