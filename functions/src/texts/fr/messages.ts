import type { messages as English } from '../en/messages.ts';

export const messages: typeof English = {
  reconsent: {
    subject: (name: string) => `${name} : merci de répondre à nouveau`,
    before: [
      'Bonjour,',
      '',
      "Vous avez dit oui à une ou plusieurs choses dans l'application.",
      'Votre réponse est ancienne, ou notre texte a changé. Nous vous demandons donc à nouveau.',
      '',
      'Il s’agit de :',
    ],
    after: (email: string) => [
      'Nous avons arrêté. Nous ne recommençons pas sans votre nouvelle réponse.',
      'Vous ne perdez pas votre compte.',
      '',
      'Que pouvez-vous faire ?',
      "Ouvrez l'application. Lisez la question. Répondez oui ou non.",
      'Vous pouvez changer votre réponse à tout moment.',
      '',
      'Vous avez une question ? Écrivez-nous :',
      email,
      '',
      "Ce message parle de vos droits. Ce n'est pas de la publicité.",
    ],
  },
  erasure: {
    asked: {
      subject: (name: string) => `${name} : vous avez demandé la suppression de votre compte`,
      lines: (day: string) => [
        'Bonjour,',
        '',
        'Vous nous avez demandé de supprimer votre compte et vos données.',
        `Vous pouvez changer d'avis jusqu'au ${day}.`,
        "Pour garder votre compte : ouvrez l'application et annulez votre demande.",
        '',
        "Jusque-là, nous conservons seulement vos données. Nous ne les utilisons pas et n'envoyons pas de publicité.",
        'Après ce jour, nous supprimons votre compte. Personne ne pourra le faire revenir.',
        '',
        "Ce n'était pas vous ? Ouvrez l'application et annulez la demande. Puis changez votre mot de passe.",
      ],
    },
    begun: {
      subject: (name: string) => `${name} : nous supprimons votre compte`,
      lines: (day: string, _open: number, lastAnswer: boolean) => [
        'Bonjour,',
        '',
        'Nous supprimons maintenant votre compte et vos données.',
        `Ce sera terminé au plus tard le ${day}.`,
        'Vous ne pouvez plus vous connecter.',
        '',
        "La loi nous oblige à garder certaines choses un temps, par exemple les factures. Nous ne les utilisons pour rien d'autre.",
        'Nous vous écrivons à nouveau si quelque chose reste alors ouvert.',
        ...(lastAnswer
          ? ["Quand tout sera fini, nous écrirons à l'adresse que vous avez laissée pour notre dernière réponse."]
          : []),
      ],
    },
    waiting: {
      subject: (name: string) => `${name} : vos données sont supprimées chez nous`,
      lines: (day: string, open: number, lastAnswer: boolean) => [
        'Bonjour,',
        '',
        'Votre compte et vos données sont supprimés chez nous.',
        open === 1 ? 'Une chose reste ouverte.' : `${open} choses restent ouvertes.`,
        'Le plus souvent, une autre entreprise doit encore supprimer quelque chose. Nous la contactons et attendons sa réponse.',
        `Nous attendons au plus tard jusqu'au ${day}.`,
        '',
        "Vous n'avez rien à faire.",
        lastAnswer
          ? "Quand tout sera fini, nous écrirons à l'adresse que vous avez laissée pour notre dernière réponse."
          : 'Ceci est notre dernier message.',
      ],
    },
    ended: {
      subject: (name: string) => `${name} : notre dernière réponse`,
      hello: [
        'Bonjour,',
        '',
        'Vous nous avez demandé de supprimer un compte et ses données. Vous avez laissé cette adresse pour notre dernière réponse.',
        "C'est fait : les données sont supprimées chez nous.",
      ],
      confirmed: "Les autres entreprises que nous avons contactées l'ont confirmé aussi.",
      unconfirmed: "Nous avons aussi contacté ces entreprises. Elles ne l'ont pas confirmé :",
      askThem: 'Vous pouvez les contacter vous-même.',
      later: "Ces entreprises suppriment d'elles-mêmes, quelques semaines plus tard :",
      rest: "Pour d'autres données, personne n'a pu le confirmer. Vous pouvez nous poser la question.",
      more: (day: string) => [
        "La loi nous oblige à garder certaines choses un temps, par exemple les factures. Nous ne les utilisons pour rien d'autre.",
        `Nous avons tout noté dans une attestation, le ${day}.`,
        "Voulez-vous la lire ? Écrivez-nous. Nous vérifions d'abord qui vous êtes.",
        '',
        'Cette adresse a servi seulement pour ce message.',
        "Ce n'était pas vous ? Alors quelqu'un s'est trompé. Vous n'avez rien à faire.",
      ],
    },
    after: (email: string, authority: string) => [
      'Vous avez une question ? Écrivez-nous :',
      email,
      `Vous pouvez aussi saisir l'autorité de protection des données : ${authority}`,
    ],
  },
  export: {
    subject: (name: string) => `${name} : vos données sont prêtes`,
    sent: (host?: string) => [
      `Nous avons envoyé vos données à ${host ?? "l'autre entreprise"}, comme vous l'avez demandé.`,
    ],
    refused: () => [
      "Vous avez demandé d'envoyer vos données à une autre entreprise. Nous n'avons pas pu le faire.",
      "Rien n'a été envoyé. Vous pouvez télécharger vos données et les donner à l'entreprise.",
    ],
    failed: () => [
      "Vous avez demandé d'envoyer vos données à une autre entreprise. Cela n'a pas marché.",
      "Nous ne savons pas si quelque chose est arrivé. Demandez à l'entreprise.",
      "Vous pouvez télécharger vos données et les donner à l'entreprise.",
    ],
    lines: (day: string, where: readonly string[]) => [
      'Bonjour,',
      '',
      'Vous nous avez demandé vos données. Elles sont prêtes.',
      `Vous pouvez les télécharger dans l'application jusqu'au ${day}.`,
      'Nous vous demanderons peut-être de vous reconnecter. Cela protège vos données.',
      ...where,
      '',
      'Après ce jour, nous supprimons le fichier. Vous pouvez redemander à tout moment.',
      '',
      "Ce n'était pas vous ? Quelqu'un d'autre utilise peut-être votre compte. Changez votre mot de passe et écrivez-nous.",
    ],
    lacks: [
      "Une partie de vos données manque. Nous l'avons demandée à d'autres, et nous ne l'avons pas reçue.",
      'Vous pouvez nous écrire à ce sujet. Voici ce qui manque :',
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
  inactivity: {
    subject: (name: string) => `${name} : voulez-vous garder votre compte ?`,
    lines: (day: string) => [
      'Bonjour,',
      '',
      "Vous n'avez pas utilisé votre compte depuis longtemps.",
      `Nous supprimerons votre compte et vos données le ${day}.`,
      '',
      "Vous voulez garder votre compte ? Ouvrez l'application et connectez-vous avant ce jour. C'est tout.",
      "Vous n'en avez plus besoin ? Vous n'avez rien à faire.",
      '',
      'Après ce jour, personne ne pourra faire revenir votre compte.',
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
};
