import { periodInWords } from '../../policy/generate/words.ts';
import type { Policy, Text } from '../../policy/schema.ts';
import { inLanguages, type Texts } from '../../texts/index.ts';

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

type RightsTexts = Texts['rights'];

/** The words of one right, by their members in the texts. */
type Words = Readonly<Record<'name' | 'what' | 'how' | 'easyName' | 'easyWhat' | 'easyHow', string>>;

/** Says a right in each language of the policy. */
function said(policy: Policy, wordsIn: (rights: RightsTexts) => Words): Pick<Right, 'name' | 'what' | 'how' | 'easy'> {
  const say = (member: keyof Words): Text => inLanguages(policy, ({ rights }) => wordsIn(rights)[member]);
  return {
    name: say('name'),
    what: say('what'),
    how: say('how'),
    easy: { name: say('easyName'), what: say('easyWhat'), how: say('easyHow') },
  };
}

/** The rights, in the order of the articles. */
export function rightsOf(policy: Policy): readonly Right[] {
  const contact = policy.controller.dataProtectionOfficer ?? policy.controller.email;
  const isWider = policy.rights.objectionToEveryBasis !== undefined;
  const asked = REQUESTED.map(([id, article]): Right => {
    const wordsIn = ({ requested, objectionToEveryBasis, inApp, easyInApp }: RightsTexts): Words => ({
      ...requested[id],
      ...(isWider && id === 'objection' ? { what: objectionToEveryBasis } : {}),
      how: inApp(requested[id].request, contact),
      easyHow: easyInApp(requested[id].request),
    });
    return { id, article, request: id, ...said(policy, wordsIn) };
  });
  const withdrawal = said(policy, (rights) => ({ ...rights.withdrawal, how: rights.withdrawal.how(contact) }));
  return [...asked, { id: 'withdrawal', article: '7(3)', request: null, ...withdrawal }];
}
