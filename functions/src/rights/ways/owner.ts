import { find } from '../../erasure/officer.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { addressPseudonym } from '../../subject/emails.ts';
import type { Subject } from '../../subject/identity.ts';
import { provenByOfficer } from '../../subject/proven.ts';

/** A person, and the name of their chain. */
export interface Owner {
  readonly subject: Subject;
  readonly chain: string;
}

/**
 * Finds the owner of a proven mailbox: the account that has verified it, else a person without an
 * account. An account that only names the address is not taken for the owner's.
 */
export async function ownerOf(context: Context, email: string): Promise<Owner> {
  try {
    return await find(context, { email });
  } catch (error) {
    if (!(error instanceof ComplianceError) || error.code !== 'officer.email') throw error;
    const chain = addressPseudonym(email, context.keys);
    return { chain, subject: await provenByOfficer(context, [email], chain) };
  }
}
