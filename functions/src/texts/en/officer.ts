export const officer = {
  tasks: {
    residue:
      'These documents still name the person after the fields that the policy lists were removed. Remove the rest by hand and add the fields to the policy.',
    kept: 'No rule of the policy ends these rows with this change, and no ground keeps them. Decide by hand and add a rule to the policy.',
    unarchived:
      'These rows could not be moved to their archive: another copy has their place there, or they are too large. Compare both, and end the row by hand.',
    rectifyRefused:
      'The other company does not take a corrected value: it is too long, of another form, or another record there has it. Look at it there, and correct it by hand.',
    rectifyLacking:
      'This record has a value that the person’s profile does not have, or an e-mail address although the account has none that is verified. The person asked for a correction. Compare both, and empty or correct it there by hand if it is wrong.',
    brevoResubscribed:
      'This contact was on the blocklist of Brevo, and lost its place there when its address changed. It is on it again. Look in Brevo whether something was sent to it meanwhile.',
    rectify: 'Correct the data of this record by hand: this system has no correction of its own.',
    restrict: 'Restrict, or release, the processing of this record by hand: this system cannot do it.',
    accountUnknown:
      "An account of this uid exists, and nobody knows any more whether it is this person's or was created later. Compare it, and delete it in the Firebase console if it is.",
    historyLost:
      'What was known of this person before is not as this software wrote it, and was not used. Look for them by hand under former addresses and ids in the other systems.',
    stripeDocument:
      "Invoices and charges cannot be deleted through Stripe's API. Their period is over: ask Stripe for redaction (dashboard: Settings, Compliance and documents), or its support.",
    brevoAddress:
      'Brevo may hold a log of e-mails to an address of this person that could not be proven to be theirs alone. Compare, and delete it in Brevo (Transactional, Logs) if it is.',
    brevoRefuses:
      'Brevo takes no address of this kind, so that no contact can be found or made for it. Ask the person for another one.',
    brevoUnasked:
      'Brevo could not be asked about an address of this person, since it may refuse addresses of this kind. Look for it among the contacts in Brevo, and do by hand what was asked if one is theirs.',
    emailNotVerified:
      'The person has no verified e-mail address, so that no contact can be found or made for it. Ask the person to verify it.',
  },
  restriction: {
    everything: 'everything',
    begun: (name: string, what: string) =>
      `${name}: tell it to use the data of this person no longer for ${what}, only to store them, and to stop every automatic use, until you write again (GDPR Art. 18 and 19). Until then, an older task that asks it to delete them waits. Note its answer.`,
    over: (name: string, what: string) =>
      `${name}: tell it that the restriction for ${what} is over, if it was told of it (GDPR Art. 19). Note its answer.`,
    stopped: (name: string, what: string) =>
      `${name}: this person objects to the use of their data for ${what}, and we have agreed. Tell it to stop that use for good, and to delete the data that it needs for nothing else (GDPR Art. 17(1)(c), 19 and 21). Note its answer.`,
    stoppedAndHeld: (name: string, what: string) =>
      `${name}: this person objects to the use of their data for ${what}, and we have agreed. Tell it to stop that use for good. It deletes nothing: a legal hold keeps the data (GDPR Art. 17(3)(e), 19 and 21). Note its answer.`,
    objected: (name: string, what: string) =>
      `${name}: this person objects to direct marketing. Tell it to stop the use of their data for ${what} for good, and to delete the data that it needs for nothing else (GDPR Art. 17(1)(c), 19 and 21(2)). Note its answer.`,
    objectedAndHeld: (name: string, what: string) =>
      `${name}: this person objects to direct marketing. Tell it to stop the use of their data for ${what} for good. It deletes nothing: a legal hold keeps the data (GDPR Art. 17(3)(e), 19 and 21(2)). Note its answer.`,
  },
  consent: {
    instruct: 'Instruct it in writing (GDPR Art. 28(3)(a))',
    tell: 'Tell it in writing (GDPR Art. 19)',
    delete: (name: string, what: string, how: string) =>
      `${name}: this person took back their consent to: ${what}. ${how}: use their data for that no longer, and delete what serves that alone. It keeps what it needs for anything else. Note its answer.`,
    stop: (name: string, what: string, how: string) =>
      `${name}: the consent of this person to: ${what} does not count any more. ${how}: use their data for that no longer, and only store them, until you write again. Note its answer.`,
    again: (name: string, what: string, how: string) =>
      `${name}: this person agreed again to: ${what}. ${how}: their data may be used for that again. Note its answer.`,
    account:
      'A parent or guardian took back the consent without which the service cannot be used. The use has stopped, and the subscriptions that are known to be theirs renew no more. Their no alone erases nothing. Talk to both sides: the holder can ask for the erasure, which tells the person first, or one of them says yes again. Note the outcome.',
    accountByLetter:
      'Somebody wrote or called in the name of this person, and took back the consent without which the service cannot be used. Nobody has proven that it was the person. The use has stopped, and the subscriptions that are known to be theirs renew no more. This no alone erases nothing. Ask the person: they ask for the erasure in the app, you begin it once you know that they want it, or they say yes again. Note the outcome.',
    paused: 'Not now: a restriction has begun. A new task comes when it is over.',
    overtaken: 'Not needed any more: the person answered anew, or an erasure asks for more.',
  },
  hold: {
    overtaken: 'Not needed any more: the legal hold is over.',
    heldAgain: 'Not now: another legal hold keeps the data there. A new task comes when that is over.',
    begun: (name: string) =>
      `${name}: tell it to keep the data of this person as they are until you write again, also those that its own periods would delete: they are needed for legal claims. Do not ask it to delete them before that, whatever another task says. Note its answer.`,
    over: (name: string) =>
      `${name}: tell it that it need not keep the data of this person for you any longer, and that its usual periods count again. If the person took back a consent meanwhile, or objected to a use that has stopped, ask it now to delete what served that alone. Note its answer.`,
  },
  why: {
    namesSomebodyElse: 'it names another account',
    namesNobody: 'it does not name this account',
    ambiguous: 'others were found beside it',
    emailNotVerified: 'its address is not verified',
    formerAddress: "its address was this person's once, and is not verified for them now",
    addressOfAnother: 'another living account has verified its address',
    addressMistakable: 'its address could be taken for another one',
    formerPhone: "its telephone number was this person's once, and is not verified for them now",
    phoneOfAnother: 'another living account has verified its telephone number',
    anotherAccount: 'it belongs to another account of the same uid',
    accountUnknown: 'nobody knows the account any more',
  },
  ownPeriod: "The policy's own period of this record runs on; no rule of the policy ends it with this change.",
  heldByLaw: 'Kept for the establishment, exercise or defence of legal claims, by order of an officer.',
  notFoundAnyMore:
    'Rows that name an address and no account may have been kept on a ground that is over now. Their address was forgotten with the person: look for rows of this age, and end them by hand.',
  missingPart:
    'A copy of data lacks this part: it could not be read, or was not proven to be of the person. Look at it by hand, and add what is theirs with compliance export add.',
  lookBeforeAdding: (whose: string) =>
    `It can hold words of other people (GDPR Art. 15(4)). ${whose} Read it before you add it, and leave out what harms others.`,
  look: (rows: number, whose: string) =>
    `A copy of data waits for your look: ${rows === 1 ? '1 row holds' : `${rows} rows hold`} words of other people (GDPR Art. 15(4)). ${whose} Read them with compliance export look. Then answer with compliance export give, and keep back only what harms others.`,
  correctAt: (values: string) =>
    `Tell this recipient of the correction: ${values}. Read the right values in the person's profile, as they stand there now.`,
  verifiedAddress: 'the verified e-mail address of the account',
  notRead: 'could not be read for an export: read it, and hand it to the person',
  notSent: 'the export could not be sent there, as the person had asked: they download it, and may need help',
  refused: (system: string, id: string, why: string) =>
    `${system} ${id} could be this person's and was left alone: ${why}. Compare, and do by hand what was asked if it is.`,
  renews: (id: string, why: string) =>
    `Stripe ${id} could be of this person, who took back the consent to the service, and a subscription of it renews: ${why}. Compare, and stop the renewal in Stripe if it is theirs.`,
  unproven: (why: string) =>
    `Rows that name an address and no account could be this person's and were left alone: ${why}. Compare, and do by hand what was asked if they are.`,
  ledgerDiffers:
    'Chains of the ledger are not what was signed before. `compliance ledger verify` names them; the tree keeps what was signed until they are restored.',
  added: 'added by an officer',
};
