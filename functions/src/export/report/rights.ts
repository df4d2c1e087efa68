import { periodInWords } from '../../policy/generate/words.ts';
import type { Policy, Text } from '../../policy/schema.ts';
import { inLanguages } from '../../texts/index.ts';

/**
 * A right of the person (Art. 15(1)(e) and (f), 7(3), 20, 21), and how it is used; said exactly,
 * and in easy words.
 */
export interface Right {
  readonly id: string;
  readonly article: string;
  readonly name: Text;
  readonly what: Text;
  readonly how: Text;
  /** The `type` of the privacy request with which the app asks for it; null: another way. */
  readonly request: string | null;
  readonly easy: { readonly name: Text; readonly what: Text; readonly how: Text };
}

/** The information that every right has in common. */
export function howToUseRights(policy: Policy) {
  const { controller, rights } = policy;
  const { period, extension } = rights.answerWithin;
  const contact = controller.dataProtectionOfficer ?? controller.email;
  const address = `${controller.name}, ${controller.address}`;
  return {
    inWriting: { contact, address, ...inLanguages(policy, (t) => t.rights.inWriting(contact, address)) },
    answeredWithin: {
      period,
      ...inLanguages(policy, (t, language) =>
        [
          t.rights.answeredWithin(periodInWords(period, language)),
          ...(extension === undefined ? [] : [t.rights.answeredLater(periodInWords(extension.period, language))]),
        ].join(' '),
      ),
    },
    cost: inLanguages(policy, (t) => t.rights.cost),
    easy: {
      inApp: inLanguages(policy, (t) => t.rights.easy.inApp),
      inWriting: inLanguages(policy, (t) => t.rights.easy.inWriting(contact)),
      period: inLanguages(policy, (t, language) => t.rights.easy.period(periodInWords(period, language))),
      cost: inLanguages(policy, (t) => t.rights.easy.cost),
    },
  };
}

/**
 * The rights that the app asks for by a privacy request; each is the request's `type`, with its
 * article.
 */
const REQUESTED = [
  ['access', '15'],
  ['rectification', '16'],
  ['erasure', '17'],
  ['restriction', '18'],
  ['portability', '20'],
  ['objection', '21'],
] as const;

/** The rights, in the order of the articles. */
export function rightsOf(policy: Policy): readonly Right[] {
  const contact = policy.controller.dataProtectionOfficer ?? policy.controller.email;
  const isWider = policy.rights.objectionToEveryBasis !== undefined;
  const asked = REQUESTED.map(([id, article]): Right => ({
    id,
    article,
    name: inLanguages(policy, ({ rights }) => rights.requested[id].name),
    what: inLanguages(policy, ({ rights }) =>
      isWider && id === 'objection' ? rights.objectionToEveryBasis : rights.requested[id].what,
    ),
    how: inLanguages(policy, ({ rights }) => rights.inApp(rights.requested[id].request, contact)),
    request: id,
    easy: {
      name: inLanguages(policy, ({ rights }) => rights.requested[id].easyName),
      what: inLanguages(policy, ({ rights }) => rights.requested[id].easyWhat),
      how: inLanguages(policy, ({ rights }) => rights.easyInApp(rights.requested[id].request)),
    },
  }));
  return [...asked, withdrawal(policy, contact)];
}

const withdrawal = (policy: Policy, contact: string): Right => ({
  id: 'withdrawal',
  article: '7(3)',
  name: inLanguages(policy, ({ rights }) => rights.withdrawal.name),
  what: inLanguages(policy, ({ rights }) => rights.withdrawal.what),
  how: inLanguages(policy, ({ rights }) => rights.withdrawal.how(contact)),
  request: null,
  easy: {
    name: inLanguages(policy, ({ rights }) => rights.withdrawal.easyName),
    what: inLanguages(policy, ({ rights }) => rights.withdrawal.easyWhat),
    how: inLanguages(policy, ({ rights }) => rights.withdrawal.easyHow),
  },
});
