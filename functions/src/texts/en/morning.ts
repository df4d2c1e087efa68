/** The e-mail that the officers get each morning: numbers, and nobody's name. */
export const morning = {
  subject: (name: string, day: string) => `${name}: requests about personal data, ${day}`,
  hello: 'Good morning,',
  nothing: 'Nothing is waiting this morning. You have nothing to do.',
  begin: 'This is waiting. The numbers name nobody.',
  /** Each line is written only if its number is not 0. In the order of urgency. */
  lines: {
    overdue: (n: number) => `Late, the time to answer is over: ${n}. Begin with these.`,
    dueSoon: (n: number) => `Soon late: ${n}.`,
    forOfficer: (n: number) => `Waiting for an answer from you: ${n}.`,
    newRequests: (n: number) => `New requests since yesterday: ${n}.`,
    newContacts: (n: number) => `New messages from the contact form since yesterday: ${n}.`,
    heldContacts: (n: number) => `Messages kept apart, because very many came: ${n}. Any of them can be a request.`,
    paused: (n: number) => `Waiting for a person who was asked who they are: ${n}.`,
    blocked: (n: number) => `Stopped by an error: ${n}. Show these to an engineer.`,
    held: (n: number) => `Deletions that the safety brake has stopped: ${n}. You decide.`,
  },
  /** The end of the list: everything that is open. */
  open: 'Open in all:',
  openLines: {
    openRequests: (n: number) => `requests: ${n}`,
    openErasures: (n: number) => `deletions that go on by themselves or wait: ${n}`,
    openContacts: (n: number) => `messages from the contact form: ${n}`,
  },
  how: 'The command `compliance due` lists what is urgent, `compliance jobs blocked` what has stopped.',
};
