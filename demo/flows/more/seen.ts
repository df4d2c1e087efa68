import { same, sameSet, type Row } from '../../report.ts';

/** The results of the flow, as servers tell them, and the rows that follow. */
export interface Seen {
  readonly objection: {
    /** Purposes that the app shows as paused, before the officer decides. */
    readonly paused: readonly string[];
    /** The same after it, and the purposes that have ended. */
    readonly after: { readonly paused: readonly string[]; readonly ended: readonly string[] };
    /** Companies to tell, by the policy, and those that the officer told. */
    readonly companies: readonly string[];
    readonly told: readonly string[];
    /** The state of the request, once they are told. */
    readonly status: string;
  };
  readonly restriction: {
    readonly shown: readonly string[];
    readonly companies: readonly string[];
    readonly told: readonly string[];
  };
  readonly correction: { readonly name: string; readonly stripe: string; readonly brevo: string };
  readonly withdrawal: { readonly companies: readonly string[]; readonly told: readonly string[] };
  readonly wish: {
    /** The power that the person is told of, and the state, before their word and after it. */
    readonly told: string;
    readonly before: string;
    readonly after: string;
    /** Copies that were begun. */
    readonly copies: number;
    /** Documents of the person that name the holder. */
    readonly names: number;
  };
  readonly hold: {
    readonly companies: readonly string[];
    readonly told: readonly string[];
    /** The words of the person's ledger about it. */
    readonly ledger: readonly string[];
  };
}

export const OBJECTED = 'monitoring';
export const RESTRICTED = 'analytics';

export function rowsOf({ objection, restriction, correction, withdrawal, wish, hold }: Seen): Row[] {
  const { after } = objection;
  return [
    same('An objection to an interest: paused at once', [OBJECTED], objection.paused),
    same(
      'The officer upholds it: ended for good',
      `ended: ${OBJECTED}; paused: none`,
      `ended: ${after.ended.join(', ')}; paused: ${after.paused.join(', ') || 'none'}`,
    ),
    sameSet('She tells each company of it', objection.companies, objection.told),
    same('The objection is answered', 'completed', objection.status),
    same('She restricts a use: the app shows it as only kept', [RESTRICTED], restriction.shown),
    sameSet('Companies that she has to tell of it', restriction.companies, restriction.told),
    same('A correction, at Stripe', correction.name, correction.stripe),
    same('The same, at Brevo', correction.name, correction.brevo),
    sameSet('A withdrawal: companies that she has to tell', withdrawal.companies, withdrawal.told),
    same(
      'A parent asks for a copy: the child is told first',
      'parentalAuthority; waiting',
      `${wish.told}; ${wish.before}`,
    ),
    same('The child says no: it waits for her', 'waiting (disagreed)', wish.after),
    same('Copies that were begun against the no', 0, wish.copies),
    same('Documents of the child that name the parent', 0, wish.names),
    sameSet('A legal hold: companies that she tells to keep', hold.companies, hold.told),
    same('The hold in the ledger of the person', ['set', 'ended'], hold.ledger),
  ];
}
