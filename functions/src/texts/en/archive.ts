export const archive = {
  title: (name: string) => `Your personal data at ${name}`,
  made: (day: string, what: string) => `Made on ${day}: ${what}.`,
  portability: 'the data that you provided or that came from your use of the app (GDPR, Article 20)',
  access: 'the data that concern you (GDPR, Article 15); information.json tells what they are used for',
  policy: (version: string) => `Privacy policy of ${version}.`,
  part: (n: number) => `This is part ${n} of your data.`,
  lastPart: 'It is the last part.',
  anotherPart: 'Another part follows, in a file of its own.',
  where:
    'Each kind of data is there twice: as JSON, exact, for other programs, and beside it as CSV, for a spreadsheet. Your files are in the folder "files", as they are stored; one whose name ends in ".gz" is packed, and a program for archives opens it. manifest.json lists every file with its SHA-256. Times are in UTC. In the CSV files an apostrophe before =, +, -, @ or another apostrophe at the start of a text or line keeps a spreadsheet from running it as a formula; the JSON files have the exact text.',
  rows: (n: number) => (n === 1 ? '1 entry' : `${n} entries`),
  undeclared: (n: number) =>
    n === 1
      ? '1 of them is not described in the privacy policy: its path says where it was found'
      : `${n} of them are not described in the privacy policy: their paths say where they were found`,
  receipt: (json: string) =>
    `your consent receipt: what you were asked, your answers, the texts; for other programs: ${json}`,
  missing: 'Not in this archive:',
  manual: 'has to be asked for by hand; we add it',
  failed: 'could not be read whole, although we tried several times; we add it',
  ownWords: 'written or made by the person, who did not agree that somebody else gets it',
  look: 'holds words of other people; one of us looks at it first, then we add it',
  notLooked: 'holds words of other people, and none of us looked at it in time',
  unconfirmed: 'was asked for by hand, and nobody answered in time',
  refused: 'was asked for by hand, and the other side refused',
  impossible: 'was asked for by hand, and cannot be given',
  kept: (rows: number, fields: number) =>
    `kept back: ${[rows === 0 ? '' : rows === 1 ? '1 entry' : `${rows} entries`, fields === 0 ? '' : fields === 1 ? '1 field' : `${fields} fields`].filter(Boolean).join(' and ')}`,
  notFoundRows: (rows: number) =>
    rows === 1
      ? '1 entry was there when we counted, and is not there any more'
      : `${rows} entries were there when we counted, and are not there any more`,
  because: {
    othersData: 'it is about other people, or they wrote it (GDPR, Article 15(4))',
    confidence: 'somebody told it in confidence (GDPR, Article 15(4))',
    tradeSecret: 'it is a trade secret, or protected as a work of others (GDPR, Article 15(4))',
    notLookedAt: 'it came or changed after one of us had looked; ask again for a copy',
    tooMany: 'there are more than we can read through; write to us about it',
  },
  moreFiles: (n: number) => `and ${n} more, which manifest.json names`,
  unproven: 'something was found that we could not prove to be yours; we look into it',
  contact: (mail: string, authority: string, url: string, address?: string) =>
    `Questions: ${mail}. You may lodge a complaint with ${authority} (${[url, address].filter(Boolean).join(', ')}).`,
  receiptName: 'Consent receipt',
  fileName: 'README.txt',
};
