import type { archive as English } from '../en/archive.ts';

export const archive: typeof English = {
  title: (name: string) => `Vos données personnelles chez ${name}`,
  made: (day: string, what: string) => `Fait le ${day} : ${what}.`,
  portability: "les données que vous avez fournies ou issues de votre utilisation de l'application (RGPD, article 20)",
  access: 'les données qui vous concernent (RGPD, article 15) ; information.json dit à quoi elles servent',
  policy: (version: string) => `Politique de confidentialité du ${version}.`,
  part: (n: number) => `Ceci est la partie ${n} de vos données.`,
  lastPart: "C'est la dernière partie.",
  anotherPart: 'Une autre partie suit, dans un fichier à part.',
  where:
    'Chaque sorte de données y est deux fois : en JSON, exact, pour d’autres programmes, et à côté en CSV, pour un tableur. Vos fichiers sont dans le dossier « files », tels qu’ils sont stockés ; un fichier dont le nom finit par « .gz » est compressé, et un programme d’archives l’ouvre. manifest.json énumère chaque fichier avec son SHA-256. Les heures sont en UTC. Dans les fichiers CSV, une apostrophe devant =, +, -, @ ou une autre apostrophe au début d’un texte ou d’une ligne empêche un tableur de l’exécuter comme formule ; les fichiers JSON ont le texte exact.',
  rows: (n: number) => (n < 2 ? `${n} entrée` : `${n} entrées`),
  undeclared: (n: number) =>
    n < 2
      ? `${n} d’entre elles n’est pas décrite dans la politique de confidentialité : son chemin dit où elle a été trouvée`
      : `${n} d’entre elles ne sont pas décrites dans la politique de confidentialité : leurs chemins disent où elles ont été trouvées`,
  receipt: (json: string) =>
    `votre reçu de consentement : les questions, vos réponses, les textes ; pour d’autres programmes : ${json}`,
  missing: 'Ne sont pas dans cette archive :',
  manual: 'doit être demandé à la main ; nous l’ajoutons',
  failed: 'n’a pas pu être lu en entier malgré plusieurs essais ; nous l’ajoutons',
  ownWords: 'écrit ou fait par la personne, qui n’a pas accepté qu’un autre le reçoive',
  look: 'contient des paroles d’autres personnes ; l’un de nous les lit d’abord, puis nous l’ajoutons',
  notLooked: 'contient des paroles d’autres personnes, et aucun de nous ne les a lues à temps',
  unconfirmed: 'a été demandé à la main, et personne n’a répondu à temps',
  refused: 'a été demandé à la main, et l’autre partie a refusé',
  impossible: 'a été demandé à la main, et ne peut pas être remis',
  kept: (rows: number, fields: number) =>
    `non remis : ${[rows === 0 ? '' : rows === 1 ? '1 entrée' : `${rows} entrées`, fields === 0 ? '' : fields === 1 ? '1 champ' : `${fields} champs`].filter(Boolean).join(' et ')}`,
  notFoundRows: (rows: number) =>
    rows < 2
      ? `${rows} entrée était là quand nous avons compté, et n’y est plus`
      : `${rows} entrées étaient là quand nous avons compté, et n’y sont plus`,
  because: {
    othersData: 'cela concerne d’autres personnes, ou elles l’ont écrit (RGPD, article 15, paragraphe 4)',
    confidence: 'quelqu’un l’a dit en confidence (RGPD, article 15, paragraphe 4)',
    tradeSecret: 'c’est un secret des affaires, ou l’œuvre protégée d’autrui (RGPD, article 15, paragraphe 4)',
    notLookedAt: 'c’est arrivé ou a changé après notre lecture ; redemandez une copie',
    tooMany: 'il y en a plus que nous ne pouvons lire ; écrivez-nous à ce sujet',
  },
  moreFiles: (n: number) => `et ${n} de plus, que manifest.json nomme`,
  unproven: 'quelque chose a été trouvé dont nous ne pouvons prouver que c’est à vous ; nous nous en occupons',
  contact: (mail: string, authority: string, url: string, address?: string) =>
    `Questions : ${mail}. Vous pouvez introduire une réclamation auprès de ${authority} (${[url, address].filter(Boolean).join(', ')}).`,
  receiptName: 'Reçu de consentement',
  fileName: 'LISEZMOI.txt',
};
