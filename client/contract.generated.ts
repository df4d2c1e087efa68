// Written by `npm run generate` from the policy and the shapes of the backend: change those.
import type { Timestamp } from 'firebase/firestore';

/** The region of the callables: `getFunctions(app, REGION)`. */
export const REGION = 'europe-west1';

/** The names under which the callables are deployed. */
export const FUNCTIONS = {
  contact: 'compliance-contact',
  requestByEmail: 'compliance-requestByEmail',
  consentReceipt: 'compliance-consentReceipt',
  exportLink: 'compliance-exportLink',
  guardianConsent: 'compliance-guardianConsent',
  guardianRequest: 'compliance-guardianRequest',
} as const;

/** The purposes for which people are asked. */
export type Purpose = 'coreService' | 'analytics' | 'feedbackPlatforms' | 'userDatabase' | 'marketingAutomation' | 'messages' | 'monitoring' | 'interestBasedAdvertising';

/** The rights that people can ask for. */
export type RequestType = 'access' | 'portability' | 'erasure' | 'rectification' | 'restriction' | 'objection';

/** The document of an answer: `users/{uid}/consents/{purpose}`. */
export type Consent = {
  readonly granted: boolean;
  readonly policyVersion: string;
  readonly source: "app" | "web";
  readonly updatedAt: Timestamp;
  readonly locale?: string;
  readonly appVersion?: string;
  readonly deviceId?: string;
  readonly givenAt?: Timestamp;
  /** The backend's own mark that the person is to be asked again. */
  readonly reconsentRequired?: boolean;
  /** The backend's own mark: the person objected then, and the document says no since. */
  readonly objectedAt?: Timestamp;
};

/** The answer to one purpose, as the backend shows it. */
export type PurposeState = {
  /** The ledger's state: `given`, `reconfirmed`, `refused`, `withdrawn`, `expired`, `pending`. */
  readonly state: string;
  /** True if the app may act on the consent now. */
  readonly stands: boolean;
  /** A yes that waits for a second agreement: a guardian's, or the person's own. */
  readonly pending?: true;
  /** The consent has expired: the app asks again. */
  readonly askAgain?: true;
  readonly since: Timestamp;
  /** The version of the policy that the answer was given to. */
  readonly policyVersion?: string;
};

/** The state of the person beside the purposes. */
export type StateBesides = {
  /** The version of the policy that was in force when this was written. */
  readonly policyVersion: string;
  /** Processing that is restricted (Art. 18): everything, or these purposes. */
  readonly restricted: {
    readonly all: boolean;
    /** The purposes that are stopped, in the order of the policy; none is named if all are. */
    readonly purposes: readonly string[];
  };
  /** The purposes that the person objects to (Art. 21). */
  readonly objections: readonly string[];
  /** The next version, from its announcement on: the app tells the person before it takes effect. */
  readonly announced?: {
    readonly version: string;
    readonly from: Timestamp;
  };
  /** The number of the last entry that the state follows from. */
  readonly seq: number;
  readonly updatedAt: Timestamp;
};

/** The person's additions to a request, by its type. A member that does not fit is left out. */
export type Details = {
  readonly access: {
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
  };
  readonly portability: {
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
    readonly transmitTo?: string;
  };
  readonly erasure: {
    readonly answerTo?: string;
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
  };
  readonly rectification: {
    readonly correction?: string;
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
  };
  readonly restriction: {
    readonly ground?: "accuracy" | "claims" | "objection" | "unlawful";
    readonly purposes?: readonly string[];
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
  };
  readonly objection: {
    readonly marketing?: boolean;
    readonly purpose?: string;
    /** The words of the person about it. */
    readonly text?: string;
    /** Their country (ISO 3166-1 alpha-2): it decides about the authority for complaints. */
    readonly country?: string;
  };
};

/** A request as the person reads it, beside its type and its details. */
export type RequestBesides = {
  readonly status?: "cancelled" | "completed" | "in_progress" | "queued" | "received" | "refused" | "waiting";
  /** The end, with every pause that is over; one that runs is not in it. */
  readonly dueAt?: Timestamp;
  readonly completedAt?: Timestamp;
  readonly reason?: string;
  /** When one that is queued begins. */
  readonly retryAt?: Timestamp;
  readonly transmission?: {
    readonly state: "failed" | "pending" | "refused" | "sending" | "sent";
    /** Of the policy's list; absent if the address is of no host on it. */
    readonly host?: string;
    readonly reason?: string;
    readonly at?: Timestamp;
  };
  /** The parts that a completed export lacks for good. */
  readonly missing?: readonly {
    /** The id of the recipient, system or record. */
    readonly source: string;
    /** Its name, in the language of the person. */
    readonly name: string;
    /** Nobody answered in time; the other side said no; an officer has another reason. It holds words of others, and no officer looked in time, or one kept something back (Art. 15(4)). Or rows of it that waited for the look were not there any more. */
    readonly why: "impossible" | "notFound" | "notLooked" | "refused" | "unconfirmed" | "withheld";
  }[];
  /** An export that was answered, and that the person took back afterwards: nothing of its archive is given out any more. */
  readonly withdrawnAt?: Timestamp;
  readonly createdAt: Timestamp;
  readonly pausedAt?: Timestamp;
  readonly reply?: {
    readonly kind: "answered" | "extended" | "lifting" | "refused";
    readonly at: Timestamp;
    readonly language: "en" | "fr" | "nl";
    readonly subject: string;
    readonly text: string;
  };
  /** The person's own words, which stay beside their data if a correction is refused. */
  readonly statement?: {
    /** The mistake. */
    readonly text?: string;
    /** The right value. */
    readonly correction?: string;
  };
  readonly cancelled?: true;
  /** Somebody asked for the person, who can say yes or no (`say`). */
  readonly askedFor?: {
    readonly regime: "curatelle" | "habilitationFamiliale" | "mandatDeProtectionFuture" | "mandate" | "parentalAuthority" | "tutelle";
    /** When it goes on without a word of the person. */
    readonly goesOnAt?: Timestamp;
    readonly language: "en" | "fr" | "nl";
    readonly title: string;
    readonly text: string;
  };
  readonly say?: "agrees" | "disagrees";
};

/** Tells the person how somebody answered about a consent for them: no request. `say` with `disagrees` is a no of their own. */
export type AnsweredConsent = {
  readonly type: "consents";
  readonly askedFor: {
    readonly regime: "curatelle" | "habilitationFamiliale" | "mandatDeProtectionFuture" | "mandate" | "parentalAuthority" | "tutelle";
    /** The purpose that was answered. */
    readonly purpose: string;
    readonly granted: boolean;
    readonly language: "en" | "fr" | "nl";
    readonly title: string;
    readonly text: string;
  };
};

/** The form of `exportLink`. */
export type LinkForm = {
  /** The id of the person's own `privacyRequests` document. */
  readonly requestId: string;
  /** The person whose copy a holder asked for; absent: the caller's own. Any text. */
  readonly child?: string;
  /** The number of the archive of an export in parts; absent: the first. */
  readonly part?: number;
  /** The language of the message if there is no link. */
  readonly language?: "en" | "fr" | "nl";
};

/** The answer of `exportLink`: `expiresAt` is in epoch milliseconds. */
export type DownloadLink = {
  /** A V4 signed URL. Everybody who has it has the archive, so it is written down nowhere. */
  readonly url: string;
  readonly expiresAt: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The number of this archive among `parts`; each has a link of its own. */
  readonly part: number;
  readonly parts: number;
};

/** The form of `guardianConsent`. */
export type HolderAnswer = {
  readonly child: string;
  readonly purpose: string;
  readonly granted: boolean;
  readonly policyVersion: string;
  readonly source: "app" | "web";
  readonly requestId: string;
  readonly locale?: string;
  readonly appVersion?: string;
};

/** The form of `guardianRequest`, beside the details. */
export type HolderWish = {
  readonly type: "access" | "erasure" | "objection" | "portability" | "rectification" | "restriction";
  readonly locale?: string;
  readonly requestId: string;
  readonly child: string;
};

/** The details that only the person gives: addresses to which something of theirs is sent. */
export type OwnDetail = "answerTo" | "transmitTo";

/** The answer of `guardianRequest`; `goesOnAt` is in epoch milliseconds. */
export type GuardianRequest = {
  /** The id of the person's own document, and of the copy (`exportLink`). */
  readonly id: string;
  readonly status: string;
  readonly reason?: string;
  /** True if it begins only once the person agrees. */
  readonly needsPerson: boolean;
  /** When it goes on without a word of the person, in epoch milliseconds. */
  readonly goesOnAt?: number;
};

/** The permission of a device: `users/{uid}/devicePermissions/{deviceId}_{permission}`. History, never a consent. */
export type DevicePermission = {
  readonly permission: "camera" | "imageLibrary" | "microphone" | "storage";
  readonly granted: boolean;
  readonly deviceId: string;
  readonly updatedAt: Timestamp;
  readonly platform?: string;
};

/** The form of `contact`. */
export type ContactForm = {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly message: string;
  readonly company?: string;
  readonly phone?: string;
  readonly profession?: string;
  readonly postalCode?: string;
  readonly locale?: string;
};

/** The form of `requestByEmail`. */
export type ByEmailForm = {
  readonly email: string;
  readonly asks: "access" | "erasure" | "marketing" | "objection" | "portability" | "rectification" | "restriction";
  readonly locale?: string;
  readonly language?: string;
};

/** The form of `consentReceipt`. */
export type ReceiptForm = {
  readonly language?: "en" | "fr" | "nl";
  /** Absent: both. */
  readonly format?: "html" | "json";
};

/** The answer of `consentReceipt`. */
export type ConsentReceipt = {
  /** The text of the JSON-LD. */
  readonly receipt?: string;
  /** A page of its own. */
  readonly html?: string;
};

/** The state of the person: `users/{uid}/privacy/state`. A purpose that nobody has answered is absent. */
export type PrivacyState = StateBesides & { readonly purposes: { readonly [P in Purpose]?: PurposeState } };

/** A request as the person reads it: `users/{uid}/privacyRequests/{id}`. */
export type Request =
  | { readonly [T in RequestType]: RequestBesides & { readonly type: T; readonly details?: Details[T] } }[RequestType]
  | (RequestBesides & AnsweredConsent);

/** A guardian's answer for the person in their care. */
export type GuardianAnswer = Omit<HolderAnswer, 'purpose'> & { readonly purpose: Purpose };

/** A guardian's request for a right of the person in their care. */
export type GuardianWish<T extends RequestType = RequestType> = Omit<HolderWish, 'type'> & {
  readonly type: T;
  readonly details?: Omit<Details[T], OwnDetail>;
};
