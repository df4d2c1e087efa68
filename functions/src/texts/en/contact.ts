/** The answer of an officer to a message of the contact form. */
export const contact = {
  subject: (name: string) => `${name}: our answer to your message`,
  before: (day: string) => ['Hello,', '', `You wrote to us on ${day}.`, 'This is our answer:'],
  question: 'Do you have another question? Write to us:',
};
