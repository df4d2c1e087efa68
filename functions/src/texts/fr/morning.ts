import type { morning as English } from '../en/morning.ts';

export const morning: typeof English = {
  subject: (name: string, day: string) => `${name} : demandes sur les données personnelles, ${day}`,
  hello: 'Bonjour,',
  nothing: "Rien n'attend ce matin. Vous n'avez rien à faire.",
  begin: 'Voici ce qui attend. Les chiffres ne nomment personne.',
  lines: {
    overdue: (n: number) => `En retard, le délai de réponse est passé : ${n}. Commencez par là.`,
    dueSoon: (n: number) => `Bientôt en retard : ${n}.`,
    forOfficer: (n: number) => `En attente d'une réponse de votre part : ${n}.`,
    newRequests: (n: number) => `Nouvelles demandes depuis hier : ${n}.`,
    newContacts: (n: number) => `Nouveaux messages du formulaire de contact depuis hier : ${n}.`,
    heldContacts: (n: number) =>
      `Messages mis de côté, car il en est venu beaucoup : ${n}. Chacun peut être une demande.`,
    paused: (n: number) => `En attente d'une personne à qui l'on a demandé qui elle est : ${n}.`,
    blocked: (n: number) => `Arrêtés par une erreur : ${n}. Montrez-les à un ingénieur.`,
    held: (n: number) => `Suppressions arrêtées par le frein de sécurité : ${n}. À vous de décider.`,
  },
  open: 'En cours, au total :',
  openLines: {
    openRequests: (n: number) => `demandes : ${n}`,
    openErasures: (n: number) => `suppressions qui avancent seules ou qui attendent : ${n}`,
    openContacts: (n: number) => `messages du formulaire de contact : ${n}`,
  },
  how: 'La commande `compliance due` montre ce qui presse, `compliance jobs blocked` ce qui est arrêté.',
};
