/**
 * Version of the rules (`registry.ts`). It is stored with every span and touch; raise it whenever a rule changes what it
 * answers, and write the new version into that rule's `changedIn`, or into its `changedFor` where few spans are concerned,
 * so that those that are stored can be read again (`vestige reclassify`). Apart from the rules, because whoever only asks
 * how old a reading is has no use for them.
 */
export const RULE_SET = 5;
