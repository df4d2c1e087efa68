const received = 'We have your request.';
const answer = (period: string): string => `You get an answer within ${period}.`;
const inApp = 'If you have an account: sign in to the app and ask there, that is quicker.';

/**
 * One-time links: the message and the pages. `wish` is said by the person, `follows` says what the
 * button does, `done` what happens now, with the period in words in which an answer comes.
 */
export const links = {
  mail: {
    subject: (name: string) => `${name}: please confirm`,
    lines: (wish: string, url: string, time: string) => [
      'Hello,',
      '',
      'Somebody wrote your e-mail address in our form, and asked us:',
      `“${wish}”`,
      '',
      'Was it you? Open this page and press the button:',
      url,
      '',
      `The link works once, until ${time}.`,
      '',
      'Was it not you? Then you have nothing to do. Without the button nothing happens.',
    ],
    question: 'Do you have a question? Write to us:',
  },
  asks: {
    access: {
      wish: 'Show me my data.',
      follows: 'A person looks at your request. If you have an account: ask in the app, that is quicker.',
      done: (period: string) => `${received} ${answer(period)} ${inApp}`,
    },
    portability: {
      wish: 'Give me my data as a file.',
      follows: 'A person looks at your request. If you have an account: ask in the app, that is quicker.',
      done: (period: string) => `${received} ${answer(period)} ${inApp}`,
    },
    erasure: {
      wish: 'Delete my data.',
      follows: 'A person looks at your request. If you have an account: ask in the app, that is quicker.',
      done: (period: string) =>
        `${received} We delete nothing before we know that it is you. ${answer(period)} ${inApp}`,
    },
    rectification: {
      wish: 'Correct my data.',
      follows: 'A person looks at your request and writes to you.',
      done: (period: string) => `${received} ${answer(period)}`,
    },
    restriction: {
      wish: 'Keep my data, and do not use them.',
      follows: 'A person looks at your request and writes to you.',
      done: (period: string) => `${received} ${answer(period)}`,
    },
    objection: {
      wish: 'I do not want you to use my data.',
      follows:
        'Do you choose advertising? Then it stops at once. For anything else, a person looks at your request and writes to you.',
      done: (period: string) => `${received} ${answer(period)}`,
    },
    marketing: {
      wish: 'Send me no more advertising.',
      follows: 'We stop sending you advertising.',
      done: () => 'We are stopping our advertising to you. A message that is on its way may still arrive.',
    },
  },
  pages: {
    ask: {
      title: 'Please confirm',
      intro: 'You asked us:',
      about: 'For what should we no longer use your data?',
      other: 'Something else, or I do not know',
      button: 'Yes, I want this',
      otherwise: 'Did you not ask for this? Close this page. Then nothing happens.',
    },
    done: { title: 'Thank you', close: 'You can close this page.' },
    over: {
      title: 'This link does not work',
      why: 'A link works once, and for one hour.',
      again: 'You can ask for a new link at any time.',
    },
    failed: { title: 'That did not work', again: 'The mistake is ours. Please try again in a few minutes.' },
    question: 'Do you have a question?',
  },
};
