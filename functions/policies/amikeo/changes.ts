import type { Policy } from '../../src/policy/schema.ts';

/**
 * The changes of the text, by version. The next version is a draft: to publish it, set the day in
 * `announced` on which people are told, before the day of the version.
 */
export const changes: NonNullable<Policy['changes']> = {
  '2027-03-01': {
    kind: 'purposes',
    endsConsents: {
      analytics: {
        basis: 'consent',
        consent: true,
        dataTypes: ['cookies', 'usageData'],
        recipients: ['firebase', 'googleAnalytics'],
        periods: [
          'consents: accountDeleted+P0D delete',
          'usageEvents: createdAt+P13M delete, withdrawn(analytics)+P0D delete, accountDeleted+P0D delete',
        ],
      },
      feedbackPlatforms: {
        basis: 'legitimateInterest',
        consent: true,
        consentFor:
          "Les cookies et autres traceurs de l'outil, qui ne sont pas nécessaires pour répondre (loi Informatique et Libertés, art. 82).",
        dataTypes: ['cookies', 'usageData'],
        recipients: ['zendeskWidget'],
        periods: ['consents: accountDeleted+P0D delete'],
      },
      messages: {
        basis: 'consent',
        consent: true,
        dataTypes: ['emailAddress', 'emailEvents', 'firstName', 'lastName', 'trackers', 'usageData'],
        recipients: ['brevoEmail'],
        periods: [
          'brevoContact: accountDeleted+P0D delete, inactive+P3Y delete',
          'brevoEmails: accountDeleted+P0D delete, inactive+P3Y delete',
          'consents: accountDeleted+P0D delete',
        ],
      },
      monitoring: {
        basis: 'legitimateInterest',
        consent: true,
        consentFor:
          "Les identifiants et traceurs déposés sur l'appareil sans être strictement nécessaires au service (loi Informatique et Libertés, art. 82).",
        dataTypes: [
          'accountIdentifiers',
          'browsingHistory',
          'deviceInformation',
          'deviceLogs',
          'faultData',
          'ipAddress',
          'numberOfSessions',
          'providerDeclared',
          'sessionDuration',
          'sessionStatistics',
          'systemLogs',
          'trackers',
          'usageData',
          'uuid',
        ],
        recipients: ['crashlytics', 'firebase', 'logentries', 'newRelic'],
        periods: [
          'consents: accountDeleted+P0D delete',
          'installations: createdAt+P13M delete, withdrawn(monitoring)+P0D delete, accountDeleted+P0D delete',
          'sessions: createdAt+P13M delete, accountDeleted+P0D delete',
          'systemLogs: createdAt+P12M delete, accountDeleted+P0D anonymise',
        ],
      },
      userDatabase: {
        basis: 'legitimateInterest',
        consent: true,
        consentFor: "Le marketing automatisé : des messages choisis selon l'usage, et les traceurs qu'il utilise.",
        dataTypes: [
          'accountIdentifiers',
          'companyName',
          'emailAddress',
          'firstName',
          'lastName',
          'phone',
          'providerDeclared',
          'trackers',
          'usageData',
        ],
        recipients: ['brevoAutomation', 'firebase', 'salesforce'],
        periods: [
          'brevoContact: accountDeleted+P0D delete, inactive+P3Y delete',
          'brevoEmails: accountDeleted+P0D delete, inactive+P3Y delete',
          'consents: accountDeleted+P0D delete',
        ],
      },
    },
    formerCountries: { firebase: ['BE', 'IE', 'US'] },
    text: {
      en: [
        'Some data in the apps can say something about your health. We ask you if the apps may use them.',
        'Some of our older questions did not ask you that. So we ask them again: how you use the apps, the help window, e-mails, and faults.',
        'There are two questions now in the place of one: about the list of our customers, and about messages that we choose for you.',
        'We name more countries in which Firebase works for us: the Netherlands and Finland.',
        'The question about the use of the apps now names a number for the installation. Google Analytics gets this number too.',
        'We now also name the countries of Amazon S3, Heroku and Stripe.',
        'If you write to us, our answer comes by e-mail. We now say that Brevo sends this e-mail for us.',
        'We now tell you how long we keep your data, and how long each company keeps them.',
        'And we tell you in more detail which data we use, and how they are protected outside Europe.',
      ].join('\n'),
      fr: [
        'Des données des applications peuvent dire quelque chose sur votre santé. Nous vous demandons si les applications peuvent les utiliser.',
        "Certaines de nos anciennes questions ne vous demandaient pas cela. Nous les posons donc de nouveau : l'usage des applications, la fenêtre d'aide, les e-mails et les pannes.",
        "Il y a maintenant deux questions au lieu d'une : sur la liste de nos clients, et sur les messages que nous choisissons pour vous.",
        "Nous nommons d'autres pays où Firebase travaille pour nous : les Pays-Bas et la Finlande.",
        "La question sur l'usage des applications nomme maintenant un numéro pour l'installation. Google Analytics reçoit aussi ce numéro.",
        "Nous nommons maintenant aussi les pays d'Amazon S3, de Heroku et de Stripe.",
        'Si vous nous écrivez, notre réponse arrive par e-mail. Nous disons maintenant que Brevo envoie cet e-mail pour nous.',
        'Nous vous disons maintenant combien de temps nous gardons vos données, et combien de temps chaque entreprise les garde.',
        "Et nous vous disons plus en détail quelles données nous utilisons, et comment elles sont protégées hors de l'Europe.",
      ].join('\n'),
    },
  },
};
