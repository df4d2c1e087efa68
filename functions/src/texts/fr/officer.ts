import type { officer as English } from '../en/officer.ts';

export const officer: typeof English = {
  tasks: {
    residue:
      'Ces documents nomment encore la personne après le retrait des champs prévus par la politique. Retirer le reste à la main et ajouter les champs à la politique.',
    kept: 'Aucune règle de la politique ne met fin à ces données lors de ce changement, et aucun motif ne les conserve. Décider à la main et ajouter une règle à la politique.',
    unarchived:
      "Ces données n'ont pas pu être déplacées vers leur archive : une autre copie s'y trouve sous le même nom, ou elles sont trop volumineuses. Comparer les deux, et mettre fin à la donnée à la main.",
    rectifyRefused:
      "L'autre société n'accepte pas une valeur corrigée : elle est trop longue, d'une autre forme, ou déjà utilisée là-bas. L'examiner chez elle, et la corriger à la main.",
    rectifyLacking:
      "Cette fiche contient une valeur que le profil de la personne n'a pas, ou une adresse e-mail alors que le compte n'en a aucune de vérifiée. La personne a demandé une rectification. Comparer les deux, et y effacer ou corriger la valeur à la main si elle est fausse.",
    brevoResubscribed:
      "Ce contact était sur la liste de blocage de Brevo, et l'a quittée quand son adresse a changé. Il y est de nouveau. Vérifier dans Brevo si quelque chose lui a été envoyé entre-temps.",
    rectify: 'Rectifier à la main les données de ce traitement : ce système ne sait pas le faire lui-même.',
    restrict: 'Limiter, ou rétablir, à la main le traitement de ces données : ce système ne sait pas le faire.',
    accountUnknown:
      "Un compte de cet uid existe, et plus personne ne sait s'il est à cette personne ou s'il a été créé plus tard. Comparer, et le supprimer dans la console Firebase si c'est le sien.",
    historyLost:
      "Ce que l'on savait de cette personne n'est plus tel que ce logiciel l'avait écrit, et n'a pas été utilisé. La chercher à la main dans les autres systèmes, sous d'anciennes adresses et d'anciens identifiants.",
    stripeDocument:
      "Factures et paiements ne peuvent être supprimés par l'API de Stripe. Leur durée de conservation est écoulée : demander à Stripe leur effacement (tableau de bord ou assistance).",
    brevoAddress:
      "Brevo peut détenir un journal d'e-mails envoyés à une adresse dont il n'a pu être prouvé qu'elle n'est qu'à cette personne. Comparer, et le supprimer dans Brevo (Transactionnel, Logs) si c'est le cas.",
    brevoRefuses:
      "Brevo n'accepte pas d'adresse de cette forme : aucun contact ne peut être trouvé ni créé. Demander une autre adresse à la personne.",
    brevoUnasked:
      "Brevo n'a pu être interrogé sur une adresse de cette personne : il peut refuser les adresses de cette forme. La chercher parmi les contacts de Brevo, et faire à la main ce qui est demandé s'il s'y trouve.",
    emailNotVerified:
      "La personne n'a pas d'adresse électronique vérifiée : aucun contact ne peut être trouvé ni créé. Lui demander de la vérifier.",
  },
  restriction: {
    everything: 'toutes les finalités',
    begun: (name: string, what: string) =>
      `${name} : lui demander de ne plus utiliser les données de cette personne pour ${what}, de seulement les conserver et d’arrêter toute utilisation automatique, jusqu’à votre prochain message (RGPD art. 18 et 19). D’ici là, une tâche plus ancienne qui demande de les effacer attend. Noter sa réponse.`,
    over: (name: string, what: string) =>
      `${name} : l’informer que la limitation pour ${what} est levée, s’il en avait été informé (RGPD art. 19). Noter sa réponse.`,
    stopped: (name: string, what: string) =>
      `${name} : cette personne s’oppose à l’utilisation de ses données pour ${what}, et nous l’avons accepté. Lui demander d’arrêter définitivement cette utilisation et d’effacer les données qui ne lui servent à rien d’autre (RGPD art. 17(1)(c), 19 et 21). Noter sa réponse.`,
    stoppedAndHeld: (name: string, what: string) =>
      `${name} : cette personne s’oppose à l’utilisation de ses données pour ${what}, et nous l’avons accepté. Lui demander d’arrêter définitivement cette utilisation. Il n’efface rien : un gel juridique garde les données (RGPD art. 17(3)(e), 19 et 21). Noter sa réponse.`,
    objected: (name: string, what: string) =>
      `${name} : cette personne s’oppose à la prospection. Lui demander d’arrêter définitivement l’utilisation de ses données pour ${what} et d’effacer les données qui ne lui servent à rien d’autre (RGPD art. 17(1)(c), 19 et 21(2)). Noter sa réponse.`,
    objectedAndHeld: (name: string, what: string) =>
      `${name} : cette personne s’oppose à la prospection. Lui demander d’arrêter définitivement l’utilisation de ses données pour ${what}. Il n’efface rien : un gel juridique garde les données (RGPD art. 17(3)(e), 19 et 21(2)). Noter sa réponse.`,
  },
  consent: {
    instruct: 'Lui donner une instruction écrite (RGPD art. 28(3)(a))',
    tell: 'L’informer par écrit (RGPD art. 19)',
    delete: (name, what, how) =>
      `${name} : cette personne a retiré son consentement à : ${what}. ${how} : ne plus utiliser ses données pour cela, et effacer ce qui ne sert qu’à cela. Il garde ce qu’il lui faut pour autre chose. Noter sa réponse.`,
    stop: (name, what, how) =>
      `${name} : le consentement de cette personne à : ${what} ne compte plus. ${how} : ne plus utiliser ses données pour cela, et seulement les conserver, jusqu’à votre prochain message. Noter sa réponse.`,
    again: (name, what, how) =>
      `${name} : cette personne a de nouveau accepté : ${what}. ${how} : il peut de nouveau utiliser ses données pour cela. Noter sa réponse.`,
    account:
      'Un parent ou un tuteur a retiré le consentement sans lequel le service ne peut être utilisé. L’utilisation s’est arrêtée, et les abonnements dont il est sûr qu’ils sont à cette personne ne se renouvellent plus. Ce non à lui seul n’efface rien. Parler aux deux : le représentant peut demander l’effacement, dont la personne est informée d’abord, ou l’un d’eux dit de nouveau oui. Noter le résultat.',
    accountByLetter:
      'Quelqu’un a écrit ou appelé au nom de cette personne, et a retiré le consentement sans lequel le service ne peut être utilisé. Rien ne prouve que c’était la personne. L’utilisation s’est arrêtée, et les abonnements dont il est sûr qu’ils sont à cette personne ne se renouvellent plus. Ce non à lui seul n’efface rien. Demander à la personne : elle demande l’effacement dans l’application, il est lancé ici une fois qu’il est sûr qu’elle le veut, ou elle dit de nouveau oui. Noter le résultat.',
    paused: 'Pas maintenant : une limitation a commencé. Une nouvelle tâche viendra quand elle sera terminée.',
    overtaken: 'Plus nécessaire : la personne a répondu de nouveau, ou un effacement demande davantage.',
  },
  hold: {
    overtaken: 'Plus nécessaire : le gel juridique est levé.',
    heldAgain:
      'Pas maintenant : un autre gel juridique y conserve les données. Une nouvelle tâche viendra quand il sera levé.',
    begun: (name: string) =>
      `${name} : lui demander de conserver telles quelles les données de cette personne jusqu’à votre prochain message, y compris celles que ses propres délais effaceraient : elles sont nécessaires pour des droits en justice. D’ici là, ne pas lui demander de les effacer, quoi que dise une autre tâche. Noter sa réponse.`,
    over: (name: string) =>
      `${name} : l’informer qu’il n’a plus à conserver les données de cette personne pour vous, et que ses délais habituels s’appliquent de nouveau. Si la personne a retiré un consentement entre-temps, ou s’est opposée à une utilisation qui s’est arrêtée, lui demander maintenant d’effacer ce qui ne servait qu’à cela. Noter sa réponse.`,
  },
  why: {
    namesSomebodyElse: 'il nomme un autre compte',
    namesNobody: 'il ne nomme pas ce compte',
    ambiguous: "d'autres ont été trouvés en même temps",
    emailNotVerified: "son adresse n'est pas vérifiée",
    formerAddress: "son adresse a été celle de cette personne, et n'est plus vérifiée pour elle",
    addressOfAnother: 'un autre compte en activité a vérifié son adresse',
    addressMistakable: 'son adresse pourrait être confondue avec une autre',
    formerPhone: "son numéro a été celui de cette personne, et n'est plus vérifié pour elle",
    phoneOfAnother: 'un autre compte en activité a vérifié son numéro',
    anotherAccount: 'il appartient à un autre compte du même uid',
    accountUnknown: 'plus personne ne connaît ce compte',
  },
  ownPeriod:
    'La durée propre à ces données court encore ; aucune règle de la politique ne les termine lors de ce changement.',
  heldByLaw:
    "Conservé pour la constatation, l'exercice ou la défense de droits en justice, sur décision d'un responsable.",
  notFoundAnyMore:
    "Des données qui nomment une adresse et aucun compte ont pu être conservées pour un motif désormais échu. L'adresse a été oubliée avec la personne : rechercher les données de cet âge et y mettre fin à la main.",
  missingPart:
    "Une copie de données n'a pas cette partie : elle n'a pas pu être lue, ou rien ne prouve qu'elle est à la personne. L'examiner à la main, et ajouter ce qui est à elle avec compliance export add.",
  lookBeforeAdding: (whose: string) =>
    `Elle peut contenir des paroles d’autres personnes (RGPD, art. 15(4)). ${whose} Lisez-la avant de l’ajouter, et retirez ce qui nuit à d’autres.`,
  look: (rows: number, whose: string) =>
    `Une copie de données attend votre lecture : ${rows === 1 ? '1 ligne contient' : `${rows} lignes contiennent`} des paroles d'autres personnes (RGPD art. 15(4)). ${whose} Les lire avec compliance export look. Répondre ensuite avec compliance export give, et ne garder que ce qui porte atteinte à d'autres.`,
  correctAt: (values) =>
    `Informer ce destinataire de la rectification : ${values}. Lire les bonnes valeurs dans le profil de la personne, telles qu'elles y sont maintenant.`,
  verifiedAddress: "l'adresse e-mail vérifiée du compte",
  notRead: "n'a pas pu être lu pour un export : le lire, et le remettre à la personne",
  notSent:
    "l'export n'a pas pu y être transmis comme la personne le demandait : elle le télécharge, et peut avoir besoin d'aide",
  refused: (system, id, why) =>
    `${system} ${id} pourrait être à cette personne et n'a pas été touché : ${why}. Comparer, et faire à la main ce qui est demandé si c'est le cas.`,
  renews: (id, why) =>
    `Stripe ${id} pourrait être à cette personne, qui a retiré son consentement au service, et un abonnement s'y renouvelle : ${why}. Comparer, et arrêter le renouvellement chez Stripe s'il est à elle.`,
  unproven: (why) =>
    `Des données qui nomment une adresse et aucun compte pourraient être à cette personne et n'ont pas été touchées : ${why}. Comparer, et faire à la main ce qui est demandé si c'est le cas.`,
  ledgerDiffers:
    "Des chaînes du registre ne sont plus celles qui ont été signées. `compliance ledger verify` les nomme ; l'arbre garde ce qui a été signé jusqu'à leur restauration.",
  added: 'ajouté par un chargé des demandes',
};
