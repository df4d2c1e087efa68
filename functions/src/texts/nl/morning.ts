import type { morning as English } from '../en/morning.ts';

export const morning: typeof English = {
  subject: (name: string, day: string) => `${name}: verzoeken over persoonsgegevens, ${day}`,
  hello: 'Goedemorgen,',
  nothing: 'Er wacht vanmorgen niets. U hoeft niets te doen.',
  begin: 'Dit wacht. De getallen noemen niemand.',
  lines: {
    overdue: (n: number) => `Te laat, de tijd om te antwoorden is voorbij: ${n}. Begin hiermee.`,
    dueSoon: (n: number) => `Bijna te laat: ${n}.`,
    forOfficer: (n: number) => `Wacht op een antwoord van u: ${n}.`,
    newRequests: (n: number) => `Nieuwe verzoeken sinds gisteren: ${n}.`,
    newContacts: (n: number) => `Nieuwe berichten van het contactformulier sinds gisteren: ${n}.`,
    heldContacts: (n: number) =>
      `Berichten die apart zijn gezet, omdat er heel veel kwamen: ${n}. Elk kan een verzoek zijn.`,
    paused: (n: number) => `Wacht op iemand aan wie is gevraagd wie hij of zij is: ${n}.`,
    blocked: (n: number) => `Gestopt door een fout: ${n}. Laat ze aan een technicus zien.`,
    held: (n: number) => `Wissingen die de veiligheidsrem heeft gestopt: ${n}. U beslist.`,
  },
  open: 'Open, alles bij elkaar:',
  openLines: {
    openRequests: (n: number) => `verzoeken: ${n}`,
    openErasures: (n: number) => `wissingen die vanzelf doorgaan of wachten: ${n}`,
    openContacts: (n: number) => `berichten van het contactformulier: ${n}`,
  },
  how: 'De opdracht `compliance due` laat zien wat dringend is, `compliance jobs blocked` wat is gestopt.',
};
