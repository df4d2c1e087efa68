/** The words to a person for whom somebody else asks for something, or answers. */

/** The things that somebody asks us to do. */
const wish = {
  access: 'give them a copy of everything that we know about you',
  portability: 'give them a copy of your data',
  rectification: 'correct your data',
  restriction: 'stop using your data for now',
  objection: 'stop a use of your data',
  erasure: 'delete your account and your data',
};

const who = {
  parentalAuthority: 'Your parent',
  tutelle: 'Your guardian (tuteur)',
  habilitationFamiliale: 'The family member whom a judge named for you',
  mandatDeProtectionFuture: 'The person whom you chose to protect you',
  curatelle: 'Your curator (curateur)',
  mandate: 'The person whom you asked to help you',
};

export const onBehalf = {
  who,
  wish,
  title: (wished: string) => `A request for you: ${wished}`,
  asks: (by: string, wished: string) => [`${by} asks us for something.`, `This is the request: ${wished}.`],
  /** It goes on at once, since it protects the person. */
  atOnce: ['This protects you, and it can be undone. So we begin now.', 'Is it not what you want? Say no: we read it.'],
  /** It goes on on a day, if they say nothing. */
  onDay: (day: string) => [
    `If you say nothing, we begin on ${day}.`,
    'Do you want it? Say yes.',
    'Do you not want it? Say no. Then we stop, and a person here looks at it.',
  ],
  /** It begins only once they agree. */
  needsYes: [
    'We need your yes. Without your yes we do nothing.',
    'Do you want it? Say yes.',
    'Do you not want it? Say no.',
  ],
  help: 'You can ask somebody whom you trust to help you.',
  /** Of an erasure. */
  later: 'You can say no later, too, until we begin to delete.',
  /** The e-mail about it; its subject does not name the wish. */
  mail: {
    subject: (name: string) => `${name}: somebody asks us for something for you`,
    hello: 'Hello,',
    answer: 'To say yes or no: open the app.',
    question: 'Do you have a question? Write to us:',
  },
  /** The words of a reply, in the place of those to somebody who asked themselves. */
  reply: {
    subject: {
      extended: (name: string) => `${name}: a request for you takes longer`,
      answered: (name: string) => `${name}: our answer to a request for you`,
      refused: (name: string) => `${name}: our answer to a request for you`,
    },
    asked: (day: string, by: string, what: string) => `${by} asked us on ${day} for this: ${what}.`,
    done: 'We have done it.',
    partly: 'We have done a part of it.',
    stopped: 'We have stopped it.',
    saidYes: 'You have said yes to this again since then. So we go on with it:',
    cannot: 'We do not do it.',
    yourWords: 'What was written to us stays beside your data. If you ask for a copy of your data, it is in it.',
    number: 'We need more time, because we got many requests about you.',
    reason: {
      unidentified: 'The reason: we could not find out that they may ask for you. This protects your data.',
      excessive: 'The reason: we were asked for the same thing very often.',
      unfounded: 'The reason: it is clear that the law gives no right to this.',
      compellingGround: 'The reason: we have a strong reason to go on. It weighs more here.',
    },
  },
  /** An answer about a consent; `what` is the name of the purpose. */
  answered: {
    title: (what: string) => `Somebody answered for you: ${what}`,
    yes: (by: string, what: string) => `${by} said yes for you: ${what}.`,
    no: (by: string, what: string) => `${by} said no for you: ${what}.`,
    counts: ['It counts from now on.', 'Do you not want it? Say no. Then it stops.'],
    /** A yes counts only together with the person's own. */
    needsYou: ['It counts only if you say yes, too.', 'Do you not want it? Say no.'],
    stopped: ['It has stopped. You can answer yourself in the app.'],
  },
};
