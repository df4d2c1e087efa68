import type { Policy, RecipientCategory } from '../../src/policy/schema.ts';
import { ownChoice, policyText, toConfirm } from './sources.ts';

const source = policyText(
  'Treatment methods: persons in charge of the operation of AMIKEO, and external parties; an updated list may be requested',
);

/** A team of the publisher. */
const team = (en: string, fr: string, purposes: readonly string[]): RecipientCategory => ({
  name: { en, fr },
  inside: true,
  purposes: [...purposes],
  kept: {
    period: 'P0D',
    from: 'deletion',
    source: toConfirm(
      ownChoice(
        'The teams read the records and keep no copy of their own',
        "Les équipes lisent les enregistrements et n'en gardent aucune copie",
      ),
    ),
  },
  source: toConfirm(source),
});

/** Companies that the text names by their trade alone. */
const companies = (en: string, fr: string, purposes: readonly string[]): RecipientCategory => ({
  name: { en, fr },
  inside: false,
  purposes: [...purposes],
  kept: {
    period: 'P30D',
    from: 'receipt',
    source: toConfirm(
      ownChoice(
        'The text names no period: a month for one order. A company that keeps data longer becomes a recipient by name',
        'Le texte ne donne pas de durée : un mois par commande. Une société qui garde des données plus longtemps devient un destinataire nommé',
      ),
    ),
  },
  source: toConfirm(source),
});

/**
 * The recipients that the text names by category. The controller says which purposes each has. Its
 * hosting and technical providers are recipients by name (recipients.ts).
 */
export const recipientCategories: Policy['recipientCategories'] = {
  administration: team('Administration', 'Administration', ['payment', 'contact', 'support', 'legalObligations']),
  sales: team('Sales', 'Service commercial', ['contact', 'userDatabase']),
  marketing: team('Marketing', 'Marketing', [
    'analytics',
    'marketingAutomation',
    'messages',
    'feedbackPlatforms',
    'interestBasedAdvertising',
  ]),
  legal: team('Legal department', 'Service juridique', ['legalObligations', 'fraudAndDefence']),
  systemAdministration: team('System administration', 'Administration des systèmes', [
    'coreService',
    'hosting',
    'registration',
    'activityData',
    'devicePermissions',
    'preferences',
    'monitoring',
    'fraudAndDefence',
  ]),
  couriers: companies('Courier services', 'Services de messagerie et de livraison', ['contact', 'legalObligations']),
  itCompanies: companies('IT companies', 'Sociétés informatiques', ['hosting', 'monitoring']),
  agencies: companies('Communications agencies', 'Agences de communication', ['messages', 'marketingAutomation']),
};
