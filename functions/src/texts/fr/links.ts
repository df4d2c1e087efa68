import type { links as English } from '../en/links.ts';

const received = 'Nous avons votre demande.';
const answer = (period: string): string => `Vous recevez une réponse en ${period} au plus.`;
const inApp = 'Si vous avez un compte : connectez-vous à l’application et demandez là, c’est plus rapide.';

export const links: typeof English = {
  mail: {
    subject: (name) => `${name} : veuillez confirmer`,
    lines: (wish, url, time) => [
      'Bonjour,',
      '',
      'Quelqu’un a écrit votre adresse électronique dans notre formulaire, et nous a demandé :',
      `« ${wish} »`,
      '',
      'C’était vous ? Ouvrez cette page et appuyez sur le bouton :',
      url,
      '',
      `Le lien fonctionne une seule fois, jusqu’à ${time}.`,
      '',
      'Ce n’était pas vous ? Vous n’avez rien à faire. Sans le bouton, rien ne se passe.',
    ],
    question: 'Vous avez une question ? Écrivez-nous :',
  },
  asks: {
    access: {
      wish: 'Montrez-moi mes données.',
      follows:
        'Une personne regarde votre demande. Si vous avez un compte : demandez dans l’application, c’est plus rapide.',
      done: (period) => `${received} ${answer(period)} ${inApp}`,
    },
    portability: {
      wish: 'Donnez-moi mes données dans un fichier.',
      follows:
        'Une personne regarde votre demande. Si vous avez un compte : demandez dans l’application, c’est plus rapide.',
      done: (period) => `${received} ${answer(period)} ${inApp}`,
    },
    erasure: {
      wish: 'Effacez mes données.',
      follows:
        'Une personne regarde votre demande. Si vous avez un compte : demandez dans l’application, c’est plus rapide.',
      done: (period) =>
        `${received} Nous n’effaçons rien avant de savoir que c’est bien vous. ${answer(period)} ${inApp}`,
    },
    rectification: {
      wish: 'Corrigez mes données.',
      follows: 'Une personne regarde votre demande et vous écrit.',
      done: (period) => `${received} ${answer(period)}`,
    },
    restriction: {
      wish: 'Gardez mes données, et ne les utilisez pas.',
      follows: 'Une personne regarde votre demande et vous écrit.',
      done: (period) => `${received} ${answer(period)}`,
    },
    objection: {
      wish: 'Je ne veux pas que vous utilisiez mes données.',
      follows:
        'Vous choisissez la publicité ? Elle s’arrête tout de suite. Pour le reste, une personne regarde votre demande et vous écrit.',
      done: (period) => `${received} ${answer(period)}`,
    },
    marketing: {
      wish: 'Ne m’envoyez plus de publicité.',
      follows: 'Nous arrêtons de vous envoyer de la publicité.',
      done: () => 'Nous arrêtons la publicité pour vous. Un message déjà en route peut encore arriver.',
    },
  },
  pages: {
    ask: {
      title: 'Veuillez confirmer',
      intro: 'Vous nous avez demandé :',
      about: 'Pour quoi ne devons-nous plus utiliser vos données ?',
      other: 'Autre chose, ou je ne sais pas',
      button: 'Oui, je le veux',
      otherwise: 'Vous n’avez rien demandé ? Fermez cette page. Alors rien ne se passe.',
    },
    done: { title: 'Merci', close: 'Vous pouvez fermer cette page.' },
    over: {
      title: 'Ce lien ne fonctionne pas',
      why: 'Un lien fonctionne une seule fois, et pendant une heure.',
      again: 'Vous pouvez demander un nouveau lien à tout moment.',
    },
    failed: {
      title: 'Cela n’a pas marché',
      again: 'L’erreur vient de nous. Veuillez réessayer dans quelques minutes.',
    },
    question: 'Vous avez une question ?',
  },
};
