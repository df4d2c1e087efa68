import type { onBehalf as English } from '../en/onBehalf.ts';

const wish = {
  access: 'om een kopie van alles wat wij over u weten',
  portability: 'om een kopie van uw gegevens',
  rectification: 'om uw gegevens te verbeteren',
  restriction: 'om uw gegevens nu niet te gebruiken',
  objection: 'om te stoppen met een gebruik van uw gegevens',
  erasure: 'om uw account en uw gegevens te wissen',
};

const who = {
  parentalAuthority: 'Uw ouder',
  tutelle: 'Uw voogd (tuteur)',
  habilitationFamiliale: 'Het familielid dat de rechter voor u koos',
  mandatDeProtectionFuture: 'De persoon die u koos om u te beschermen',
  curatelle: 'Uw curator (curateur)',
  mandate: 'De persoon die u vroeg om u te helpen',
};

export const onBehalf: typeof English = {
  who,
  wish,
  title: (wished) => `Iemand vraagt ${wished}`,
  asks: (by, wished) => `${by} vraagt ons ${wished}.`,
  atOnce: ['Dit beschermt u, en het kan terug. Daarom beginnen wij nu.', 'Wilt u dat niet? Zeg nee: wij lezen het.'],
  onDay: (day) => [
    `Zegt u niets? Dan beginnen wij op ${day}.`,
    'Wilt u het? Zeg ja.',
    'Wilt u het niet? Zeg nee. Dan stoppen wij, en een mens bij ons kijkt ernaar.',
  ],
  needsYes: [
    'Wij hebben uw ja nodig. Zonder uw ja doen wij niets.',
    'Wilt u het? Zeg ja.',
    'Wilt u het niet? Zeg nee.',
  ],
  help: 'U kunt iemand vragen die u vertrouwt om u te helpen.',
  later: 'U kunt ook later nee zeggen, tot wij beginnen met wissen.',
  answered: {
    title: (what) => `Iemand heeft voor u geantwoord: ${what}`,
    yes: (by, what) => `${by} zei ja voor u: ${what}.`,
    no: (by, what) => `${by} zei nee voor u: ${what}.`,
    counts: ['Dit telt vanaf nu.', 'Wilt u het niet? Zeg nee. Dan stopt het.'],
    needsYou: ['Dit telt alleen als u ook ja zegt.', 'Wilt u het niet? Zeg nee.'],
    stopped: ['Het is gestopt. U kunt zelf antwoorden in de app.'],
  },
};
