import { many } from './many.ts';

/** What a person showed to be recognised, while nobody has decided who they are. */
export const identityProofs = {
  title: 'What the person showed',
  lead: 'Sealed, and destroyed with the decision on who the person is: only the method and how sure it made you stay.',
  none: 'Nothing was attached. Ask for no more than the request needs (Art. 12(6)).',
  caption: 'Proofs of identity',
  add: 'Attach a proof',
  columns: { what: 'What', sure: 'How sure', added: 'Attached', expires: 'Destroyed by', act: 'Act' },
  kinds: {
    document: 'Document',
    video: 'Video call',
    knowledge: 'What only they know',
    account_login: 'Signed in to their account',
  },
  size: (kilobytes: number, media: string) => `${media}, ${kilobytes.toLocaleString('en')} kB`,
  save: 'Save',
  saveOf: (what: string) => `Save ${what}, to look at it`,
  destroy: 'Destroy',
  destroyOf: (what: string) => `Destroy ${what}`,
  full: (most: number) => `${many(most, 'proof', 'proofs')} at most. Destroy one to attach another.`,
  dialog: {
    title: 'Attach what the person showed',
    lead: (days: number) =>
      `Only what is needed to recognise them. It is destroyed with your decision, or after ${many(days, 'day', 'days')}.`,
    kind: 'What it is',
    kindHint: 'Your rules take these. Copies of documents are taken only where you have said that you need them.',
    as: 'It is',
    forms: { words: 'In words', file: 'A file' },
    words: 'What they said or did',
    wordsHint: 'Sealed like a file. It may name the person.',
    file: 'File',
    fileHint: (megabytes: number) => `PDF, picture, text or video, ${megabytes} MB at most.`,
    tooLarge: (megabytes: number) => `This file is larger than ${megabytes} MB.`,
    wrongType: 'This is no PDF, picture, text or video that a browser can show safely.',
    submit: 'Attach',
  },
  destroying: {
    title: 'Destroy this proof',
    lead: 'For what was attached by mistake, or shows more than was asked for. Nothing of it can be brought back.',
    submit: 'Destroy it',
  },
} as const;
