import { periodInWords } from '../policy/generate/words.ts';
import type { Policy, Text } from '../policy/schema.ts';

/** A right of the person (Art. 15(1)(e) and (f), 7(3), 20, 21): what it is, and how it is used; said exactly, and in easy words. */
export interface Right {
  readonly id: string;
  readonly article: string;
  readonly name: Text;
  readonly what: Text;
  readonly how: Text;
  /** The `type` of the privacy request with which the app asks for it; null: another way. */
  readonly request: string | null;
  readonly easy: { readonly name: Text; readonly what: Text; readonly how: Text };
}

const t = (en: string, fr: string): Text => ({ en, fr });

/** What every right has in common. */
export function howToUseRights({ controller, rights }: Policy) {
  const { period } = rights.answerWithin;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  const [en, fr] = [periodInWords(period, 'en'), periodInWords(period, 'fr')];
  return {
    inWriting: {
      contact,
      address: `${controller.name}, ${controller.address}`,
      ...t(
        `In writing to ${contact}, or by post to ${controller.name}, ${controller.address}.`,
        `Par écrit à ${contact}, ou par courrier à ${controller.name}, ${controller.address}.`,
      ),
    },
    answeredWithin: {
      period,
      ...t(
        `Within ${en} of the request (GDPR Art. 12(3)). Where it takes longer, you are told why within this time.`,
        `Dans un délai de ${fr} à compter de la demande (RGPD art. 12(3)). S’il faut plus de temps, vous en connaîtrez la raison dans ce délai.`,
      ),
    },
    cost: t('Free of charge (GDPR Art. 12(5)).', 'Gratuit (RGPD art. 12(5)).'),
    easy: {
      inApp: t(
        'In the app: open the privacy requests. Choose what you want.',
        "Dans l'application : ouvrez les demandes de confidentialité. Choisissez ce que vous voulez.",
      ),
      inWriting: t(
        `Or write to us: ${contact}. An adult can help you.`,
        `Ou écrivez-nous : ${contact}. Un adulte peut vous aider.`,
      ),
      period: t(`We answer within ${en}.`, `Nous répondons en ${fr} au plus.`),
      cost: t('It costs nothing.', 'Cela ne coûte rien.'),
    },
  };
}

/** The way of a right that is a privacy request of the app. */
const inApp = (en: string, fr: string, contact: string): Pick<Right, 'how'> & { readonly easy: Text } => ({
  how: t(
    `In the app, under privacy requests: “${en}”. Or in writing to ${contact}.`,
    `Dans l'application, dans les demandes de confidentialité : « ${fr} ». Ou par écrit à ${contact}.`,
  ),
  easy: t(
    `In the app: privacy requests, “${en}”. Or write to us.`,
    `Dans l'application : demandes de confidentialité, « ${fr} ». Ou écrivez-nous.`,
  ),
});

/** The rights, in the order of the articles. */
export function rightsOf(policy: Policy): readonly Right[] {
  const { controller } = policy;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  const asked = REQUESTED.map(({ inApp: [en, fr], easyName, easyWhat, ...right }): Right => {
    const { how, easy } = inApp(en, fr, contact);
    return { ...right, how, request: right.id, easy: { name: easyName, what: easyWhat, how: easy } };
  });
  return [...asked, withdrawal(contact)];
}

const withdrawal = (contact: string): Right => ({
  id: 'withdrawal',
  article: '7(3)',
  name: t('Withdrawal of a consent', 'Retrait d’un consentement'),
  what: t(
    'You may withdraw each consent at any time. What was done before stays lawful; nothing more is done on its ground.',
    'Vous pouvez retirer chaque consentement à tout moment. Ce qui a été fait avant reste licite ; plus rien n’est fait sur son fondement.',
  ),
  how: t(
    `In the app's settings, where the consent was given, as easily as it was given; it takes effect at once. Or in writing to ${contact}.`,
    `Dans les réglages de l'application, là où le consentement a été donné, aussi simplement ; l’effet est immédiat. Ou par écrit à ${contact}.`,
  ),
  request: null,
  easy: {
    name: t('Take your yes back', 'Reprendre votre oui'),
    what: t(
      'You said yes to something? You can change your mind at any time.',
      "Vous avez dit oui à quelque chose ? Vous pouvez changer d'avis à tout moment.",
    ),
    how: t(
      'Open the settings of the app. Change your answer there. It counts at once. Or write to us.',
      "Ouvrez les réglages de l'application. Changez votre réponse. Cela compte tout de suite. Ou écrivez-nous.",
    ),
  },
});

/** Those that the app asks for by a privacy request; `id` is its `type`. */
const REQUESTED: readonly (Pick<Right, 'id' | 'article' | 'name' | 'what'> & {
  readonly inApp: readonly [en: string, fr: string];
  readonly easyName: Text;
  readonly easyWhat: Text;
})[] = [
  {
    id: 'access',
    article: '15',
    name: t('Access', 'Accès'),
    what: t(
      'You may know whether data about you are processed, get a copy of them, and be told what they are used for, who receives them and how long they are kept.',
      'Vous pouvez savoir si des données vous concernant sont traitées, en obtenir une copie, et savoir à quoi elles servent, qui les reçoit et combien de temps elles sont conservées.',
    ),
    inApp: ['access', 'accès'],
    easyName: t('See your data', 'Voir vos données'),
    easyWhat: t(
      'You can ask which data we have about you. You get a copy.',
      'Vous pouvez demander quelles données nous avons sur vous. Vous recevez une copie.',
    ),
  },
  {
    id: 'rectification',
    article: '16',
    name: t('Rectification', 'Rectification'),
    what: t(
      'You may have data that are wrong corrected, and data that are incomplete completed.',
      'Vous pouvez faire corriger des données inexactes et compléter des données incomplètes.',
    ),
    inApp: ['rectification', 'rectification'],
    easyName: t('Correct your data', 'Corriger vos données'),
    easyWhat: t(
      'Something is wrong? You can have it corrected.',
      'Quelque chose est faux ? Vous pouvez le faire corriger.',
    ),
  },
  {
    id: 'erasure',
    article: '17',
    name: t('Erasure', 'Effacement'),
    what: t(
      'You may have your data erased, save what has to be kept by law or to establish, exercise or defend legal claims.',
      'Vous pouvez faire effacer vos données, sauf ce que la loi oblige à garder ou ce qui sert à la constatation, à l’exercice ou à la défense de droits en justice.',
    ),
    inApp: ['erasure', 'effacement'],
    easyName: t('Delete your data', 'Supprimer vos données'),
    easyWhat: t(
      'You can have your data deleted. The law makes us keep some of it, such as bills.',
      'Vous pouvez faire supprimer vos données. La loi nous oblige à en garder une partie, comme les factures.',
    ),
  },
  {
    id: 'restriction',
    article: '18',
    name: t('Restriction of processing', 'Limitation du traitement'),
    what: t(
      'You may have the use of your data suspended: while their accuracy or an objection is looked into, where you prefer this to an erasure, or where you need them for legal claims.',
      'Vous pouvez faire suspendre l’utilisation de vos données : pendant l’examen de leur exactitude ou d’une opposition, si vous le préférez à un effacement, ou si vous en avez besoin pour des droits en justice.',
    ),
    inApp: ['restriction', 'limitation'],
    easyName: t('Pause the use of your data', 'Mettre vos données en pause'),
    easyWhat: t(
      'You can ask us to stop using your data for a while.',
      "Vous pouvez nous demander d'arrêter d'utiliser vos données pour un temps.",
    ),
  },
  {
    id: 'portability',
    article: '20',
    name: t('Portability', 'Portabilité'),
    what: t(
      'You may receive the data that you provided under consent or contract in a structured, commonly used, machine-readable format, and have them transmitted to another controller where technically feasible.',
      'Vous pouvez recevoir les données que vous avez fournies sur consentement ou contrat dans un format structuré, couramment utilisé et lisible par machine, et les faire transmettre à un autre responsable lorsque c’est techniquement possible.',
    ),
    inApp: ['portability', 'portabilité'],
    easyName: t('Take your data with you', 'Emporter vos données'),
    easyWhat: t(
      'You can take your data to another company.',
      'Vous pouvez emporter vos données dans une autre entreprise.',
    ),
  },
  {
    id: 'objection',
    article: '21',
    name: t('Objection', 'Opposition'),
    what: t(
      'You may object to processing that rests on a legitimate interest or a public task, for reasons of your situation; and to direct marketing at any time, without a reason.',
      'Vous pouvez vous opposer, pour des raisons tenant à votre situation, à un traitement fondé sur l’intérêt légitime ou une mission d’intérêt public ; et à la prospection à tout moment, sans motif.',
    ),
    inApp: ['objection', 'opposition'],
    easyName: t('Say no', 'Dire non'),
    easyWhat: t(
      'You can say no to what we do with your data. You can always say no to advertising.',
      'Vous pouvez dire non à ce que nous faisons de vos données. Vous pouvez toujours dire non à la publicité.',
    ),
  },
];
