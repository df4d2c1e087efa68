export const rights = {
  requested: {
    access: {
      name: 'Access',
      what: 'You may know whether data about you are processed, get a copy of them, and be told what they are used for, who receives them, how long they are kept and how they are protected.',
      request: 'access',
      easyName: 'See your data',
      easyWhat: 'You can ask which data we have about you, and how we protect them. You get a copy.',
    },
    rectification: {
      name: 'Rectification',
      what: 'You may have data that are wrong corrected, and data that are incomplete completed.',
      request: 'rectification',
      easyName: 'Correct your data',
      easyWhat: 'Something is wrong? You can have it corrected.',
    },
    erasure: {
      name: 'Erasure',
      what: 'You may have your data erased, save what has to be kept by law or to establish, exercise or defend legal claims.',
      request: 'erasure',
      easyName: 'Delete your data',
      easyWhat: 'You can have your data deleted. The law makes us keep some of it, such as bills.',
    },
    restriction: {
      name: 'Restriction of processing',
      what: 'You may have the use of your data suspended: while their accuracy or an objection is looked into, where you prefer this to an erasure, or where you need them for legal claims.',
      request: 'restriction',
      easyName: 'Pause the use of your data',
      easyWhat: 'You can ask us to stop using your data for a while.',
    },
    portability: {
      name: 'Portability',
      what: 'You may receive the data that you provided under consent or contract in a structured, commonly used, machine-readable format, and have them transmitted to another controller where technically feasible.',
      request: 'portability',
      easyName: 'Take your data with you',
      easyWhat: 'You can take your data to another company.',
    },
    objection: {
      name: 'Objection',
      what: 'You may object to processing that rests on a legitimate interest or a public task, for reasons of your situation; and to direct marketing at any time, without a reason.',
      request: 'objection',
      easyName: 'Say no',
      easyWhat: 'You can say no to what we do with your data. You can always say no to advertising.',
    },
  },
  /** Of a policy that promises more than the law (`rights.objectionToEveryBasis`). */
  objectionToEveryBasis:
    'You may object to processing that rests on anything but your consent, for reasons of your situation; and to direct marketing at any time, without a reason.',
  withdrawal: {
    name: 'Withdrawal of a consent',
    what: 'You may withdraw each consent at any time. What was done before stays lawful; nothing more is done on its ground.',
    how: (contact: string) =>
      `In the app's settings, where the consent was given, as easily as it was given; it takes effect at once. Or in writing to ${contact}.`,
    easyName: 'Take your yes back',
    easyWhat: 'You said yes to something? You can change your mind at any time.',
    easyHow: 'Open the settings of the app. Change your answer there. It counts at once. Or write to us.',
  },
  inApp: (request: string, contact: string) =>
    `In the app, under privacy requests: “${request}”. Or in writing to ${contact}.`,
  easyInApp: (request: string) => `In the app: privacy requests, “${request}”. Or write to us.`,
  inWriting: (contact: string, address: string) => `In writing to ${contact}, or by post to ${address}.`,
  answeredWithin: (period: string) => `Within ${period} of the request (GDPR Art. 12(3)).`,
  answeredLater: (longer: string) =>
    `If a request is complex, or if you make many, it can take ${longer} more: you are told so, and why, within the first time.`,
  cost: 'Free of charge (GDPR Art. 12(5)).',
  easy: {
    inApp: 'In the app: open the privacy requests. Choose what you want.',
    inWriting: (contact: string) => `Or write to us: ${contact}. An adult can help you.`,
    period: (period: string) => `We answer within ${period}.`,
    cost: 'It costs nothing.',
  },
  fromYou: 'you, or your use of the app',
  fromUs: 'this organisation or its processors',
  summary:
    'You may ask for rectification, erasure, restriction and portability, object to processing, and withdraw a consent at any time.',
};
