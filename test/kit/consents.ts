import { FieldValue } from 'firebase-admin/firestore';

/** A consent document as the app writes it now. */
export const answer = (granted: boolean) => ({
  granted,
  policyVersion: '2025-06-15',
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
});
