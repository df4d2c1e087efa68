import type { Policy, SubjectOf } from '../../src/policy/schema.ts';
import {
  askedInTheForm,
  cnil,
  customerFiles,
  deleteAfter,
  explicitConsent,
  ownChoice,
  policyText,
  withTheAccount,
} from './sources.ts';
import { own } from './records.own.ts';
import { usageRecords } from './records.usage.ts';

const owner: SubjectOf = { pathVariable: 'uid' };
const both = { access: true, portability: true };
/** Written or made by the person: no holder gets it against their word. */
const ownWords = { ...both, ownWords: true } as const;

/** Documents of the app's own database. */
export const appRecords: Policy['records'] = {
  users: {
    name: { en: 'Profile', fr: 'Profil' },
    system: 'firestore',
    path: 'users/{uid}',
    subject: owner,
    timestamp: null,
    purposes: ['registration', 'hosting', 'coreService'],
    dataTypes: [
      'emailAddress',
      'firstName',
      'lastName',
      'phone',
      'companyName',
      'profession',
      'postalCode',
      'profileDetails',
    ],
    specialCategory: explicitConsent('coreService'),
    provided: true,
    client: {
      owner: ['read', 'create', 'update'],
      texts: {
        email: 320,
        firstName: 200,
        lastName: 200,
        phone: 50,
        company: 200,
        profession: 200,
        postalCode: 20,
        locale: 35,
      },
      // The person's id at Stripe.
      servers: ['stripeCustomerId'],
    },
    subcollections: true,
    fate: [withTheAccount],
    export: both,
    source: policyText('Registration and authentication; Shelf life: until the contract is fully performed'),
  },
  consents: own.consents,
  devicePermissions: own.devicePermissions,
  privacyRequests: own.privacyRequests,
  privacyState: own.privacyState,
  ...usageRecords,
  contactRequests: {
    name: { en: 'Contact requests', fr: 'Demandes de contact' },
    system: 'firestore',
    path: 'contactRequests/{id}',
    subject: { field: 'uid', email: 'email' },
    timestamp: 'createdAt',
    purposes: ['contact', 'support'],
    dataTypes: ['emailAddress', 'postalCode', 'lastName', 'firstName', 'companyName', 'phone', 'profession', 'message'],
    specialCategory: askedInTheForm,
    provided: true,
    fate: [
      deleteAfter(
        'closedAt',
        'P1Y',
        ownChoice(
          'A year after closing, for questions that come back',
          'Un an après la clôture, pour les questions qui reviennent',
        ),
      ),
      deleteAfter(
        'createdAt',
        'P3Y',
        customerFiles(
          'prospects, three years from the last contact; here for requests that nobody closed',
          "prospects, trois ans après le dernier contact ; ici pour les demandes que personne n'a closes",
        ),
      ),
      withTheAccount,
    ],
    export: {
      ...ownWords,
      // A message from an account goes out at once. Every other record has what the person's own
      // device wrote; conversations with the support are at Zendesk, which an officer asks.
      look: {
        en: 'Anybody can type an address into the contact form: a carer, a teacher or a relative may have written here.',
        fr: "N'importe qui peut saisir une adresse dans le formulaire de contact : un aidant, un enseignant ou un proche a pu écrire ici.",
      },
    },
    source: policyText('Contact the User: contact form'),
  },
  systemLogs: {
    name: { en: 'System logs', fr: 'Journaux système' },
    system: 'firestore',
    path: 'systemLogs/{id}',
    subject: { field: 'uid' },
    timestamp: 'createdAt',
    purposes: ['monitoring', 'fraudAndDefence'],
    dataTypes: ['ipAddress', 'systemLogs', 'accountIdentifiers'],
    provided: false,
    fate: [
      deleteAfter(
        'createdAt',
        'P12M',
        cnil(
          'Recommendation on logging, délibération 2021-122 of 14 October 2021: six months to one year',
          'Recommandation sur la journalisation, délibération 2021-122 du 14 octobre 2021 : de six mois à un an',
        ),
      ),
      {
        when: { event: 'accountDeleted' },
        after: 'P0D',
        then: { do: 'anonymise', fields: ['uid', 'ip'] },
        source: ownChoice(
          'The line stays useful for security without saying whose it was; it goes with its own period',
          'La ligne reste utile à la sécurité sans dire de qui elle vient ; elle disparaît à son propre terme',
        ),
      },
    ],
    export: { access: true, portability: false },
    source: policyText('System and maintenance logs'),
  },
  customers: {
    name: { en: 'Link to the Stripe customer', fr: 'Lien vers le client Stripe' },
    system: 'firestore',
    path: 'customers/{uid}',
    subject: owner,
    identifies: { handle: 'stripeCustomer', field: 'stripeId' },
    timestamp: null,
    purposes: ['payment'],
    dataTypes: ['accountIdentifiers'],
    provided: false,
    subcollections: true,
    fate: [withTheAccount],
    export: { access: true, portability: false },
    source: policyText('Payment management: Stripe'),
  },
};
