import type { replies as English } from '../en/replies.ts';

export const replies: typeof English = {
  subject: {
    extended: (name) => `${name} : votre demande prend plus de temps`,
    answered: (name) => `${name} : notre réponse à votre demande`,
    refused: (name) => `${name} : notre réponse à votre demande`,
  },
  hello: 'Bonjour,',
  asked: (day, what) => `Le ${day}, vous nous avez fait cette demande : ${what}.`,
  extended: {
    reason: {
      complexity: 'Il nous faut plus de temps, car votre demande est difficile.',
      number: 'Il nous faut plus de temps, car vous nous avez envoyé beaucoup de demandes.',
    },
    until: (day) => `Vous aurez notre réponse au plus tard le ${day}.`,
  },
  answered: {
    done: 'Nous avons fait ce que vous avez demandé.',
    partly: 'Nous avons fait une partie de ce que vous avez demandé.',
    pausedFor: 'Nous avons mis en pause l’utilisation de vos données pour ceci. Nous les gardons seulement :',
    doneOf: {
      rectification: 'Nous avons corrigé vos données.',
      restriction: "Nous n'utilisons plus vos données pour le moment. Nous les gardons seulement.",
      objection: 'Nous avons arrêté ce que vous avez refusé.',
    },
  },
  paused: {
    telling: (companies: string, day: string) =>
      `Ces entreprises ne le savent pas encore : ${companies}. Nous leur disons de faire une pause aussi, au plus tard le ${day}.`,
  },
  corrected: {
    told: 'Ces sociétés ont reçu de nous certaines de vos données. Elles ont maintenant les mêmes données que nous :',
    asked: 'Nous demandons aussi à ces sociétés de corriger vos données, si elles en ont :',
    refused:
      "Nous avons aussi demandé à ces sociétés. Elles n'ont pas corrigé vos données. Vous pouvez nous demander pourquoi :",
  },
  offer:
    'Vous pensez que vos données sont fausses ? Vous pouvez nous demander de ne plus les utiliser pendant que nous vérifions.',
  objected: {
    stopped: 'Nous ne vous envoyons plus de publicité. Nous avons arrêté ceci :',
    telling: (companies: string, day: string) =>
      `Nous demandons aussi à ces entreprises d'arrêter : ${companies}. Nous le faisons au plus tard le ${day}.`,
    again: "Vous pouvez de nouveau dire oui dans l'application, à tout moment.",
    byHand: (day: string) =>
      `Notre machine ne peut pas arrêter ceci. Une personne de notre équipe l'arrête à la main, au plus tard le ${day} :`,
    saidYes: 'Depuis votre demande, vous avez de nouveau dit oui à ceci. Nous continuons donc :',
    no: "Vous pouvez de nouveau dire non dans l'application, à tout moment.",
    /** After the last task, if one ended otherwise than done. */
    left: 'Nous ne savons pas si nous avons arrêté cela pour vous. Écrivez-nous si vous recevez encore des messages :',
    refused: (companies: string) =>
      `Ces entreprises n'ont pas arrêté : ${companies}. Vous pouvez nous demander pourquoi.`,
    unknown: (companies: string) =>
      `Nous ne savons pas si ces entreprises ont arrêté : ${companies}. Vous pouvez nous le demander.`,
  },
  about: {
    purpose: (name: string) => `Il s'agit de ceci : ${name}.`,
    interest: (interest: string) => `Voici pourquoi nous le faisons : ${interest}`,
    otherBasis:
      "La loi prévoit ce droit pour d'autres cas. Nous examinons quand même votre demande, car notre politique de confidentialité le dit.",
    withdrawal:
      "Vous pouvez aussi reprendre votre oui : dans les réglages de l'application. Cela compte tout de suite.",
  },
  refused: {
    yourWords:
      'Ce que vous nous avez écrit reste à côté de vos données. Si vous demandez une copie de vos données, vos mots y sont.',
    cannot: 'Nous ne faisons pas ce que vous avez demandé.',
    usedAgain: (day: string) =>
      `Nous n'utilisions plus vos données pour cela. À partir du ${day}, nous les utilisons de nouveau pour cela.`,
    pauseEnds: (day: string) =>
      `Nous n'utilisions plus vos données pour cela. Cette pause se termine le ${day}. Nous ne les utilisons toujours pas pour cela : une autre pause continue.`,
    reason: {
      unidentified:
        "La raison : nous n'avons pas pu vérifier que c'est bien vous qui demandez. Cela protège vos données.",
      excessive: 'La raison : vous avez demandé très souvent la même chose.',
      unfounded: "La raison : il est clair que vous n'avez pas ce droit ici.",
      lawKeeps: 'La raison : la loi nous oblige à garder ces données.',
      othersRights: "La raison : cela porterait atteinte aux droits d'autres personnes.",
      compellingGround: 'La raison : nous avons une raison forte de continuer. Ici, elle pèse plus que la vôtre.',
      legalClaims: 'La raison : nous avons besoin de ces données pour un procès, ou pour défendre nos droits.',
      conditions: "La raison : la loi dit quand on a ce droit. Ce n'est pas le cas ici.",
    },
  },
  officersWords: 'Une personne de notre équipe a écrit ceci pour vous :',
  remedies: {
    title: "Vous n'êtes pas d'accord ? Voici ce que vous pouvez faire :",
    write: (email) => `Écrivez-nous : ${email}. Un autre adulte peut vous aider.`,
    complain: "Vous pouvez vous plaindre à l'autorité de protection des données. C'est gratuit :",
    court: 'Vous pouvez aller devant un tribunal. Un juge décide. Un avocat ou une association peut vous aider.',
    law: "C'est dans la loi : Règlement général sur la protection des données (RGPD), articles 12, 77 et 79.",
  },
};
