/** An officer's words to a person about their request (Art. 12(3) and (4)), in easy words. */
export const replies = {
  subject: {
    extended: (name: string) => `${name}: your request takes longer`,
    answered: (name: string) => `${name}: our answer to your request`,
    refused: (name: string) => `${name}: our answer to your request`,
  },
  hello: 'Hello,',
  /** The days are in words; the rest is the name of a right in easy words. */
  asked: (day: string, what: string) => `On ${day} you asked us for this: ${what}.`,
  extended: {
    reason: {
      complexity: 'We need more time, because your request is difficult.',
      number: 'We need more time, because you sent us many requests.',
    },
    until: (day: string) => `You get our answer at the latest on ${day}.`,
  },
  answered: {
    done: 'We have done what you asked.',
    partly: 'We have done a part of what you asked.',
    /** Of a restriction that does not stop everything: a list of purposes follows. */
    pausedFor: 'We have paused the use of your data for this. We only keep them:',
    /** Of these rights it can be said what was done. */
    doneOf: {
      rectification: 'We have corrected your data.',
      restriction: 'We have paused the use of your data. We only keep them.',
      objection: 'We have stopped what you said no to.',
    },
  },
  /** Of a restriction: the companies that still use the data. */
  paused: {
    telling: (companies: string, day: string) =>
      `These companies do not know it yet: ${companies}. We tell them to pause it too, by ${day}.`,
  },
  /** Names of companies follow, a line each. */
  corrected: {
    told: 'These companies have some of your data from us. They now have the same data as we have:',
    asked: 'We also tell these companies to correct your data, if they have any:',
    refused: 'We have asked these companies too. They have not corrected your data. You can ask us why:',
  },
  /** To somebody who says that data are wrong (Art. 18(1)(a)): offered, and never forced. */
  offer: 'Do you think that your data are wrong? You can ask us to pause their use while we check.',
  /** Of an objection to direct marketing, which the machine carries out. */
  objected: {
    stopped: 'We have stopped our advertising to you. We have stopped this:',
    telling: (companies: string, day: string) =>
      `We also tell these companies to stop: ${companies}. We do this by ${day}.`,
    again: 'You can say yes again in the app at any time.',
    byHand: (day: string) => `We cannot stop this by machine. A person of ours stops it by hand, by ${day}:`,
    saidYes: 'You have said yes to this again since you wrote to us. So we go on with it:',
    no: 'You can say no again in the app at any time.',
    /** After the last task, if one ended otherwise than done. */
    left: 'We do not know if we have stopped this for you. Write to us if you still get messages:',
    refused: (companies: string) => `These companies have not stopped: ${companies}. You can ask us why.`,
    unknown: (companies: string) => `We do not know if these companies have stopped: ${companies}. You can ask us.`,
  },
  /** Of an objection: the purpose that it names. */
  about: {
    purpose: (name: string) => `It is about this: ${name}.`,
    interest: (interest: string) => `This is why we do it: ${interest}`,
    otherBasis:
      'The law knows this right for other cases only. We look at your request all the same, because our privacy policy says so.',
    withdrawal: 'You can also take your yes back: in the settings of the app. That counts at once.',
  },
  refused: {
    yourWords: 'What you wrote to us stays beside your data. If you ask for a copy of your data, your words are in it.',
    cannot: 'We do not do what you asked.',
    usedAgain: (day: string) => `We had paused the use of your data for this. From ${day} on we use them for it again.`,
    pauseEnds: (day: string) =>
      `We had paused the use of your data for this. That pause ends on ${day}. We still do not use them for it: another pause goes on.`,
    reason: {
      unidentified: 'The reason: we could not find out that it is really you who asks. This protects your data.',
      excessive: 'The reason: you asked us for the same thing very often.',
      unfounded: 'The reason: it is clear that you have no right to this.',
      lawKeeps: 'The reason: the law makes us keep these data.',
      othersRights: 'The reason: it would harm the rights of other people.',
      compellingGround: 'The reason: we have a strong reason to go on. It weighs more than yours here.',
      legalClaims: 'The reason: we need these data for a case in court, or to defend our rights.',
      conditions: 'The reason: the law says when you have this right. That is not so here.',
    },
  },
  officersWords: 'A person of our team has written this for you:',
  remedies: {
    title: 'You do not agree? You can do this:',
    write: (email: string) => `Write to us: ${email}. Another adult can help you.`,
    complain: 'You can complain to the data protection authority. It costs nothing:',
    court: 'You can go to court. A judge then decides. A lawyer or an association can help you.',
    law: 'This is in the law: General Data Protection Regulation (GDPR), Articles 12, 77 and 79.',
  },
};
