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
        dataTypes: ['cookies', 'usageData', 'uuid'],
        recipients: ['firebase', 'googleAnalytics'],
        periods: [
          'P0D after accountDeleted: delete',
          'P0D after withdrawn analytics: delete',
          'P0D after withdrawn monitoring: delete',
          'P13M after a time: delete',
        ],
      },
      feedbackPlatforms: {
        basis: 'legitimateInterest',
        consent: true,
        dataTypes: ['cookies', 'usageData'],
        recipients: ['zendeskWidget'],
        periods: ['P0D after accountDeleted: delete'],
      },
      messages: {
        basis: 'consent',
        consent: true,
        dataTypes: ['emailAddress', 'emailEvents', 'firstName', 'lastName', 'trackers', 'usageData'],
        recipients: ['brevoEmail'],
        periods: ['P0D after accountDeleted: delete', 'P3Y after inactive: delete'],
      },
      monitoring: {
        basis: 'legitimateInterest',
        consent: true,
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
          'P0D after accountDeleted: anonymise',
          'P0D after accountDeleted: delete',
          'P0D after withdrawn monitoring: delete',
          'P12M after a time: delete',
          'P13M after a time: delete',
        ],
      },
      userDatabase: {
        basis: 'legitimateInterest',
        consent: true,
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
        periods: ['P0D after accountDeleted: delete', 'P3Y after inactive: delete'],
      },
    },
    text: {
      en: [
        'Some data in the apps can say something about your health. We ask you if the apps may use them.',
        'Some of our older questions did not ask you that. So we ask them again: how you use the apps, the help window, e-mails, and faults.',
        'There are two questions now in the place of one: about the list of our customers, and about messages that we choose for you.',
        'We name more countries in which Firebase works for us: the Netherlands and Finland.',
      ].join('\n'),
      fr: [
        'Des données des applications peuvent dire quelque chose sur votre santé. Nous vous demandons si les applications peuvent les utiliser.',
        "Certaines de nos anciennes questions ne vous demandaient pas cela. Nous les posons donc de nouveau : l'usage des applications, la fenêtre d'aide, les e-mails et les pannes.",
        "Il y a maintenant deux questions au lieu d'une : sur la liste de nos clients, et sur les messages que nous choisissons pour vous.",
        "Nous nommons d'autres pays où Firebase travaille pour nous : les Pays-Bas et la Finlande.",
      ].join('\n'),
    },
  },
};
