import type { answers as English } from '../en/answers.ts';

export const answers: typeof English = {
  contact: {
    invalid:
      'Veuillez indiquer votre adresse électronique, votre prénom, votre nom et votre message, et vérifier les champs signalés.',
    rateLimited: 'Vous avez envoyé trop de messages au cours de la dernière heure. Veuillez réessayer plus tard.',
    busy: 'Nous recevons actuellement un très grand nombre de messages. Veuillez réessayer plus tard.',
  },
  byEmail: {
    invalid: 'Veuillez vérifier l’adresse électronique et indiquer ce que vous demandez.',
    rateLimited: 'Vous avez demandé trop de liens au cours de la dernière heure. Veuillez réessayer plus tard.',
    busy: 'Nous recevons actuellement un très grand nombre de demandes. Veuillez réessayer plus tard.',
    noMail: (email) => `Nous ne pouvons pas envoyer de message pour le moment. Écrivez-nous : ${email}`,
  },
  link: {
    invalid: (languages) =>
      `La demande n’a pas pu être lue : requestId est l’identifiant de votre demande, part est un nombre, language vaut ${languages}.`,
    stale: 'Pour protéger vos données : reconnectez-vous, puis téléchargez.',
    rateLimited:
      'Vous avez demandé beaucoup de téléchargements au cours de la dernière heure. Veuillez réessayer plus tard.',
    notFound:
      'Il n’y a pas de fichier à télécharger : il n’est pas encore prêt, son délai est passé, ou la demande a été annulée. Vous pouvez redemander vos données à tout moment.',
  },
  receipt: {
    invalid: (languages) => `La demande n’a pas pu être lue : language vaut ${languages}, format vaut json ou html.`,
    rateLimited: 'Vous avez demandé beaucoup de reçus au cours de la dernière heure. Veuillez réessayer plus tard.',
    gone: 'Ce compte a été supprimé, ou ses données sont en cours d’effacement. Écrivez-nous si vous avez besoin d’une preuve de vos réponses.',
  },
  guardian: {
    invalid: 'Cette réponse n’a pas pu être lue. Veuillez vérifier les champs signalés.',
    denied:
      'Vous n’êtes pas enregistré comme parent ou représentant de cette personne, ou cette personne décide seule. Écrivez-nous si c’est une erreur.',
    erased: 'Ce compte n’existe plus.',
    tooMany: 'Il y a eu trop de changements aujourd’hui. Un accord peut toujours être retiré ; réessayez demain.',
    unpublished:
      'Cette question n’est pas à jour : votre accord n’a pas pu être enregistré. Mettez l’application à jour et répondez de nouveau. Un refus est toujours enregistré.',
    request: {
      invalid: 'Cette demande n’a pas pu être lue. Veuillez vérifier les champs signalés.',
      denied:
        'Vous n’êtes pas enregistré comme pouvant demander cela pour cette personne. Votre jugement ou votre mandat a pu prendre fin, ou ne le prévoit pas. Écrivez-nous si c’est une erreur.',
      erased: 'Ce compte n’existe plus.',
      rateLimited: 'Vous avez fait beaucoup de demandes en peu de temps. Veuillez réessayer plus tard.',
      saidNo: 'Cette personne a dit non. Parlez-en avec elle. Vous pourrez refaire la demande dans quelques jours.',
      alreadyOpen: 'Vous avez déjà fait cette demande, et elle n’est pas terminée. Il n’est pas utile de la refaire.',
    },
  },
  signIn: {
    signedOut: 'Veuillez d’abord vous connecter.',
    signInEnded: 'Veuillez vous reconnecter : cette connexion n’est plus valable.',
    gone: 'Ce compte a été supprimé, ou ses données sont en cours d’effacement. Écrivez-nous si vous avez besoin de quelque chose.',
  },
};
