import type { Instant } from '../platform/clock.ts';
import type { RecordId, Text } from '../policy/schema.ts';
import type { RefusalReason } from '../subject/identity.ts';
import { officerBy } from './ending.ts';
import type { Change, NamedRecord, Outcome, Refusal, Scope, SystemId } from './system.ts';

/** What an officer is asked to do where a system cannot. No text names a person: at most an id of the other system. */
export const texts = {
  residue: {
    en: 'These documents still name the person after the fields that the policy lists were removed. Remove the rest by hand and add the fields to the policy.',
    fr: 'Ces documents nomment encore la personne après le retrait des champs prévus par la politique. Retirer le reste à la main et ajouter les champs à la politique.',
  },
  kept: {
    en: 'No rule of the policy ends these rows with this change, and no ground keeps them. Decide by hand and add a rule to the policy.',
    fr: 'Aucune règle de la politique ne met fin à ces données lors de ce changement, et aucun motif ne les conserve. Décider à la main et ajouter une règle à la politique.',
  },
  unarchived: {
    en: 'These rows could not be moved to their archive: another copy has their place there, or they are too large. Compare both, and end the row by hand.',
    fr: "Ces données n'ont pas pu être déplacées vers leur archive : une autre copie s'y trouve sous le même nom, ou elles sont trop volumineuses. Comparer les deux, et mettre fin à la donnée à la main.",
  },
  rectify: {
    en: 'Correct the data of this record by hand: this system has no correction of its own.',
    fr: 'Rectifier à la main les données de ce traitement : ce système ne sait pas le faire lui-même.',
  },
  restrict: {
    en: 'Restrict, or release, the processing of this record by hand: this system cannot do it.',
    fr: 'Limiter, ou rétablir, à la main le traitement de ces données : ce système ne sait pas le faire.',
  },
  accountUnknown: {
    en: "An account of this uid exists, and nobody knows any more whether it is this person's or was created later. Compare it, and delete it in the Firebase console if it is.",
    fr: "Un compte de cet uid existe, et plus personne ne sait s'il est à cette personne ou s'il a été créé plus tard. Comparer, et le supprimer dans la console Firebase si c'est le sien.",
  },
  stripeDocument: {
    en: "Invoices and charges cannot be deleted through Stripe's API. Their period is over: ask Stripe for redaction (dashboard: Settings, Compliance and documents), or its support.",
    fr: "Factures et paiements ne peuvent être supprimés par l'API de Stripe. Leur durée de conservation est écoulée : demander à Stripe leur effacement (tableau de bord ou assistance).",
  },
  brevoAddress: {
    en: 'Brevo may hold a log of e-mails to an address of this person that could not be proven to be theirs alone. Compare, and delete it in Brevo (Transactional, Logs) if it is.',
    fr: "Brevo peut détenir un journal d'e-mails envoyés à une adresse dont il n'a pu être prouvé qu'elle n'est qu'à cette personne. Comparer, et le supprimer dans Brevo (Transactionnel, Logs) si c'est le cas.",
  },
  brevoRefuses: {
    en: 'Brevo takes no address of this kind, so that no contact can be found or made for it. Ask the person for another one.',
    fr: "Brevo n'accepte pas d'adresse de cette forme : aucun contact ne peut être trouvé ni créé. Demander une autre adresse à la personne.",
  },
  brevoUnasked: {
    en: 'Brevo could not be asked about an address of this person, since it may refuse addresses of this kind. Look for it among the contacts in Brevo, and do by hand what was asked if one is theirs.',
    fr: "Brevo n'a pu être interrogé sur une adresse de cette personne : il peut refuser les adresses de cette forme. La chercher parmi les contacts de Brevo, et faire à la main ce qui est demandé s'il s'y trouve.",
  },
  emailNotVerified: {
    en: 'The person has no verified e-mail address, so that no contact can be found or made for it. Ask the person to verify it.',
    fr: "La personne n'a pas d'adresse électronique vérifiée : aucun contact ne peut être trouvé ni créé. Lui demander de la vérifier.",
  },
} as const satisfies Record<string, Text>;

const why: Readonly<Record<RefusalReason, Text>> = {
  namesSomebodyElse: { en: 'it names another account', fr: 'il nomme un autre compte' },
  namesNobody: { en: 'it does not name this account', fr: 'il ne nomme pas ce compte' },
  ambiguous: { en: 'others were found beside it', fr: "d'autres ont été trouvés en même temps" },
  emailNotVerified: { en: 'its address is not verified', fr: "son adresse n'est pas vérifiée" },
  formerAddress: {
    en: "its address was this person's once, and is not verified for them now",
    fr: "son adresse a été celle de cette personne, et n'est plus vérifiée pour elle",
  },
  addressOfAnother: {
    en: 'another living account has verified its address',
    fr: 'un autre compte en activité a vérifié son adresse',
  },
  addressMistakable: {
    en: 'its address could be taken for another one',
    fr: 'son adresse pourrait être confondue avec une autre',
  },
  formerPhone: {
    en: "its telephone number was this person's once, and is not verified for them now",
    fr: "son numéro a été celui de cette personne, et n'est plus vérifié pour elle",
  },
  phoneOfAnother: {
    en: 'another living account has verified its telephone number',
    fr: 'un autre compte en activité a vérifié son numéro',
  },
  anotherAccount: {
    en: 'it belongs to another account of the same uid',
    fr: 'il appartient à un autre compte du même uid',
  },
  accountUnknown: { en: 'nobody knows the account any more', fr: 'plus personne ne connaît ce compte' },
};

/** A part for an officer, by the policy's period for requests unless told otherwise. */
export const manual = (
  record: RecordId,
  scope: Scope,
  count: number,
  what: Text,
  by: Instant = officerBy(scope),
): Outcome => ({
  record,
  count,
  outcome: 'manual',
  what,
  by,
});

/** What was found in a system and could not be proven to be the person's. */
export function manualForRefused({ id }: NamedRecord, scope: Scope, system: SystemId): Outcome[] {
  const refused = (scope.refused ?? []).filter(({ candidate }) => candidate.system === system);
  return refused.map(({ candidate, reason }: Refusal) =>
    manual(id, scope, 1, {
      en: `${system} ${candidate.id} could be this person's and was left alone: ${why[reason].en}. Compare, and do by hand what was asked if it is.`,
      fr: `${system} ${candidate.id} pourrait être à cette personne et n'a pas été touché : ${why[reason].fr}. Comparer, et faire à la main ce qui est demandé si c'est le cas.`,
    }),
  );
}

/** Things that were proven to be the person's, and name somebody else when they would end. */
export const manualForAnothers = (
  named: NamedRecord,
  scope: Scope,
  system: SystemId,
  ids: readonly string[],
): Outcome[] =>
  manualForRefused(
    named,
    {
      ...scope,
      refused: ids.map((id) => ({
        candidate: { system, id, by: 'uid' as const },
        reason: 'namesSomebodyElse' as const,
      })),
    },
    system,
  );

/** Rows that name an address of the person that proves nothing, and no account. */
export const manualForUnproven = (id: RecordId, scope: Scope, count: number, reason: RefusalReason): Outcome =>
  manual(id, scope, count, {
    en: `Rows that name an address and no account could be this person's and were left alone: ${why[reason].en}. Compare, and do by hand what was asked if they are.`,
    fr: `Des données qui nomment une adresse et aucun compte pourraient être à cette personne et n'ont pas été touchées : ${why[reason].fr}. Comparer, et faire à la main ce qui est demandé si c'est le cas.`,
  });

/** What a system answers to a change that it has no way to make; null: the change does not concern its rows. */
export function manualForChange({ id }: NamedRecord, scope: Scope, change: Change): Outcome[] {
  switch (change.kind) {
    case 'rectify':
      return [manual(id, scope, 0, texts.rectify)];
    case 'restrict':
      return [manual(id, scope, 0, texts.restrict)];
    case 'erase':
    case 'consent':
    case 'lapse':
      return [];
  }
}
