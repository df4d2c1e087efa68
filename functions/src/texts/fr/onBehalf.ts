import type { onBehalf as English } from '../en/onBehalf.ts';

const wish = {
  access: 'leur donner une copie de tout ce que nous savons sur vous',
  portability: 'leur donner une copie de vos données',
  rectification: 'corriger vos données',
  restriction: 'ne plus utiliser vos données pour le moment',
  objection: 'arrêter une utilisation de vos données',
  erasure: 'supprimer votre compte et vos données',
};

const who = {
  parentalAuthority: 'Votre parent',
  tutelle: 'Votre tuteur',
  habilitationFamiliale: 'La personne de votre famille choisie par le juge',
  mandatDeProtectionFuture: 'La personne que vous avez choisie pour vous protéger',
  curatelle: 'Votre curateur',
  mandate: 'La personne à qui vous avez demandé de vous aider',
};

export const onBehalf: typeof English = {
  who,
  wish,
  title: (wished) => `Une demande pour vous : ${wished}`,
  asks: (by, wished) => [`${by} nous demande quelque chose.`, `Voici la demande : ${wished}.`],
  atOnce: [
    'Cela vous protège, et nous pouvons revenir en arrière. Nous commençons donc maintenant.',
    'Vous n’êtes pas d’accord ? Dites non : nous lisons votre réponse.',
  ],
  onDay: (day) => [
    `Si vous ne dites rien, nous commençons le ${day}.`,
    'Vous êtes d’accord ? Dites oui.',
    'Vous n’êtes pas d’accord ? Dites non. Alors nous arrêtons, et une personne chez nous regarde la demande.',
  ],
  needsYes: [
    'Il nous faut votre oui. Sans votre oui, nous ne faisons rien.',
    'Vous êtes d’accord ? Dites oui.',
    'Vous n’êtes pas d’accord ? Dites non.',
  ],
  help: 'Vous pouvez demander de l’aide à une personne de confiance.',
  later: 'Vous pouvez aussi dire non plus tard, tant que nous n’avons pas commencé à supprimer.',
  mail: {
    subject: (name) => `${name} : quelqu’un nous demande quelque chose pour vous`,
    hello: 'Bonjour,',
    answer: 'Pour dire oui ou non : ouvrez l’application.',
    question: 'Vous avez une question ? Écrivez-nous :',
  },
  reply: {
    subject: {
      extended: (name) => `${name} : une demande pour vous prend plus de temps`,
      answered: (name) => `${name} : notre réponse à une demande pour vous`,
      refused: (name) => `${name} : notre réponse à une demande pour vous`,
    },
    asked: (day, by, what) => `${by} nous a fait cette demande le ${day} : ${what}.`,
    done: "Nous l'avons fait.",
    partly: 'Nous en avons fait une partie.',
    stopped: "Nous l'avons arrêté.",
    saidYes: 'Depuis, vous avez de nouveau dit oui à ceci. Nous continuons donc :',
    cannot: 'Nous ne le faisons pas.',
    yourWords:
      'Ce qui nous a été écrit reste à côté de vos données. Si vous demandez une copie de vos données, ces mots y sont.',
    number: 'Il nous faut plus de temps, car nous avons reçu beaucoup de demandes pour vous.',
    reason: {
      unidentified:
        "La raison : nous n'avons pas pu vérifier que cette personne peut demander pour vous. Cela protège vos données.",
      excessive: 'La raison : on nous a demandé très souvent la même chose.',
      unfounded: 'La raison : il est clair que la loi ne donne pas ce droit ici.',
      compellingGround: 'La raison : nous avons une raison forte de continuer. Ici, elle pèse plus.',
    },
  },
  answered: {
    title: (what) => `Quelqu’un a répondu pour vous : ${what}`,
    yes: (by, what) => `${by} a dit oui pour vous : ${what}.`,
    no: (by, what) => `${by} a dit non pour vous : ${what}.`,
    counts: ['Cela compte à partir de maintenant.', 'Vous n’êtes pas d’accord ? Dites non. Alors cela s’arrête.'],
    needsYou: ['Cela compte seulement si vous dites oui aussi.', 'Vous n’êtes pas d’accord ? Dites non.'],
    stopped: ['C’est arrêté. Vous pouvez répondre vous-même dans l’application.'],
  },
};
