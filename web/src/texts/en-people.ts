/** What the console says about people: finding them, their paths, and who looked. */
export const people = {
  purpose: {
    title: 'Why do you look at people?',
    lead: 'Asked once. Every look is written down with this reason, and the person may be told it.',
    label: 'Reason',
    placeholder: 'Access request 2026-0114',
    hint: 'A case number or an occasion; no name, address or number of a person.',
    usual: 'Usual reasons',
    examples: ['Access request', 'Erasure request', 'Incident', 'Audit'],
    named: 'This seems to name somebody. Use a case number instead: the reason is kept in the audit log.',
    tooLong: 'This is too long.',
    go: 'Continue',
    cancel: 'Not now',
    chip: 'Reason',
    change: 'Change the reason',
  },
} as const;
