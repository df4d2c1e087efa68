import * as z from 'zod';

/**
 * A value of a person that another company has as well. It is a field of their profile, several
 * that are joined by a blank, or the address that Auth has verified of their account.
 */
export const personValue = z.union([
  z.strictObject({ profile: z.array(z.string().min(1)).min(1) }),
  z.strictObject({ account: z.literal('email') }),
]);
export type PersonValue = z.infer<typeof personValue>;
