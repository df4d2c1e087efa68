import * as z from 'zod';
import { isUid } from '../../subject/identity.ts';

/** The uid of an account. */
export const uid = z.string().refine(isUid);
