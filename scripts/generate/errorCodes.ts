import { ERROR_CODES, SYSTEM_CODES } from '../../functions/src/platform/errors.ts';

/** The codes of errors as a page for officers. */
export const renderErrorCodes = (): string => `# Error codes

For the officer with a blocked step: it shows its code, and a sentence with the next thing to do. No code and no message
names a person. A command that ends with a code exits with the number in brackets
([command-line.md](command-line.md#exit-codes)), and with 3 for a code of a system. Generated from
\`functions/src/platform/errors.ts\`; do not edit.

${Object.entries(ERROR_CODES)
  .map(([code, [exit, meaning]]) => `- \`${code}\` (${exit}): ${meaning}\n`)
  .join('')}
## Of a system

Behind the id of a system, as in \`stripe.left\`. An HTTP status that a system answered stands there too (\`brevo.429\`),
and so does a code of its own (\`stripe.card_declined\`). Firebase Auth's codes begin with \`auth/\`.

${Object.entries(SYSTEM_CODES)
  .map(([code, meaning]) => `- \`${code}\`: ${meaning}\n`)
  .join('')}`;
