import type { rights as English } from '../en/rights.ts';

export const rights: typeof English = {
  requested: {
    access: {
      name: 'Accès',
      what: 'Vous pouvez savoir si des données vous concernant sont traitées, en obtenir une copie, et savoir à quoi elles servent, qui les reçoit, combien de temps elles sont conservées et comment elles sont protégées.',
      request: 'accès',
      easyName: 'Voir vos données',
      easyWhat:
        'Vous pouvez demander quelles données nous avons sur vous, et comment nous les protégeons. Vous recevez une copie.',
    },
    rectification: {
      name: 'Rectification',
      what: 'Vous pouvez faire corriger des données inexactes et compléter des données incomplètes.',
      request: 'rectification',
      easyName: 'Corriger vos données',
      easyWhat: 'Quelque chose est faux ? Vous pouvez le faire corriger.',
    },
    erasure: {
      name: 'Effacement',
      what: 'Vous pouvez faire effacer vos données, sauf ce que la loi oblige à garder ou ce qui sert à la constatation, à l’exercice ou à la défense de droits en justice.',
      request: 'effacement',
      easyName: 'Supprimer vos données',
      easyWhat:
        'Vous pouvez faire supprimer vos données. La loi nous oblige à en garder une partie, comme les factures.',
    },
    restriction: {
      name: 'Limitation du traitement',
      what: 'Vous pouvez faire suspendre l’utilisation de vos données : pendant l’examen de leur exactitude ou d’une opposition, si vous le préférez à un effacement, ou si vous en avez besoin pour des droits en justice.',
      request: 'limitation',
      easyName: 'Mettre vos données en pause',
      easyWhat: "Vous pouvez nous demander d'arrêter d'utiliser vos données pour un temps.",
    },
    portability: {
      name: 'Portabilité',
      what: 'Vous pouvez recevoir les données que vous avez fournies sur consentement ou contrat dans un format structuré, couramment utilisé et lisible par machine, et les faire transmettre à un autre responsable lorsque c’est techniquement possible.',
      request: 'portabilité',
      easyName: 'Emporter vos données',
      easyWhat: 'Vous pouvez emporter vos données dans une autre entreprise.',
    },
    objection: {
      name: 'Opposition',
      what: 'Vous pouvez vous opposer, pour des raisons tenant à votre situation, à un traitement fondé sur l’intérêt légitime ou une mission d’intérêt public ; et à la prospection à tout moment, sans motif.',
      request: 'opposition',
      easyName: 'Dire non',
      easyWhat:
        'Vous pouvez dire non à ce que nous faisons de vos données. Vous pouvez toujours dire non à la publicité.',
    },
  },
  objectionToEveryBasis:
    'Vous pouvez vous opposer à un traitement qui repose sur une autre base que votre consentement, pour des raisons tenant à votre situation ; et à la prospection à tout moment, sans motif.',
  withdrawal: {
    name: 'Retrait d’un consentement',
    what: 'Vous pouvez retirer chaque consentement à tout moment. Ce qui a été fait avant reste licite ; plus rien n’est fait sur son fondement.',
    how: (contact) =>
      `Dans les réglages de l'application, là où le consentement a été donné, aussi simplement ; l’effet est immédiat. Ou par écrit à ${contact}.`,
    easyName: 'Reprendre votre oui',
    easyWhat: "Vous avez dit oui à quelque chose ? Vous pouvez changer d'avis à tout moment.",
    easyHow: "Ouvrez les réglages de l'application. Changez votre réponse. Cela compte tout de suite. Ou écrivez-nous.",
  },
  inApp: (request, contact) =>
    `Dans l'application, dans les demandes de confidentialité : « ${request} ». Ou par écrit à ${contact}.`,
  easyInApp: (request) => `Dans l'application : demandes de confidentialité, « ${request} ». Ou écrivez-nous.`,
  inWriting: (contact, address) => `Par écrit à ${contact}, ou par courrier à ${address}.`,
  answeredWithin: (period) => `Dans un délai de ${period} à compter de la demande (RGPD art. 12(3)).`,
  answeredLater: (longer) =>
    `Si une demande est complexe, ou si vous en faites beaucoup, il peut s’y ajouter ${longer} : vous en êtes informé, avec la raison, dans le premier délai.`,
  cost: 'Gratuit (RGPD art. 12(5)).',
  easy: {
    inApp: "Dans l'application : ouvrez les demandes de confidentialité. Choisissez ce que vous voulez.",
    inWriting: (contact) => `Ou écrivez-nous : ${contact}. Un adulte peut vous aider.`,
    period: (period) => `Nous répondons en ${period} au plus.`,
    cost: 'Cela ne coûte rien.',
  },
  fromYou: "vous, ou votre utilisation de l'application",
  fromUs: 'cet organisme ou ses sous-traitants',
  summary:
    'Vous pouvez demander la rectification, l’effacement, la limitation et la portabilité, vous opposer au traitement et retirer un consentement à tout moment.',
};
