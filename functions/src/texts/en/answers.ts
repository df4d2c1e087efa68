/** Why a call is refused, for the caller. `languages` are codes, such as `en or fr`. */
export const answers = {
  contact: {
    invalid:
      'Please fill in your e-mail address, first name, last name and message, and check the fields that are marked.',
    rateLimited: 'Too many messages have come from you in the last hour. Please try again later.',
    busy: 'We are receiving very many messages at the moment. Please try again later.',
  },
  byEmail: {
    invalid: 'Please check the e-mail address, and say what you ask for.',
    rateLimited: 'You have asked for many links in the last hour. Please try again later.',
    busy: 'We are receiving very many requests at the moment. Please try again later.',
    noMail: (email: string) => `We cannot send e-mails at the moment. Please write to us: ${email}`,
  },
  link: {
    invalid: (languages: string) =>
      `The request could not be read: requestId is the id of your request, part is a number, language is ${languages}.`,
    stale: 'To protect your data: please sign in again, then download.',
    rateLimited: 'You have asked for many downloads in the last hour. Please try again later.',
    notFound:
      'There is no file to download: it is not ready yet, its time is over, or the request was taken back. You can ask for your data again at any time.',
  },
  receipt: {
    invalid: (languages: string) => `The request could not be read: language is ${languages}, format is json or html.`,
    rateLimited: 'You have asked for many receipts in the last hour. Please try again later.',
    gone: 'This account was deleted, or its data are being deleted. Please write to us if you need a proof of your answers.',
  },
  guardian: {
    invalid: 'This answer could not be read. Please check the fields that are marked.',
    denied:
      'You are not registered as the parent or guardian of this person, or this person decides alone. Write to us if that is wrong.',
    erased: 'This account no longer exists.',
    tooMany: 'There were too many changes today. What was given can still be withdrawn; please try again tomorrow.',
    unpublished:
      'This question is out of date, so your yes could not be kept. Please update the app and answer again. A no is always kept.',
    request: {
      invalid: 'This request could not be read. Please check the fields that are marked.',
      denied:
        'You are not registered as somebody who may ask for this for this person. Your judgment or mandate may be over, or may not name it. Write to us if that is wrong.',
      erased: 'This account no longer exists.',
      rateLimited: 'You have asked for many things in a short time. Please try again later.',
      saidNo: 'This person said no to it. Please speak with them. You can ask again in some days.',
      alreadyOpen: 'You have asked for this already, and it is not finished. You need not ask again.',
    },
  },
  signIn: {
    signedOut: 'Please sign in first.',
    signInEnded: 'Please sign in again: this sign-in is no longer valid.',
    gone: 'This account was deleted, or its data are being deleted. Please write to us if you need something.',
  },
};
