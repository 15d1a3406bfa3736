/**
 * What one person may not do alone (compliance J2, K3; design 06). One rule for all of it: the second person is another
 * *person* than the first. Which key they use does not matter, so nobody is two people by having two keys.
 */
export const TWO_PERSON_ACTIONS = {
  'request.approve': { first: 'filed the request', second: 'approve it', waivable: true },
  'plan.exempt': { first: 'put an exemption into the plan', second: 'approve it', waivable: true },
  'task.exempt': { first: 'filed the request', second: 'exempt a target of it', waivable: true },
  'notice.excuse': { first: 'filed the request', second: 'excuse a notice of it', waivable: true },
  'package.sign_off': { first: 'filed the request', second: 'sign off what its answer lacks', waivable: true },
  'request.refuse': { first: 'filed the request', second: 'refuse it for this reason', waivable: true },
  'request.release': { first: 'put the hold in place', second: 'lift it', waivable: true },
  'exposure.list': { first: 'asked who was affected', second: 'open the list of people', waivable: false },
} as const satisfies Readonly<Record<string, TwoPersonAction>>;

interface TwoPersonAction {
  /** Reads on after "the person who". */
  readonly first: string;
  /** Reads on after "may not". */
  readonly second: string;
  /** A tenant of one person may waive it by its request policy; every approval and certificate then says so. */
  readonly waivable: boolean;
}

export type TwoPersonActionName = keyof typeof TWO_PERSON_ACTIONS;

/**
 * The actor names (`key:…`) that one person acts under, the present one included. Keys name the person who holds them;
 * a key that names nobody belongs to whoever made it.
 */
export type Hands = ReadonlySet<string>;

/**
 * @param first actor name kept with what the first person did
 * @param hands of whoever acts now
 * @param waived what the tenant's policy says; counts only where the action may be waived
 * @returns null when the second person is another one, else the sentence that refuses
 */
export function fourEyesObjection(
  action: TwoPersonActionName,
  first: string,
  hands: Hands,
  waived = false,
): string | null {
  const { first: did, second, waivable } = TWO_PERSON_ACTIONS[action];
  if (!hands.has(first)) return null;
  return waived && waivable ? null : `the person who ${did} may not ${second}, under another key neither`;
}
