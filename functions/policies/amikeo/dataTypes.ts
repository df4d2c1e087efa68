import type { Policy } from '../../src/policy/schema.ts';
import { backend, ownChoice, pixels, policyText, provider, statute } from './sources.ts';

type DataTypes = Policy['dataTypes'];

/** Stored or read on the person's device: the consent of this article comes first. */
const tracker = statute(
  'Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 82; Directive 2002/58/EC, Art. 5(3)',
  'Loi n° 78-17 du 6 janvier 1978 (Informatique et Libertés), art. 82 ; directive 2002/58/CE, art. 5(3)',
);

const listed = policyText('Types of data collected');

/** Such data reveal, over time, how a person with a cognitive disability lives with the apps. */
const special = { specialCategory: true };

/** Every type that the text names. */
const ofTheText: DataTypes = {
  firstName: { name: { en: 'First name', fr: 'Prénom' }, source: listed },
  lastName: { name: { en: 'Last name', fr: 'Nom' }, source: listed },
  phone: { name: { en: 'Telephone number', fr: 'Numéro de téléphone' }, source: listed },
  companyName: { name: { en: 'Company name', fr: "Nom de l'entreprise" }, source: listed },
  profession: { name: { en: 'Profession', fr: 'Profession' }, source: listed },
  emailAddress: { name: { en: 'E-mail address', fr: 'Adresse e-mail' }, source: listed },
  postalCode: { name: { en: 'Postal code', fr: 'Code postal' }, source: listed },
  cookies: { name: { en: 'Cookies', fr: 'Cookies' }, source: listed, tracker },
  trackers: {
    name: { en: 'Trackers', fr: 'Traceurs' },
    source: policyText('Policy summary: registration, messages, payment, New Relic'),
    tracker,
  },
  usageData: { name: { en: 'Usage data', fr: "Données d'utilisation" }, source: listed, ...special },
  generalActivityData: {
    name: { en: 'General activity data', fr: "Données générales d'activité" },
    source: listed,
    ...special,
  },
  cameraAuthorization: { name: { en: 'Camera authorization', fr: "Autorisation d'accès à la caméra" }, source: listed },
  microphoneAuthorization: {
    name: { en: 'Microphone authorization', fr: "Autorisation d'accès au microphone" },
    source: listed,
  },
  storageAuthorization: {
    name: { en: 'Storage authorization', fr: "Autorisation d'accès au stockage" },
    source: listed,
  },
  imageLibraryAuthorization: {
    name: { en: 'Image library authorization', fr: "Autorisation d'accès à la photothèque" },
    source: listed,
  },
  password: { name: { en: 'Password', fr: 'Mot de passe' }, source: listed },
  uuid: {
    name: { en: 'Universally unique identifier (UUID)', fr: 'Identifiant universel unique (UUID)' },
    source: policyText('User identification by means of a Universal Unique Identifier (UUID)'),
    tracker,
  },
  faultData: { name: { en: 'Fault data', fr: 'Données de panne' }, source: listed },
  deviceInformation: { name: { en: 'Device information', fr: "Informations sur l'appareil" }, source: listed },
  deviceLogs: { name: { en: 'Device logs', fr: "Journaux de l'appareil" }, source: listed },
  numberOfSessions: { name: { en: 'Number of sessions', fr: 'Nombre de sessions' }, source: listed, ...special },
  sessionDuration: { name: { en: 'Session duration', fr: 'Durée des sessions' }, source: listed, ...special },
  browsingHistory: { name: { en: 'Browsing history', fr: 'Historique de navigation' }, source: listed, ...special },
  sessionStatistics: {
    name: { en: 'Session statistics', fr: 'Statistiques de session' },
    source: listed,
    ...special,
  },
  ipAddress: { name: { en: 'IP address', fr: 'Adresse IP' }, source: policyText('System and maintenance logs') },
  systemLogs: {
    name: { en: 'Log of interactions with the service', fr: 'Journal des interactions avec le service' },
    source: policyText('System and maintenance logs'),
  },
  providerDeclared: {
    name: {
      en: "Data named in the provider's own privacy policy",
      fr: 'Données indiquées dans la politique de confidentialité du prestataire',
    },
    source: policyText('Policy summary: Salesforce, Zendesk, Firebase, Heroku, Logentries'),
  },
};

/** Types that the records hold although the text does not list them. */
const beyondTheText: DataTypes = {
  message: {
    name: { en: 'Content of a message to the publisher', fr: "Contenu d'un message à l'éditeur" },
    source: ownChoice(
      'The contact form has a free text, in which people may write about their health',
      'Le formulaire comporte un texte libre, où chacun peut évoquer sa santé',
    ),
    ...special,
  },
  personalContent: {
    name: { en: 'Photos, recordings and other content made in the apps', fr: 'Photos, sons et autres contenus' },
    source: ownChoice(
      'What the four device authorizations give access to can be stored with the account',
      'Ce à quoi les quatre autorisations donnent accès peut être conservé avec le compte',
    ),
    ...special,
  },
  profileDetails: {
    name: {
      en: 'Further details and preferences of the profile',
      fr: 'Autres renseignements et préférences du profil',
    },
    source: ownChoice(
      'The profile is open: the app keeps what the person enters, such as the language',
      "Le profil est ouvert : l'application garde ce que la personne saisit, comme la langue",
    ),
    ...special,
  },
  paymentData: {
    name: {
      en: 'Payments, invoices and masked payment methods',
      fr: 'Paiements, factures et moyens de paiement masqués',
    },
    source: provider(
      'Stripe API reference: customers, subscriptions, invoices, charges, payment methods',
      "Référence de l'API Stripe : clients, abonnements, factures, paiements, moyens de paiement",
    ),
  },
  emailEvents: {
    name: { en: 'E-mails sent, delivered, opened', fr: 'E-mails envoyés, distribués, ouverts' },
    source: provider(
      'Brevo API reference: transactional e-mail events',
      "Référence de l'API Brevo : événements des e-mails transactionnels",
    ),
    tracker: pixels,
  },
  accountIdentifiers: {
    name: {
      en: 'Identifiers of the account, here and at providers',
      fr: 'Identifiants du compte, ici et chez les prestataires',
    },
    source: provider('Firebase Authentication: user record', 'Firebase Authentication : fiche utilisateur'),
  },
  consentChoices: {
    name: { en: 'Answers to requests for consent', fr: 'Réponses aux demandes de consentement' },
    source: backend,
  },
  rightsRequests: {
    name: {
      en: 'Requests to exercise a right, and their handling',
      fr: "Demandes d'exercice de droits et leur traitement",
    },
    source: backend,
    ...special,
  },
  exportCopy: {
    name: {
      en: "Copy of the person's data, made at their request",
      fr: 'Copie des données de la personne, faite à sa demande',
    },
    source: backend,
    ...special,
  },
  guardianship: {
    name: {
      en: 'Holder of parental responsibility or guardian',
      fr: "Titulaire de l'autorité parentale ou représentant",
    },
    source: backend,
    ...special,
  },
  ageBand: { name: { en: 'Band of age', fr: "Tranche d'âge" }, source: backend },
  pseudonym: { name: { en: 'Keyed pseudonym of the account', fr: 'Pseudonyme à clé du compte' }, source: backend },
  integrityProof: {
    name: {
      en: 'Hashes, signatures and figures without names',
      fr: 'Empreintes, signatures et chiffres sans identité',
    },
    source: backend,
  },
  officerName: {
    name: { en: 'Name of an officer of the company', fr: "Nom d'un chargé des demandes de l'entreprise" },
    source: backend,
  },
};

export const dataTypes: DataTypes = { ...ofTheText, ...beyondTheText };
