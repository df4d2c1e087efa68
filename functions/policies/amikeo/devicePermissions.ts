import type { Policy } from '../../src/policy/schema.ts';
import { policyText } from './sources.ts';

const source = policyText('Device authorizations to access Personal Data');

/**
 * The permissions of a device. The device grants and revokes them; here they are history and never
 * count as a consent.
 */
export const devicePermissions: Policy['devicePermissions'] = {
  camera: {
    name: { en: 'Camera', fr: 'Caméra' },
    description: {
      en: 'Taking photos and videos with the device.',
      fr: "Prendre des photos et des vidéos avec l'appareil.",
    },
    dataType: 'cameraAuthorization',
    source,
  },
  microphone: {
    name: { en: 'Microphone', fr: 'Microphone' },
    description: { en: 'Recording sound with the device.', fr: "Enregistrer du son avec l'appareil." },
    dataType: 'microphoneAuthorization',
    source,
  },
  storage: {
    name: { en: 'Storage', fr: 'Stockage' },
    description: {
      en: 'Reading files of the shared external storage and adding files to it.',
      fr: 'Lire les fichiers du stockage externe partagé et y en ajouter.',
    },
    dataType: 'storageAuthorization',
    source,
  },
  imageLibrary: {
    name: { en: 'Image library', fr: 'Photothèque' },
    description: { en: 'Reading the pictures kept on the device.', fr: "Lire les images conservées sur l'appareil." },
    dataType: 'imageLibraryAuthorization',
    source,
  },
};
